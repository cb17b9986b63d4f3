"""How a pack differs from another, or from the tables, as its page tells it: one line a difference, in sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from hera.child_health.packs import words
from hera.immunization.pack_table import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hera.immunization.pack import Pack
    from hera.immunization.pack_table import Change, Where

_KINDS = {
    Kind.ADDED: pgettext_lazy("of a part", "added"),
    Kind.REMOVED: pgettext_lazy("of a part", "removed"),
    Kind.CHANGED: pgettext_lazy("of a part", "changed"),
}
# The sections, and which parts each is of.
_SECTIONS = (
    (gettext_lazy("The pack as a whole"), {"pack", "question"}),
    (gettext_lazy("Vaccines and doses as parents see them"), {"vaccine", "dose"}),
    (gettext_lazy("Ages, intervals and series"), {"series"}),
    (gettext_lazy("Visits before and after birth"), {"antenatal", "td", "postnatal"}),
    (gettext_lazy("Products and what they protect against"), {"product", "antigen"}),
    (gettext_lazy("Worked cases"), {"case"}),
    (gettext_lazy("Sources"), {"source"}),
)
# What is told of a part that was added or removed as a whole.
_TOLD = {
    "vaccine": ("id",),
    "dose": ("id", "vaccine", "due"),
    "series": ("max_age_to_start", "due", "minimum", "interval", "overdue", "maximum", "products"),
    "question": ("question",),
    "td": ("when",),
    "product": ("antigens", "cvx"),
    "source": ("what",),
}

# Parts of which a pack has one.
_WHOLE = {
    "pack": gettext_lazy("The pack"),
    "question": gettext_lazy("Question"),
    "antenatal": gettext_lazy("Visits before birth"),
    "postnatal": gettext_lazy("Visits after birth"),
}


@dataclass(frozen=True)
class Line:
    """One difference: what became of what, and from what to what."""

    kind: str
    kind_name: str
    of: str
    against: str
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Section:
    """The differences in one part of packs."""

    title: str
    lines: tuple[Line, ...]


def sections(changes: Iterable[Change], before: Pack | None, after: Pack) -> list[Section]:
    """Differences by section, without the empty ones. What is alike of several antigens is one line.

    Args:
        before: None where the difference is from the tables.
    """
    changes = list(changes)
    names = _Names(before, after, changes)
    alike: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        where = (change.where[0], *change.where[2:]) if change.where[0] == "series" else change.where
        key = (change.kind, where, change.field, repr(change.before), repr(change.after))
        alike.setdefault(key, []).append(change)
    found: dict[str, list[Line]] = {}
    for several in alike.values():
        found.setdefault(several[0].where[0], []).append(names.line(several))
    shown = [
        Section(str(title), tuple(line for part in found if part in parts for line in found[part]))
        for title, parts in _SECTIONS
    ]
    return [section for section in shown if section.lines]


class _Names:
    """What parts are called, in whichever of two packs has them."""

    def __init__(self, before: Pack | None, after: Pack, changes: Iterable[Change]) -> None:
        self._packs = [pack for pack in (after, before) if pack is not None]
        # What the tables alone have, by the keys that it goes by in the difference.
        gone = [change for change in changes if change.kind is Kind.REMOVED]
        self._vaccines = {one.where[1]: one.before["name",] for one in gone if one.where[0] == "vaccine"}
        self._doses = {
            one.where[1]: (one.before["vaccine",], one.before["name",]) for one in gone if one.where[0] == "dose"
        }

    def line(self, several: list[Change]) -> Line:
        change = several[0]
        is_series = change.where[0] == "series"
        return Line(
            kind=change.kind.value,
            kind_name=str(_KINDS[change.kind]),
            of=self._of(change),
            against=", ".join(self._antigen(one.where[1]) for one in several) if is_series else "",
            field=words.field(change.field) if change.field else "",
            before=self._value(change.where, change.field, change.before),
            after=self._value(change.where, change.field, change.after),
        )

    def _of(self, change: Change) -> str:
        kind, *known_by = change.where
        key = known_by[-1] if known_by else ""
        if kind == "series":
            return self._of_series(*known_by[1:])
        match kind:
            case "dose":
                called = self._dose(key)
            case "vaccine":
                called = self._vaccine(key)
            case "product":
                called = self._product(key)
            case "antigen":
                called = self._antigen(key)
            case "td":
                called = _("Td in pregnancy, dose %(number)s") % {"number": key}
            case _:
                called = str(_WHOLE[kind]) if kind in _WHOLE else words.isolated(key)
        return called

    def _of_series(self, series: str, dose: str = "") -> str:
        called = _("series %(name)s") % {"name": words.isolated(series)}
        if not dose:
            return called
        return self._dose(dose) if series == "standard" else f"{self._dose(dose)} ({called})"

    def _value(self, where: Where, field: Where, found: Any) -> str:
        if field or found is None:
            return self._of_field(field, found) if field else ""
        told = [name for name in _TOLD.get(where[0], ()) if (name,) in found]
        if told == [where[0]]:
            return self._of_field((told[0],), found[told[0],])
        return "; ".join(f"{words.field((name,))}: {self._of_field((name,), found[name,])}" for name in told)

    def _of_field(self, field: Where, found: Any) -> str:
        match field, found:
            case ("products",), tuple():
                return ", ".join(map(self._product, found))
            case ("product",), str():
                return self._product(found)
            case ("antigens",), tuple():
                return ", ".join(map(self._antigen, found))
            case ("vaccine",), str():
                return self._vaccine(found)
        return words.value(found)

    def _dose(self, key: str) -> str:
        pack = next((pack for pack in self._packs if key in pack.doses()), None)
        if pack is not None or key not in self._doses:
            return words.dose(pack or self._packs[0], key)
        vaccine, name = self._doses[key]
        return f"{self._vaccine(vaccine)} · {words.isolated(name)}"

    def _vaccine(self, key: str) -> str:
        found = (vaccine.name for pack in self._packs for vaccine in pack.vaccines if vaccine.key == key)
        return words.isolated(next(found, None) or self._vaccines.get(key, key))

    def _product(self, key: str) -> str:
        pack = next((pack for pack in self._packs if key in pack.products), self._packs[0])
        return words.product(pack, key)

    def _antigen(self, key: str) -> str:
        pack = next((pack for pack in self._packs if key in pack.antigens), self._packs[0])
        return words.antigen(pack, key)
