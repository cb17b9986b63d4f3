"""A country's pack: its vaccines, series, visits and sources, as `pack.schema.json` describes the file.

`pack_file` reads one, `pack_check` tells what cannot be right in it, `pack_schedule` makes it the engine's schedule.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hera.immunization.ages import Period

Json = dict[str, Any]
LANGUAGES = ("en", "tr", "ar", "ps", "prs")
NUMBERS = ("due", "minimum", "interval", "overdue", "maximum")


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who has read a pack and stands by it."""

    name: str
    role: str
    date: dt.date


@dataclass(frozen=True, slots=True)
class Source:
    """A document that numbers were taken from: what it says, who published it, how it was read."""

    what: str
    by: str
    seen: str


@dataclass(frozen=True, slots=True)
class Product:
    """A vaccine product. `live` where it must keep its distance from other live ones; `cvx` may be empty."""

    key: str
    antigens: tuple[str, ...]
    live: bool
    names: Mapping[str, str]
    cvx: str = ""
    source: tuple[str, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Antigen:
    """Something that vaccines protect against."""

    key: str
    names: Mapping[str, str]
    note: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as parents see it: a row of the table of doses."""

    id: int
    key: str
    name: str
    notes_for_parent: str = ""


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A vaccine as parents see it: a row of the table of vaccines."""

    id: int
    key: str
    name: str
    doses: tuple[Dose, ...]
    nickname: str = ""
    male: bool = True
    female: bool = True


@dataclass(frozen=True, slots=True)
class TargetDose:
    """A dose of a series: ages of the child, and `interval` since the dose before.

    Args:
        dose: the key of the dose that parents see.
        products: keys, the preferred first.
        overdue: the age from which it is late. maximum: from which it is given no more.
        source: of each number that is there (`NUMBERS`) the ids of its sources.
    """

    dose: str
    products: tuple[str, ...]
    due: Period
    minimum: Period
    source: Mapping[str, tuple[str, ...]]
    maximum: Period | None = None
    overdue: Period | None = None
    interval: Period | None = None
    note: str = ""
    question: str = ""

    def numbers(self) -> dict[str, Period]:
        """The ages and the interval that are there, by their names."""
        found = {name: getattr(self, name) for name in NUMBERS}
        return {name: period for name, period in found.items() if period is not None}


@dataclass(frozen=True, slots=True)
class Series:
    """The doses that protect against an antigen, for who begins before `max_age_to_start`.

    Args:
        source: the ids of the sources of the ages to start, where there are any.
    """

    id: str
    doses: tuple[TargetDose, ...]
    max_age_to_start: Period | None = None
    min_age_to_start: Period | None = None
    source: tuple[str, ...] = ()
    note: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Td:
    """A dose of tetanus-diphtheria vaccine in pregnancy, counted over her life."""

    dose: int
    when: str
    source: tuple[str, ...]
    product: str = ""
    from_week: int | None = None
    until_week: int | None = None
    interval: Period | None = None
    before_birth: Period | None = None
    question: str = ""


@dataclass(frozen=True, slots=True)
class Antenatal:
    """Visits before birth: `weeks` of pregnancy, or `windows` of weeks, both ends included.

    Args:
        catch_up: what becomes of visits missed before she declared: `none`, `at_once` or `half_way`.
    """

    catch_up: str
    source: tuple[str, ...]
    weeks: tuple[int, ...] = ()
    windows: tuple[tuple[int, int], ...] = ()
    td: tuple[Td, ...] = ()
    note: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Postnatal:
    """Visits after birth, each from its first to its last day, counted from the birth."""

    contacts: tuple[tuple[Period, Period], ...]
    source: tuple[str, ...]
    note: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A worked example: what was given to a child, and by antigen what must come out on a day.

    Args:
        doses: product and date of each.
        expect: fields as in `pack.schema.json`; what is not named is not compared.
    """

    what: str
    born: dt.date
    today: dt.date
    doses: tuple[tuple[str, dt.date], ...]
    expect: Mapping[str, Mapping[str, Any]]
    sex: str = "FEMALE"


@dataclass(frozen=True)
class Pack:
    """A country's programme from a day on.

    Args:
        source: of its days of grace, gap and catching up, by their names, the ids of their sources.
    """

    name: str
    country: str
    valid_from: dt.date
    is_draft: bool
    authority: str
    sources: Mapping[str, Source]
    grace_days: int
    live_gap_days: int
    products: Mapping[str, Product]
    antigens: Mapping[str, Antigen]
    vaccines: tuple[Vaccine, ...]
    series: Mapping[str, tuple[Series, ...]]
    antenatal: Antenatal
    postnatal: Postnatal
    source: Mapping[str, tuple[str, ...]]
    catch_up_days: int = 7
    replaces: str = ""
    reviewed_by: tuple[Reviewer, ...] = ()
    note: str = ""
    questions: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()

    @property
    def is_reviewed(self) -> bool:
        """Whether parents may be told of it: it is no draft, and somebody stands by it with her name."""
        return not self.is_draft and bool(self.reviewed_by)

    def doses(self) -> Mapping[str, tuple[Vaccine, Dose]]:
        """By key the doses that parents see, with their vaccine."""
        return {dose.key: (vaccine, dose) for vaccine in self.vaccines for dose in vaccine.doses}

    def open_questions(self) -> Iterator[tuple[str, str]]:
        """What its reviewer is asked: where, and what."""
        yield from (("the pack", asked) for asked in self.questions)
        yield from ((where, asked) for where, asked in self._questions() if asked)

    def _questions(self) -> Iterator[tuple[str, str]]:
        for key, product in self.products.items():
            yield f"product {key}", product.question
        for key, antigen in self.antigens.items():
            yield f"antigen {key}", antigen.question
        for key, several in self.series.items():
            for series in several:
                yield f"{key}, {series.id}", series.question
                for target in series.doses:
                    yield f"{key}, {series.id}, {target.dose}", target.question
        yield "antenatal visits", self.antenatal.question
        for td in self.antenatal.td:
            yield f"Td in pregnancy, dose {td.dose}", td.question
        yield "postnatal visits", self.postnatal.question


def of(data: Json) -> Pack:
    """The pack that a file's contents describe, once they have the form that `pack.schema.json` asks for."""
    return Pack(
        name=data["pack"],
        country=data["country"],
        valid_from=_day(data["valid_from"]),
        is_draft=data["draft"],
        authority=data["authority"],
        sources={key: Source(**row) for key, row in data["sources"].items()},
        grace_days=data["grace_days"],
        live_gap_days=data["live_gap_days"],
        products={key: _product(key, row) for key, row in data["products"].items()},
        antigens={key: Antigen(key, **row) for key, row in data["antigens"].items()},
        vaccines=tuple(_vaccine(row) for row in data["vaccines"]),
        series={antigen: tuple(_series(row) for row in several) for antigen, several in data["series"].items()},
        antenatal=_antenatal(data["antenatal"]),
        postnatal=_postnatal(data["postnatal"]),
        source={name: tuple(ids) for name, ids in data["source"].items()},
        catch_up_days=data["catch_up_days"],
        replaces=data.get("replaces", ""),
        reviewed_by=tuple(
            Reviewer(row["name"], row["role"], _day(row["date"])) for row in data.get("reviewed_by") or ()
        ),
        note=data.get("note", ""),
        questions=tuple(data.get("questions") or ()),
        cases=tuple(_case(row) for row in data.get("cases") or ()),
    )


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _period(row: Json, name: str) -> Period | None:
    return Period.parse(row[name]) if name in row else None


def _product(key: str, row: Json) -> Product:
    return Product(
        key=key,
        antigens=tuple(row["antigens"]),
        live=row["live"],
        names=row["names"],
        cvx=row.get("cvx", ""),
        source=tuple(row["source"]),
        question=row.get("question", ""),
    )


def _vaccine(row: Json) -> Vaccine:
    return Vaccine(**{**row, "doses": tuple(Dose(**dose) for dose in row["doses"])})


def _series(row: Json) -> Series:
    return Series(
        id=row["id"],
        doses=tuple(_target(dose) for dose in row["doses"]),
        max_age_to_start=_period(row, "max_age_to_start"),
        min_age_to_start=_period(row, "min_age_to_start"),
        source=tuple(row.get("source") or ()),
        note=row.get("note", ""),
        question=row.get("question", ""),
    )


def _target(row: Json) -> TargetDose:
    named = row["source"]
    source = named if isinstance(named, dict) else {name: named for name in NUMBERS if name in row}
    return TargetDose(
        dose=row["dose"],
        products=tuple(row["products"]),
        due=Period.parse(row["due"]),
        minimum=Period.parse(row["minimum"]),
        source={name: tuple(ids) for name, ids in source.items()},
        maximum=_period(row, "maximum"),
        overdue=_period(row, "overdue"),
        interval=_period(row, "interval"),
        note=row.get("note", ""),
        question=row.get("question", ""),
    )


def _antenatal(row: Json) -> Antenatal:
    return Antenatal(
        catch_up=row["catch_up"],
        source=tuple(row["source"]),
        weeks=tuple(row.get("weeks") or ()),
        windows=tuple((first, last) for first, last in row.get("windows") or ()),
        td=tuple(_td(one) for one in row.get("td") or ()),
        note=row.get("note", ""),
        question=row.get("question", ""),
    )


def _td(row: Json) -> Td:
    periods = {name: _period(row, name) for name in ("interval", "before_birth")}
    return Td(**{**row, **periods, "source": tuple(row["source"])})


def _postnatal(row: Json) -> Postnatal:
    contacts = tuple((Period.parse(one["since"]), Period.parse(one["until"])) for one in row["contacts"])
    return Postnatal(contacts, tuple(row["source"]), row.get("note", ""), row.get("question", ""))


def _case(row: Json) -> Case:
    dates = ("earliest", "due", "overdue_after")
    return Case(
        what=row["what"],
        born=_day(row["born"]),
        today=_day(row["today"]),
        doses=tuple((dose["product"], _day(dose["date"])) for dose in row["doses"]),
        expect={
            antigen: {name: _day(value) if name in dates and value else value for name, value in wanted.items()}
            for antigen, wanted in row["expect"].items()
        },
        sex=row.get("sex", "FEMALE"),
    )
