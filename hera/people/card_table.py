"""A child's card by the pack in use, and what is asked about its record, in words for staff.

Both name days: masked, there is neither.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hera.child_health import card, why
from hera.child_health.card import Antigen, Standing
from hera.child_health.dose_names import dose_name
from hera.child_health.doses import record_of
from hera.child_health.models import DoseGiven
from hera.child_health.packs import words
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.doses_told import latest
from hera.child_health.plan.subject import Record
from hera.child_health.questions import Asked, Question, questions_of
from hera.core.visible import one_line
from hera.people import told
from hera.people.masking import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hera.child_health.models import Child
    from hera.child_health.plan.subject import Subject
    from hera.people.told import DoseLine

log = logging.getLogger(__name__)

STANDINGS = {
    Standing.GIVEN: gettext_lazy("given"),
    Standing.UNDATED: gettext_lazy("told without a day"),
    Standing.ASSUMED: gettext_lazy("taken as given, nobody has told"),
    Standing.NOT_COUNTED: gettext_lazy("not counted"),
    Standing.OVERDUE: gettext_lazy("overdue"),
    Standing.DUE: gettext_lazy("due"),
    Standing.TO_COME: gettext_lazy("to come"),
}
_CANNOT_BE = {
    Asked.BEFORE_BIRTH: gettext_lazy("Its date, %(day)s, is before the birth. Please look at the card again."),
    Asked.IN_FUTURE: gettext_lazy("Its date, %(day)s, is in the future. Please look at the card again."),
}


@dataclass(frozen=True)
class TableRow:
    """A dose: its name, how it stands, what is known or planned, why records do not count, what is asked."""

    dose: str
    standing: str
    is_late: bool
    details: list[str]
    reasons: list[str]
    questions: list[str]


@dataclass(frozen=True)
class Table:
    """The card of a child; `reasons` and `questions` are those of records that belong to no dose.

    `antigens`: what children are protected against, and what is missing for it.
    """

    rows: list[TableRow]
    reasons: list[str]
    questions: list[str]
    antigens: list[tuple[str, str]]


def questions_about(child: Child, given: Iterable[DoseGiven], today: dt.date) -> list[str]:
    """What is asked about a child's record where there is no card by a pack. Doses as in `table_of`."""
    given = list(given)
    lines = {one.pk: told.of_dose(one, OPEN) for one in given}
    return [_question(one, lines) for one in questions_of(child.date_of_birth, map(record_of, given), today)]


def table_of(
    by_pack: ByPack,
    subject: Subject,
    given: Iterable[DoseGiven],
    today: dt.date,
    not_given: Iterable[tuple[int, dt.date]] = (),
) -> Table | None:
    """The card of a child; None where the pack cannot plan for it.

    Args:
        subject: the child, as its plan reads it (`plan.worked_out.subjects_of`).
        given: its records that count, read as `told.of_dose` says.
        not_given: doses that were told not to have been given, and when that was said.
    """
    lines = {one.pk: told.of_dose(one, OPEN) for one in given}
    try:
        found = card.card_of(by_pack, subject, today)
    except Exception:  # whatever it is, the rest of her page is shown: its plan has told of the fault
        log.exception("a child has no card by the pack")
        return None
    words_of = _Words(by_pack, lines, dict(not_given), today)
    return Table(
        [*map(words_of.row, found.rows), *map(words_of.besides, found.besides)],
        [why.of_verdict(one, words_of.products) for one in found.others],
        [
            *(_unread(lines[one.pk]) for one in found.unread),
            *(_impossible(lines[one.pk], _asked(one, subject.born)) for one in found.impossible),
        ],
        [(words.antigen(by_pack.pack, key), words_of.antigen(one)) for key, one in found.antigens.items()],
    )


