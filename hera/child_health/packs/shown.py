"""A pack as its page shows it: every text in the reader's language, every source by the number of its footnote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.child_health import why
from hera.child_health.dose_names import dose_name
from hera.child_health.packs import words
from hera.immunization import pack_table
from hera.texts import written_dates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hera.immunization.ages import Period
    from hera.immunization.pack import Case, Pack, Series
    from hera.immunization.pack_table import DoseRows, Row


@dataclass(frozen=True)
class Said:
    """A text with the numbers of its footnotes; `label` says what it is."""

    text: str
    notes: tuple[int, ...] = ()
    label: str = ""


@dataclass(frozen=True)
class ShownRow:
    """A dose against some antigens: `numbers` as in `words.NUMBERS`, blank where there is none."""

    against: str
    numbers: tuple[Said, ...]
    products: str
    note: str
    question: str


@dataclass(frozen=True)
class ShownDose:
    """A dose of the table."""

    vaccine: str
    dose: str
    id: int
    for_whom: str
    notes_for_parent: str
    rows: tuple[ShownRow, ...]


@dataclass(frozen=True)
class ShownSeries:
    """A series: when one begins it, and its doses where they are not in the table."""

    begins: Said
    note: str
    question: str
    doses: tuple[ShownDose, ...] = ()


@dataclass(frozen=True)
class ShownAntigen:
    """An antigen with what is asked of it, its first series, and those for late starters."""

    name: str
    note: str
    question: str
    first: ShownSeries
    late: tuple[ShownSeries, ...]

    @property
    def is_more_than_its_doses(self) -> bool:
        first = self.first
        return any((self.note, self.question, first.begins.text, first.note, first.question, self.late))


@dataclass(frozen=True)
class ShownCase:
    """A worked case: doses given as product and day; by antigen what has to come out."""

    what: str
    born: str
    today: str
    doses: tuple[str, ...]
    expected: tuple[tuple[str, list[str]], ...]


class Shown:
    """A pack's parts as its page shows them."""

    def __init__(self, pack: Pack, *, is_in_use: bool = False) -> None:
        self.pack = pack
        self._is_in_use = is_in_use
        self._footnotes = {key: number for number, key in enumerate(pack.sources, start=1)}

    @property
    def state(self) -> str:
        return words.state(self.pack, is_in_use=self._is_in_use)

    @property
    def valid_from(self) -> str:
        return written_dates.day(self.pack.valid_from)

    def columns(self) -> list[str]:
        return [_("Against"), *map(str, words.NUMBERS.values()), _("Given with")]

    def doses(self) -> list[ShownDose]:
        return [self._dose(one) for one in pack_table.table(self.pack)]

    def antigens(self) -> list[ShownAntigen]:
        """Those of which there is more to say than the table of doses does."""
        late: dict[str, list[ShownSeries]] = {}
        for one in pack_table.late_series(self.pack):
            doses = tuple(self._dose(dose) for dose in one.doses)
            late.setdefault(one.antigen, []).append(self._series(one.series, doses, begins=one.begins))
        shown = [
            ShownAntigen(
                words.antigen(self.pack, key),
                self.pack.antigens[key].note,
                self.pack.antigens[key].question,
                self._series(several[0]),
                tuple(late.get(key, ())),
            )
            for key, several in self.pack.series.items()
        ]
        return [one for one in shown if one.is_more_than_its_doses]

    def other_antigens(self) -> list[tuple[str, str, str]]:
        """Name, note and question of those that the programme has no series of: cards name them."""
        return [
            (words.antigen(self.pack, key), one.note, one.question)
            for key, one in self.pack.antigens.items()
            if key not in self.pack.series
        ]

    def products(self) -> list[dict[str, object]]:
        return [
            {
                "name": words.name(one.names),
                "antigens": ", ".join(words.antigen(self.pack, key) for key in one.antigens),
                "live": words.value(one.live),
                "cvx": one.cvx,
                "notes": self._notes(one.source),
                "question": one.question,
            }
            for one in self.pack.products.values()
        ]

    def days(self) -> list[Said]:
        return [
            Said(str(getattr(self.pack, key)), self._notes(self.pack.source.get(key, ())), str(label))
            for key, label in words.DAYS.items()
        ]

    def antenatal(self) -> Said:
        return Said(words.weeks(self.pack.antenatal), self._notes(self.pack.antenatal.source))

    def catch_up(self) -> str:
        return str(words.CATCH_UP[self.pack.antenatal.catch_up])

    def td(self) -> list[dict[str, object]]:
        return [
            {
                "dose": one.dose,
                "product": words.product(self.pack, one.product) if one.product else "",
                "when": one.when,
                "numbers": [
                    (words.field((name,)), words.value(getattr(one, name)))
                    for name in ("from_week", "until_week", "interval", "before_birth")
                    if getattr(one, name) is not None
                ],
                "notes": self._notes(one.source),
                "question": one.question,
            }
            for one in self.pack.antenatal.td
        ]

    def postnatal(self) -> Said:
        return Said(words.contacts(self.pack.postnatal), self._notes(self.pack.postnatal.source))

    def cases(self) -> list[ShownCase]:
        return [self._case(case) for case in self.pack.cases]

    def sources(self) -> list[tuple[int, str, object]]:
        return [(self._footnotes[key], key, one) for key, one in self.pack.sources.items()]

    def _notes(self, ids: Iterable[str]) -> tuple[int, ...]:
        return tuple(self._footnotes[key] for key in ids if key in self._footnotes)

    def _dose(self, one: DoseRows) -> ShownDose:
        return ShownDose(
            vaccine=one.vaccine.name,
            dose=dose_name(one.dose.name),
            id=one.dose.id,
            for_whom=_for_whom(male=one.vaccine.male, female=one.vaccine.female),
            notes_for_parent=one.dose.notes_for_parent,
            rows=tuple(map(self._row, one.rows)),
        )

    def _row(self, row: Row) -> ShownRow:
        against = [
            _("%(antigen)s (dose %(number)s)") % {"antigen": words.antigen(self.pack, key), "number": number}
            for key, number in row.antigens
        ]
        numbers = [(str(label), row.numbers.get(name)) for name, label in words.NUMBERS.items()]
        return ShownRow(
            against="; ".join(against),
            numbers=tuple(
                Said(why.written_period(one.period), self._notes(one.sources), label) if one else Said("", (), label)
                for label, one in numbers
            ),
            products=", ".join(words.product(self.pack, key) for key in row.products),
            note=row.note,
            question=row.question,
        )

    def _series(self, series: Series, doses: tuple[ShownDose, ...] = (), begins: Period | None = None) -> ShownSeries:
        ages = (
            (_("from the age of %(age)s"), series.min_age_to_start or begins),
            (_("before the age of %(age)s"), series.max_age_to_start),
        )
        said = [text % {"age": why.written_period(age)} for text, age in ages if age is not None]
        for_whom = _("For who begins %(when)s.") % {"when": ", ".join(said)} if said else ""
        return ShownSeries(Said(for_whom, self._notes(series.source)), series.note, series.question, doses)

    def _case(self, case: Case) -> ShownCase:
        return ShownCase(
            case.what,
            written_dates.day(case.born),
            written_dates.day(case.today),
            tuple(f"{words.product(self.pack, key)}, {written_dates.day(day)}" for key, day in case.doses),
            tuple(words.expected(case, self.pack)),
        )


def _for_whom(*, male: bool, female: bool) -> str:
    if male and female:
        return ""
    return _("for girls") if female else _("for boys")
