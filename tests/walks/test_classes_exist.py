"""Every class that a page of the panel is given is one that some stylesheet knows; otherwise it looks unfinished."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import unfold

from hera.config import REPOSITORY

UNFOLD = Path(unfold.__file__).parent / "static" / "unfold" / "css" / "styles.css"
STYLESHEETS = [UNFOLD, *sorted(REPOSITORY.glob("hera/*/static/**/*.css")), REPOSITORY / "hera/web/app/styles.css"]
TEMPLATES = sorted(REPOSITORY.glob("hera/*/templates/**/*.html"))
# What Django's own pages are told apart by.
OF_DJANGO = {"module"}


def defined() -> set[str]:
    """The classes of all stylesheets, without CSS's escapes."""
    found = "\n".join(sheet.read_text() for sheet in STYLESHEETS)
    return {re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"\.((?:\\.|[\w-])+)", found)}


def used(template: Path) -> set[str]:
    """The classes of a template; one that is put together from a variable is left to its stylesheet."""
    text = template.read_text()
    own = set(re.findall(r"\.([\w-]+)", " ".join(re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL))))
    lists = [
        re.sub(r"{%.*?%}|\S*{{.*?}}\S*", " ", value)
        for value in re.findall(r'\bclass="((?:{[{%].*?[%}]}|[^"])*)"', text)
    ]
    return {name for value in lists for name in value.split()} - own - OF_DJANGO


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_class_is_in_a_stylesheet(template):
    assert used(template) - defined() == set()


def test_ours_names_no_side_that_does_not_turn_with_the_writing():
    sheets = [sheet for sheet in STYLESHEETS if sheet is not UNFOLD]
    fixed = r"(?:margin|padding|border)-(?:left|right)|(?<![\w-])(?:left|right):|text-align: (?:left|right)|float:"
    assert {sheet.name: re.findall(fixed, sheet.read_text()) for sheet in sheets} == {
        sheet.name: [] for sheet in sheets
    }


def test_each_class_of_the_panel_s_own_stylesheet_is_used():
    sheet = (REPOSITORY / "hera/panel/static/panel/panel.css").read_text()
    names = {re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"^\s*\.((?:\\.|[\w-])+)", sheet, re.MULTILINE)}
    assert names - {name for template in TEMPLATES for name in used(template)} == set()
