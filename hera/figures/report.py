"""A month of the programme as a document: each measure against the month before, the year, and its target."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hera.core import timezones
from hera.core.months import months_later
from hera.core.pdf import Document
from hera.figures import counting
from hera.figures.measures import MEASURES, Unit
from hera.figures.plots import top_of
from hera.figures.tabulated import as_text, table_of, written
from hera.texts import written_dates

if TYPE_CHECKING:
    from collections.abc import Callable

    from hera.figures.measures import Measure
    from hera.figures.tabulated import Row, Table

_MONTHS = 12


def made(month: dt.date, language: str, *, masked: bool, reached: Callable[[int], None]) -> bytes:
    """The report of a month as PDF.

    Args:
        masked: whether numbers of few people are left out.
        reached: told of each percent of the work that is done.
    """
    with translation.override(language), timezone.override(timezones.default()):
        name = written_dates.month(month)
        document = Document(language, _("Programme report, %(month)s") % {"month": name})
        first = months_later(month, 1 - _MONTHS)
        hides = False
        for number, measure in enumerate(MEASURES.values(), 1):
            as_of = counting.counted(measure.source, masked=masked)
            table = table_of(measure, first, month, masked=masked)
            hides = hides or table.hides
            document.heading(str(measure.label))
            document.text(str(measure.says))
            _write(document, measure, table)
            if as_of:
                says = _("Counted at")
                document.text(f"{says} {written_dates.moment(as_of)}", size=8)
            reached(number * 99 // len(MEASURES))
        if hides:
            document.text(
                _(
                    "… stands for numbers that are not shown: those below 5,"
                    " and those by which such a number could be worked out."
                )
            )
        return document.content()


def _write(document: Document, measure: Measure, table: Table) -> None:
    rows = [*([table.total] if table.total else []), *table.rows]
    if not rows:
        document.text(_("There is nothing to count in these months."))
        return
    if table.target is not None:
        told = _("target: at least %(target)s") if measure.is_better_high else _("target: at most %(target)s")
        document.text(told % {"target": as_text(table.target, measure.unit)})
    values = [number.value for number in rows[0].months]
    names = [f"{month:%Y-%m}" for month in table.months]
    unit = "%" if measure.unit is Unit.PERCENT else ""
    document.chart(values, names, top_of([*values, table.target], measure.unit), unit, table.target)
    head = [table.head, written_dates.month(table.months[-1]), written_dates.month(table.months[-2]), _("12 months")]
    is_told_apart = any(row.target != table.target for row in rows)
    head += [_("Target")] if is_told_apart else []
    document.table(head, [_cells(row, measure, with_target=is_told_apart) for row in rows])


def _cells(row: Row, measure: Measure, *, with_target: bool) -> list[str]:
    cells = [row.name, *(written(number, measure.unit) for number in (row.months[-1], row.months[-2], row.total))]
    if with_target:
        cells.append("–" if row.target is None else as_text(row.target, measure.unit))
    return cells
