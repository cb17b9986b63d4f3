"""What an entry of the trail is about, in the reader's language. Kept are labels of tables, ids and names in English,
which the chain is made of; a page shows these words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

_WHOLE: Mapping[str, Promise] = {
    "account": gettext_lazy("Account"),
    "card, printed": gettext_lazy("Card, printed"),
    "health centre": gettext_lazy("Health centre"),
    "messages put back": gettext_lazy("Messages, put back"),
    "people, list": gettext_lazy("People, list"),
    "people, search": gettext_lazy("People, search"),
    "person": gettext_lazy("Person"),
    "tables that were brought, list": gettext_lazy("Tables that were brought"),
    "worklist": gettext_lazy("Whom to call"),
}
_NUMBERED: Mapping[str, Promise] = {
    "contact": gettext_lazy("Call"),
    "custom_user.broughttable": gettext_lazy("A table that was brought"),
    "message": gettext_lazy("Message"),
    "pack": gettext_lazy("Vaccination programme"),
    "report of": gettext_lazy("Report of"),
    "study": gettext_lazy("Study"),
}
_TOLD_APART: Mapping[str, Promise] = {
    "figures": gettext_lazy("Figures"),
    "survey results": gettext_lazy("Results of surveys"),
}
_PARTS: Mapping[str, Promise] = {
    "list": gettext_lazy("list"),
    "history": gettext_lazy("history"),
    "result": gettext_lazy("result"),
    "versions": gettext_lazy("earlier texts"),
    "asked for": gettext_lazy("asked for"),
}
_SAID = re.compile(r"(?P<what>[a-z_]+\.[a-z_]+|[a-z ]+?)(?: (?P<id>[^ ,]+))?(?:, (?P<part>.+))?")


def said(about: str) -> str:
    """What it is about, in words; as it was kept where there are none for it."""
    if about in _WHOLE:
        return str(_WHOLE[about])
    head, _comma, rest = about.partition(", ")
    if head in _TOLD_APART and rest:
        return f"{_TOLD_APART[head]}, {rest}"
    found = _SAID.fullmatch(about)
    if found is None:
        return about
    what, number, part = found["what"], found["id"], found["part"]
    name = _NUMBERED.get(what) or _model(what)
    if name is None or (part and part not in _PARTS):
        return about
    words = f"{name} {number}" if number else str(name)
    return f"{words}, {_PARTS[part]}" if part else words


def _model(label: str) -> str:
    """What the panel calls the records of a table; blank where there is none."""
    try:
        return str(capfirst(apps.get_model(label)._meta.verbose_name)) if "." in label else ""
    except LookupError:
        return ""
