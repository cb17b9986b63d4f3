"""A pack as its readers see it: a table by dose, bars by age, and how it differs from another."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hera.immunization.ages import Period
from hera.immunization.pack import Dose, Pack, Series, TargetDose, Vaccine

_YEAR = 365.2425  # days, on average


@dataclass(frozen=True, slots=True)
class Number:
    """An age or an interval, and the ids of the sources that it is from."""

    period: Period
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What a dose is in the series of those antigens that say the same of it.

    Args:
        antigens: the key of each, and which dose of its series this is, counted from 1.
        numbers: those of `pack.NUMBERS` that are there, by their names.
        products: keys, the preferred first.
    """

    antigens: tuple[tuple[str, int], ...]
    numbers: Mapping[str, Number]
    products: tuple[str, ...]
    note: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class DoseRows:
    """A dose as parents see it, with what it is by antigen. Without rows it is for late starters alone."""

    vaccine: Vaccine
    dose: Dose
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class LateSeries:
    """A series for children who begin late.

    Args:
        begins: until which age one begins the series before it, and from which on this; None where that says none.
        doses: each with one row, of this antigen.
    """

    antigen: str
    series: Series
    begins: Period | None
    doses: tuple[DoseRows, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A dose of the first series by age: over all its antigens, from the first that begins to the last that ends.

    Args:
        overdue: None where nothing says from when on it is late.
        maximum: None where it is given, against one antigen at least, at any age.
    """

    vaccine: Vaccine
    dose: Dose
    minimum: Period
    due: Period
    overdue: Period | None
    maximum: Period | None


def in_days(period: Period) -> float:
    """About how many days a period has: to draw it, and to order by it. Dates are found by `Period.after`."""
    return period.years * _YEAR + period.months * _YEAR / 12 + period.weeks * 7 + period.days


def table(pack: Pack) -> list[DoseRows]:
    """The doses that parents see, in their order, each with what it is in the first series of its antigens."""
    found: dict[str, list[tuple[str, int, TargetDose]]] = {}
    for antigen, several in pack.series.items():
        for place, target in enumerate(several[0].doses, start=1):
            found.setdefault(target.dose, []).append((antigen, place, target))
    return [
        DoseRows(vaccine, dose, tuple(_together(found.get(dose.key, []))))
        for vaccine in pack.vaccines
        for dose in vaccine.doses
    ]


def late_series(pack: Pack) -> list[LateSeries]:
    """The series after the first of each antigen: those of children who begin late."""
    shown = pack.doses()
    return [
        LateSeries(
            antigen,
            series,
            before.max_age_to_start,
            tuple(
                DoseRows(*shown[target.dose], (_row(target, [(antigen, place)]),))
                for place, target in enumerate(series.doses, start=1)
            ),
        )
        for antigen, several in pack.series.items()
        for before, series in zip(several, several[1:], strict=False)
    ]


def bars(pack: Pack) -> list[Bar]:
    """The doses of the first series, in the order in which they are due."""
    found: dict[str, list[TargetDose]] = {}
    for several in pack.series.values():
        for target in several[0].doses:
            found.setdefault(target.dose, []).append(target)
    drawn = [
        _bar(vaccine, dose, found[dose.key]) for vaccine in pack.vaccines for dose in vaccine.doses if dose.key in found
    ]
    return sorted(drawn, key=lambda bar: in_days(bar.due))


def _together(targets: list[tuple[str, int, TargetDose]]) -> Iterator[Row]:
    """One row for all antigens that say the same of a dose."""
    left = list(targets)
    while left:
        first = left[0][2]
        same = [(antigen, place) for antigen, place, target in left if target == first]
        left = [one for one in left if one[2] != first]
        yield _row(first, same)


def _row(target: TargetDose, antigens: Sequence[tuple[str, int]]) -> Row:
    numbers = {name: Number(period, target.source.get(name, ())) for name, period in target.numbers().items()}
    return Row(tuple(antigens), numbers, target.products, target.note, target.question)


def _bar(vaccine: Vaccine, dose: Dose, targets: Sequence[TargetDose]) -> Bar:
    limits = [target.maximum for target in targets if target.maximum is not None]
    return Bar(
        vaccine,
        dose,
        minimum=min((target.minimum for target in targets), key=in_days),
        due=min((target.due for target in targets), key=in_days),
        overdue=min((target.overdue for target in targets if target.overdue is not None), key=in_days, default=None),
        maximum=max(limits, key=in_days) if len(limits) == len(targets) else None,
    )


class Kind(enum.Enum):
    """What became of a part of a pack."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


# The way to a part: what it is ("dose", "series", ...) and what it is known by.
Where = tuple[str, ...]
# Fields by the way to them: ("due",), or ("names", "tr") where there are several.
_Fields = dict[Where, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Args:
        where: the way to the part: `("series", "DTP", "standard", "hexa-2")`.
        field: the way to the field of it that changed: `("due",)`; empty where the whole part was added or removed.
        before: the field's value as `Pack` has it, None where it was blank; or all fields of a part that was removed.
        after: likewise, of what is there now.
    """

    kind: Kind
    where: Where
    field: Where = ()
    before: Any = None
    after: Any = None


def difference(before: Pack, after: Pack) -> list[Change]:
    """What is added, removed and changed from one pack to another: nothing of its name and its day.

    A dose of the same country whose key is another is known by its id.
    """
    return _changes(_parts(before, _renamed(before, after)), _parts(after, {}))


def difference_from_tables(vaccines: Sequence[Vaccine], weeks: Mapping[int, int], after: Pack) -> list[Change]:
    """What a pack adds to, removes from and changes of vaccines and doses as the database has them.

    Args:
        vaccines: theirs, of which keys are not looked at.
        weeks: by the id of a dose, the age in weeks at which it is due.
    """
    keys = {("vaccine", vaccine.id): vaccine.key for vaccine in after.vaccines}
    keys |= {("dose", dose.id): dose.key for _vaccine, dose in after.doses().values()}
    due = {row.dose.id: row.rows[0].numbers["due"].period for row in table(after) if row.rows}
    known = [_keyed(vaccine, keys) for vaccine in vaccines]
    weeks_due = {dose: Period(weeks=number) for dose, number in weeks.items()}
    return _changes(
        dict(_of_vaccines(known, weeks_due)),
        dict(_of_vaccines(after.vaccines, due)),
    )


def _keyed(vaccine: Vaccine, keys: Mapping[tuple[str, int], str]) -> Vaccine:
    """A vaccine of the tables under the keys of a pack; what the pack has not goes by its id."""
    doses = tuple(dataclasses.replace(dose, key=keys.get(("dose", dose.id), f"id {dose.id}")) for dose in vaccine.doses)
    return dataclasses.replace(vaccine, key=keys.get(("vaccine", vaccine.id), f"id {vaccine.id}"), doses=doses)


def _changes(before: Mapping[Where, _Fields], after: Mapping[Where, _Fields]) -> list[Change]:
    found: list[Change] = []
    for where in [*after, *(one for one in before if one not in after)]:
        if where not in before:
            found.append(Change(Kind.ADDED, where, after=after[where]))
        elif where not in after:
            found.append(Change(Kind.REMOVED, where, before=before[where]))
        else:
            old, new = before[where], after[where]
            found += [
                Change(Kind.CHANGED, where, name, old.get(name), new.get(name))
                for name in [*new, *(one for one in old if one not in new)]
                if old.get(name) != new.get(name)
            ]
    return found


def _renamed(before: Pack, after: Pack) -> dict[str, str]:
    """By the keys of doses that the pack after has not, the keys that it has for their ids."""
    if before.country != after.country:
        return {}
    by_id = {dose.id: key for key, (_vaccine, dose) in after.doses().items()}
    gone = {key: dose.id for key, (_vaccine, dose) in before.doses().items() if key not in after.doses()}
    return {key: by_id[identity] for key, identity in gone.items() if identity in by_id}


def _parts(pack: Pack, renamed: Mapping[str, str]) -> dict[Where, _Fields]:
    """Every part of a pack by the way to it, with its fields."""
    return dict(
        [
            (("pack",), _fields(pack, "is_draft", "authority", "replaces", "reviewed_by", "grace_days", "live_gap_days",
                                "catch_up_days", "source", "note")),
            *_of_questions(pack),
            *_of_vaccines(pack.vaccines, {}, renamed),
            *_of_series(pack, renamed),
            *((("antigen", key), _fields(one, "names", "note", "question")) for key, one in pack.antigens.items()),
            *((("product", key), _fields(one, "antigens", "live", "cvx", "names", "source", "question"))
              for key, one in pack.products.items()),
            (("antenatal",), _fields(pack.antenatal, "weeks", "windows", "catch_up", "source", "note", "question")),
            *((("td", str(td.dose)), _fields(td, "product", "when", "from_week", "until_week", "interval",
                                             "before_birth", "source", "question")) for td in pack.antenatal.td),
            (("postnatal",), _fields(pack.postnatal, "contacts", "source", "note", "question")),
            *((("case", case.what), _fields(case, "born", "today", "sex", "doses", "expect")) for case in pack.cases),
            *((("source", key), _fields(one, "what", "by", "seen")) for key, one in pack.sources.items()),
        ]
    )  # fmt: skip


def _of_questions(pack: Pack) -> Iterator[tuple[Where, _Fields]]:
    for asked in pack.questions:
        yield ("question", asked), {("question",): asked}


def _of_vaccines(
    vaccines: Sequence[Vaccine], due: Mapping[int, Period], renamed: Mapping[str, str] | None = None
) -> Iterator[tuple[Where, _Fields]]:
    for vaccine in vaccines:
        yield ("vaccine", vaccine.key), _fields(vaccine, "id", "name", "nickname", "male", "female")
        for dose in vaccine.doses:
            fields = _fields(dose, "id", "key", "name", "notes_for_parent") | {("vaccine",): vaccine.key}
            if dose.id in due:
                fields["due",] = due[dose.id]
            yield ("dose", (renamed or {}).get(dose.key, dose.key)), fields


def _of_series(pack: Pack, renamed: Mapping[str, str]) -> Iterator[tuple[Where, _Fields]]:
    for antigen, several in pack.series.items():
        for place, series in enumerate(several, start=1):
            where = ("series", antigen, series.id)
            fields = _fields(series, "max_age_to_start", "min_age_to_start", "source", "note", "question")
            yield where, fields | {("place",): place}
            for number, target in enumerate(series.doses, start=1):
                fields = _fields(target, "due", "minimum", "interval", "overdue", "maximum", "products", "source",
                                 "note", "question")  # fmt: skip
                yield (*where, renamed.get(target.dose, target.dose)), fields | {("place",): number}


def _fields(part: Any, *names: str) -> _Fields:
    """The fields of a part that are not blank; of names by language and the like, each by itself."""
    found: _Fields = {}
    for name in names:
        value = getattr(part, name)
        inner = {(name, key): one for key, one in value.items()} if isinstance(value, Mapping) else {(name,): value}
        found |= {way: one for way, one in inner.items() if one not in (None, "", ())}
    return found
