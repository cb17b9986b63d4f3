"""What the docs say of files is true: a newcomer who follows a path finds something there."""

from __future__ import annotations

import re

import pytest

from hera.config import REPOSITORY

PAGES = sorted([REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")])
ROOMS = "hera|infra|tests|deploy|benchmarks|docs|copilot"
# Folders that architecture.md names without the house in front of them.
SHORT = {room.name for room in (REPOSITORY / "hera").iterdir() if room.is_dir()}


def named(text: str) -> set[str]:
    """The paths in a page: whole ones, and those that begin with a room of hera/."""
    found = set(re.findall(rf"`((?:{ROOMS})/[\w./-]+)`", text))
    short = re.findall(r"`(\w+/[\w./-]+)`", text)
    return found | {f"hera/{path}" for path in short if path.split("/")[0] in SHORT}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_file_that_a_page_names_is_there(page):
    missing = {path for path in named(page.read_text()) if not (REPOSITORY / path).exists()}
    assert not missing


def test_every_link_between_pages_leads_somewhere():
    broken = {
        f"{page.name}: {link}"
        for page in PAGES
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
        if not (page.parent / link).exists()
    }
    assert not broken


def test_where_do_i_put_names_three_files_at_most_and_a_test():
    text = (REPOSITORY / "docs" / "architecture.md").read_text()
    table = text[text.index("## Where do I put") : text.index("## What is due")]
    rows = [line.split("|")[1:4] for line in table.splitlines() if line.startswith("| a ")]
    assert len(rows) == 12
    for what, where, test in rows:
        alternatives = [
            len(re.findall(r"`[\w./<>-]+[./][\w./<>-]*`", each)) for each in re.split(r",? or |; where ", where)
        ]
        assert max(alternatives) <= 3, what
        assert "`tests/" in test, what
