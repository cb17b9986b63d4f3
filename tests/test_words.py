"""One word for one thing: what docs/words.md says is not said, no text and no translation says."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from hera.config import LANGUAGES, REPOSITORY
from hera.devserver.messages import po_file

PAGE = (REPOSITORY / "docs" / "words.md").read_text(encoding="utf-8")
# What Django, Unfold and the tables of the earlier HERA are called; staff read the translation.
OF_OTHERS = {
    "Designates whether the user can log into this admin site.",
    "Log in",
    "last login",
    "client key",
    "user",
    "user profile",
    "user profiles",
    "reached user id",
    "Forgotten your password or username?",
}


def rows(heading: str, columns: int) -> list[list[str]]:
    """The rows of the first table below a heading."""
    below = PAGE.split(f"# {heading}\n", 1)[1]
    lines = [line for line in below.split("\n# ")[0].split("\n## ")[0].splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert {len(row) for row in found} == {columns}
    return found


def catalogue(language: str):
    with po_file(language).open("rb") as file:
        return list(read_po(file))


def texts(language: str) -> dict[str, str]:
    """Every text that is said in a language, by its English."""
    found = {}
    for message in catalogue("tr" if language == "en" else language):
        if message.id:
            said = message.id if language == "en" else message.string
            found[str(message.id)] = " ".join(said) if isinstance(said, tuple | list) else said
    return found


NOT_SAID = [(language, words) for language, words, _but in rows("Not said", 3)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_says_what_is_not_said(language):
    words = [word.strip() for of, several in NOT_SAID if of == language for word in several.split(",")]
    assert words
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + ")", re.IGNORECASE)
    said = {
        english: found[0]
        for english, text in texts(language).items()
        if (found := pattern.search(text)) and not (language == "en" and english in OF_OTHERS)
    }
    assert said == {}


def test_every_thing_has_a_word_in_each_language():
    for what, *words in rows("Words", 1 + len(LANGUAGES)):
        assert all(words), what


def test_what_is_not_said_is_no_word_of_the_list():
    used = [{word.strip() for cell in column for word in re.split(r"[,،]", cell)}
            for column in zip(*(row[1:] for row in rows("Words", 6)), strict=True)]  # fmt: skip
    for language, several in NOT_SAID:
        assert not {word.strip() for word in several.split(",")} & used[LANGUAGES.index(language)], language
