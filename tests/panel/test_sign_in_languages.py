"""The pages before a sign-in, in each language: nothing on them is English that is not a name."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from hera.config import LANGUAGES
from hera.panel import roles
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

NAMES = {"HERA", "English", "العربية", "Türkçe", "پښتو", "دری"}
SAID = {"title", "aria-label", "placeholder", "alt"}
ALONE = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Said(HTMLParser):
    """What is read on a page or said of its parts; programs, and the names of icons, are no words."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self.open: list[bool] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts.update(value for name, value in attrs if name in SAID and value)
        if tag not in ALONE:
            self.open.append(tag in {"script", "style"} or "material-symbols" in (dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in ALONE and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.texts.add(data)


def said(markup: str) -> set[str]:
    texts = {" ".join(text.split()) for text in Said(markup).texts}
    return {text for text in texts if re.search(r"[A-Za-z]{2}", text)} - NAMES


def pages(client, language: str) -> dict[str, set[str]]:
    """What is said on each page."""
    hers = {"Accept-Language": language}
    wrong = {"username": "nurse@example.org", "password": "wrong"}
    return {
        "sign-in": said(client.get("/admin/login/", headers=hers).text),
        "wrong password": said(client.post("/admin/login/", wrong, headers=hers).text),
        "nothing typed": said(client.post("/admin/login/", {}, headers=hers).text),
        "front": said(client.get("/", headers={**hers, "Accept": "text/html"}).text),
        "my data": said(client.get("/my_data/", headers={**hers, "Accept": "text/html"}).text),
        "privacy": said(client.get("/privacy/", headers={**hers, "Accept": "text/html"}).text),
        "nowhere": said(client.get("/nowhere/", headers={**hers, "Accept": "text/html"}).text),
        "refused": said(client.get("/admin/logout/", headers=hers).text),
    }


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_page_before_the_sign_in_is_in_the_readers_language_alone(client, language):
    make_staff(roles.CASE_WORKER, "nurse@example.org")
    english, hers = pages(client, "en"), pages(client, language)
    assert english["sign-in"]
    assert {name: texts & english[name] for name, texts in hers.items() if texts & english[name]} == {}