class _Words:
    """What a card says, in words: of the doses and products of a pack, and of records by their lines."""

    def __init__(
        self, by_pack: ByPack, lines: Mapping[int, DoseLine], missing: Mapping[int, dt.date], today: dt.date
    ) -> None:
        pack, language = by_pack.pack, get_language() or "en"
        self.products = {
            key: one.names.get(language) or one.names.get("en") or key for key, one in pack.products.items()
        }
        self._doses = {dose.id: f"{vaccine.name} · {dose_name(dose.name)}" for vaccine, dose in pack.doses().values()}
        self._lines = lines
        self._missing = missing
        self._today = today

    def row(self, row: card.Row) -> TableRow:
        """A dose of the card."""
        details, questions = [], []
        if row.record is not None:
            line = self._lines[row.record.pk]
            product = one_line(self.products.get(row.product, row.product))
            details.append(", ".join(filter(None, [line.date, _isolated(product), line.where, line.by])))
            if row.told_as is not None:
                told_as = _isolated(self._doses.get(row.told_as, line.what))
                details.append(_("It was told as %(dose)s, and counts for this dose.") % {"dose": told_as})
            for other in row.contradicted:
                asked = _("Which day is right? %(day)s (%(by)s), or %(other)s (%(other_by)s). HERA goes by the first.")
                questions.append(asked % _days(line, self._lines[other.pk]))
        elif row.standing is Standing.UNDATED:
            details.append(str(told.SOURCES[DoseGiven.Source.TICK]))
        elif row.dose_id in self._missing:
            said = _("It was said on %(day)s that it was not given.")
            details.append(said % {"day": told.day(self._missing[row.dose_id], OPEN)})
        if row.planned is not None:
            details.append(" ".join(self._planned(row)))
        return TableRow(
            self._doses[row.dose_id],
            str(STANDINGS[row.standing]),
            row.standing is Standing.OVERDUE,
            details,
            [why.of_verdict(one, self.products) for one in row.not_counted],
            questions,
        )

    def besides(self, record: Record) -> TableRow:
        """What counts against a disease, and stands for no dose of the pack."""
        line = self._lines[record.pk]
        details = [", ".join(filter(None, [line.date, line.where, line.by]))]
        return TableRow(line.what, str(STANDINGS[Standing.GIVEN]), False, details, [], [])

    def _planned(self, row: card.Row) -> list[str]:
        """When a missing dose is due; of one that is late and planned again, both days."""
        assert row.planned is not None
        assert row.since is not None
        said = []
        if row.planned.earliest is not None and row.planned.earliest > self._today:
            said.append(_("May be given from %(day)s on.") % {"day": told.day(row.planned.earliest, OPEN)})
        if row.since > self._today and row.late_after is not None and row.late_after < row.since:
            # Late by its age, and not to be given yet.
            said.append(_("Planned for %(day)s.") % {"day": told.day(row.since, OPEN)})
            return said
        said.append(why.due(row.since, row.late_after, self._today))
        may_still_be_kept = row.late_after is not None and row.late_after >= self._today
        if row.planned.due > row.since and row.planned.due >= self._today and not may_still_be_kept:
            said.append(_("Planned again for %(day)s.") % {"day": told.day(row.planned.due, OPEN)})
        return said

    def antigen(self, one: Antigen) -> str:
        """What comes next against a disease; what was told without a day is told of, and not called missing."""
        said = []
        if one.undated:
            said.append(_("Said to have been given, on a day that nobody told: %(doses)s.") % self._named(one.undated))
        if one.assumed:
            said.append(_("Taken as given, nobody has told: %(doses)s.") % self._named(one.assumed))
        if one.is_open:
            said.append(why.of_forecast(one.forecast, self.products, self._today))
        elif one.missing is None:
            said.append(_("Nothing more is planned."))
        else:
            dose = _isolated(self._doses[one.missing.dose_id])
            said.append(f"{dose}: {' '.join(self._planned(one.missing))}")
        return " ".join(said)

    def _named(self, doses: Iterable[int]) -> dict[str, str]:
        return {"doses": ", ".join(_isolated(self._doses[dose]) for dose in doses)}


def _question(asked: Question, lines: Mapping[int, DoseLine]) -> str:
    """A question where no pack is in use: every record counts then that can have been on its day."""
    line = lines[asked.record.pk]
    if asked.other is not None:
        which = _("Which day is right? %(day)s (%(by)s), or %(other)s (%(other_by)s).")
        return f"{_isolated(line.what)}: {which % _days(line, lines[asked.other.pk])}"
    if asked.asked is Asked.WHICH_PRODUCT:
        return _unread(line)
    return _impossible(line, asked.asked)


def _asked(record: Record, born: dt.date) -> Asked:
    return Asked.BEFORE_BIRTH if latest(record) < born else Asked.IN_FUTURE


def _impossible(line: DoseLine, asked: Asked) -> str:
    return f"{_isolated(line.what)}: {_CANNOT_BE[asked] % {'day': line.date}}"


def _days(line: DoseLine, other: DoseLine) -> dict[str, str]:
    return {"day": line.date, "by": line.by, "other": other.date, "other_by": other.by}


def _unread(line: DoseLine) -> str:
    told_as = {"what": _isolated(line.what) or "–", "day": line.date or "–", "by": line.by}
    asked = _("What was this? %(what)s, %(day)s (%(by)s). It counts for nothing until it is known.") % told_as
    then = _("Who knows it retracts it on the card of the child, and enters what it was.")
    return f"{asked} {then}"


def _isolated(text: str) -> str:
    return f"\u2068{text}\u2069" if text else ""
