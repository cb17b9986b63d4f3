"""A child's card by the pack in use, in words for staff. It names days: masked, there is none."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from hera.child_health import card, why
from hera.child_health.card import Standing
from hera.child_health.models import DoseGiven
from hera.child_health.packs import words
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.subject import Record, subject_of
from hera.core.visible import one_line
from hera.immunization.visits import EndlessScheduleError
from hera.people import told
from hera.people.masking import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hera.child_health.models import Child
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


def table_of(by_pack: ByPack, child: Child, given: Iterable[DoseGiven], today: dt.date) -> Table | None:
    """The card of a child; None where the pack cannot plan for it. Doses must be read as `told.of_dose` says."""
    lines = {one.pk: told.of_dose(one, OPEN) for one in given}
    records = [_record(one) for one in given]
    registered_on = child.known_on or child.created_at.date()
    subject = subject_of(
        child.date_of_birth, child.gender, registered_on, records, of_older_database=child.known_on is None
    )
    try:
        found = card.card_of(by_pack, subject, today)
    except (EndlessScheduleError, OverflowError):
        log.exception("a child has no card by the pack")
        return None
    language = get_language() or "en"
    names = {key: one.names.get(language) or one.names.get("en") or key for key, one in by_pack.pack.products.items()}
    doses = {dose.id: f"{vaccine.name} · {dose.name}" for vaccine, dose in by_pack.pack.doses().values()}
    return Table(
        [_row(row, doses, lines, names) for row in found.rows],
        [why.of_verdict(one, names) for one in found.others],
        [_unread(lines[one.pk]) for one in found.unread],
        [(words.antigen(by_pack.pack, key), why.of_forecast(one, names, today)) for key, one in found.antigens.items()],
    )


def _record(one: DoseGiven) -> Record:
    return Record(
        one.vaccine_dose_id,
        one.vaccine_id,
        one.due_by,
        one.date,
        one.precision,
        one.product,
        one.text,
        one.source,
        one.campaign,
        one.entered_at.date(),
        one.pk,
    )


def _row(row: card.Row, doses: Mapping[int, str], lines: Mapping[int, DoseLine], names: Mapping[str, str]) -> TableRow:
    details, questions = [], []
    if row.record is not None:
        line = lines[row.record.pk]
        product = one_line(names.get(row.product, row.product))
        details.append(", ".join(filter(None, [_isolated(line.date), _isolated(product), line.where, line.by])))
        for other in row.contradicted:
            heard = lines[other.pk]
            questions.append(
                _("Which day is right? %(day)s (%(by)s), or %(other)s (%(other_by)s). HERA goes by the first.")
                % {
                    "day": _isolated(line.date),
                    "by": line.by,
                    "other": _isolated(heard.date),
                    "other_by": heard.by,
                }
            )
    elif row.standing is Standing.UNDATED:
        details.append(str(told.SOURCES[DoseGiven.Source.TICK]))
    if row.planned is not None:
        details.append(" ".join(_planned(row)))
    return TableRow(
        doses[row.dose_id],
        str(STANDINGS[row.standing]),
        row.standing is Standing.OVERDUE,
        details,
        [why.of_verdict(one, names) for one in row.not_counted],
        questions,
    )


def _planned(row: card.Row) -> list[str]:
    assert row.planned is not None
    said = [_("Planned for %(day)s.") % {"day": told.day(row.planned.due, OPEN)}]
    if row.planned.earliest is not None:
        said.append(_("May be given from %(day)s on.") % {"day": told.day(row.planned.earliest, OPEN)})
    if row.planned.overdue_after is not None and row.planned.overdue_after >= row.planned.due:
        said.append(_("Late after %(day)s.") % {"day": told.day(row.planned.overdue_after, OPEN)})
    if row.planned.attempt > 1:
        said.append(_("Planned again."))
    return said


def _unread(line: DoseLine) -> str:
    told_as = {"what": line.what or "–", "day": _isolated(line.date), "by": line.by}
    return _("What was this? %(what)s, %(day)s (%(by)s). It counts for nothing until it is known.") % told_as


def _isolated(text: str) -> str:
    return f"\u2068{text}\u2069" if text else ""
