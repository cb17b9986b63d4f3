"""Versions of texts: kept each time that staff change them, for good; old and new side by side, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from hera.core import clock, languages
from hera.texts.models import TextVersion

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from django.db.models import Model, QuerySet

Texts = dict[str, dict[str, str]]  # by language, and by what the text is
MOST_SHOWN = 50
_NAMES = dict(languages.CHOICES)


class Refused(Exception):  # noqa: N818  (named as the fact)
    """These texts cannot be used any more; the message is for whoever wants them back."""


@dataclass(frozen=True)
class Change:
    """A text as it was and as it became."""

    language: str
    what: str
    old: str
    new: str

    @property
    def direction(self) -> str:
        return languages.direction(self.language)

    @property
    def language_name(self) -> str:
        return gettext(_NAMES[self.language])  # gathered with the labels of the panel


@dataclass(frozen=True)
class Version:
    """What somebody saved, and what changed by it. `at` is None for what was there before."""

    pk: int
    at: dt.datetime | None
    by: str
    changes: list[Change]
    is_current: bool


def note(record: Model, before: Texts, after: Texts, by: str) -> None:
    """Keep the texts of a record, if they have changed; and what was there before, if no version has it."""
    if before == after:
        return
    newest = _of(record).first()
    if before and (newest is None or newest.texts != before):
        _keep(record, before)
    _keep(record, after, clock.now(), by)


def shown(record: Model, now: Texts, label_of: Callable[[str], str]) -> list[Version]:
    """The newest versions, the latest first, each beside the one before; one statement.

    Args:
        now: the record's texts as they are.
        label_of: what a text is called.
    """
    kept = list(_of(record)[: MOST_SHOWN + 1])
    found = []
    for number, version in enumerate(kept[:MOST_SHOWN]):
        before = kept[number + 1].texts if number + 1 < len(kept) else {}
        changes = list(_changes(before, version.texts, label_of))
        found.append(Version(version.pk, version.made_at, version.by_name, changes, version.texts == now))
    return found


def texts_of(record: Model, version: int) -> Texts | None:
    """The texts of a version of this record; None where it has none of this number."""
    found = _of(record).filter(pk=version).first()
    return found.texts if found else None


def _of(record: Model) -> QuerySet[TextVersion]:
    return TextVersion.objects.filter(of=record._meta.label_lower, record=record.pk).order_by("-pk")


def _keep(record: Model, texts: Texts, at: dt.datetime | None = None, by: str = "") -> None:
    TextVersion.objects.create(of=record._meta.label_lower, record=record.pk, texts=texts, made_at=at, by_name=by)


def _changes(before: Texts, after: Texts, label_of: Callable[[str], str]) -> Iterator[Change]:
    for language in languages.CODES:
        old, new = before.get(language, {}), after.get(language, {})
        for name in _in_order(old, new):
            if old.get(name, "") != new.get(name, ""):
                yield Change(language, label_of(name), old.get(name, ""), new.get(name, ""))


def _in_order(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys([*new, *old]))
