"""Doses given, as a table: one row a dose, of a child known by its id, or by the person's number and what it is called.

A table is read as a whole, in a fixed number of queries, and is brought all or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from import_export.results import RowResult

from hera.child_health import doses
from hera.child_health.dose_rows import read
from hera.child_health.doses import Wanted
from hera.child_health.models import DoseGiven, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.core import whole_tables
from hera.core.whole_tables import Columns, Shown, Unreadable, WholeTableResource

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from import_export.results import Result

    from hera.child_health.dose_rows import Line


def _shown() -> dict[str, str]:
    return {
        _("Number"): "number", _("Child's id"): "child_id", _("Child"): "child", _("Born"): "born",
        _("Vaccine"): "vaccine", _("Dose"): "dose", _("Dose's id"): "dose_id", _("Date"): "date",
        _("Place"): "place", _("Country"): "country", _("Lot"): "lot", _("Campaign"): "campaign",
    }  # fmt: skip


def _lacking(columns: set[str]) -> str:
    if {"number", "child_id"} & columns and {"vaccine", "dose_id"} & columns:
        return ""
    return _("It wants a column number or child_id, and a column vaccine or dose_id. Known are: %(known)s.")


COLUMNS = Columns(
    (
        "number",
        "child_id",
        "child",
        "born",
        "vaccine",
        "dose",
        "dose_id",
        "date",
        "place",
        "country",
        "lot",
        "campaign",
    ),
    _shown,
    _lacking,
)


def understood(table: Sequence[Sequence[str]], lines: Sequence[int] = ()) -> list[list[str]]:
    """A table with the columns' names of the code, all of whose rows can be brought.

    Args:
        lines: the number of each row's line in the file; none: they are the first ones.

    Raises:
        Unreadable: if a column is not known, or a row is of nobody or of no dose; with a sentence for each.
    """
    return whole_tables.understood(table, lines, COLUMNS, read, _counts)[0]


def _counts(lines: Sequence[Line]) -> dict[str, int]:
    wanted = [line.wanted for line in lines if line.wanted]
    records = {id(record): record for record in doses.matched(wanted, DoseGiven.Source.IMPORT)}.values()
    new = sum(record.pk is None for record in records)
    return {"new": new, "same": len(wanted) - new}


def _dose(given: DoseGiven) -> str:
    dose = given.vaccine_dose
    return f"{dose.vaccine.name} · {dose.name}" if dose else given.product or given.text


class DoseResource(WholeTableResource):
    """One row a dose. What is there already is left out, and so is what was brought once and retracted since."""

    columns = COLUMNS
    understood = staticmethod(understood)
    hold = staticmethod(doses.hold)
    states = staticmethod(doses.states)
    remove = staticmethod(doses.remove)
    sample = (
        ("number", "child", "born", "vaccine", "dose", "date", "place", "country", "lot", "campaign"),
        ("905321234567", "Leyla", "2026-01-05", "BCG", "Dose 1", "03.03.2026", "Besni", "TR", "A123", "0"),
        ("905321234567", "Leyla", "2026-01-05", "Hepatitis B (BHA)", "Dose 1", "2026-01", "", "", "", "0"),
    )
    child_id = Shown("child_id", lambda given: given.child_id)
    child = Shown("child", lambda given: given.child.name)
    born = Shown("born", lambda given: given.child.date_of_birth)
    dose = Shown("dose", _dose)
    date = Shown("date", lambda given: PartialDate(given.date, doses.Precision(given.precision)))
    place = Shown("place", lambda given: given.place)
    country = Shown("country", lambda given: given.country)
    lot = Shown("lot", lambda given: given.lot)
    campaign = Shown("campaign", lambda given: int(given.campaign))

    _wanted: list[Wanted]
    _records: list[DoseGiven]
    _retracted: set[int]
    _seen: set[int]
    _place = 0

    class Meta(WholeTableResource.Meta):
        model = DoseGiven
        fields = ("child_id", "child", "born", "dose", "date", "place", "country", "lot", "campaign")

    def get_diff_headers(self) -> list[str]:
        """The columns of the preview, in the language of whoever looks."""
        return [
            _("Child's id"), _("Child"), _("Born"), _("Dose"), _("Date"), _("Place"), _("Country"), _("Lot"),
            _("Campaign"),
        ]  # fmt: skip

    def before_import(self, dataset: Any, **_kwargs: Any) -> None:
        """Reads the whole table.

        Raises:
            Unreadable: if it is no longer what it was when it was looked at.
        """
        rows = whole_tables.rows_of(dataset)
        self._wanted, self._records, self._retracted, self._seen = [], [], set(), set()
        self._places = iter(range(len(rows)))
        lines = read(rows)
        if refused := [line.refusal for line in lines if line.refusal]:
            raise Unreadable(*refused)
        self._wanted = [line.wanted for line in lines if line.wanted]
        doses.lock(one.child.pk for one in self._wanted)
        self._retracted = _retracted(self._wanted)
        self._records = self._matched()
        _read_with_doses(self._records)

    def _matched(self) -> list[DoseGiven]:
        """The records of all rows. Those that are left out say nothing of which dose another one is."""
        found: dict[int, DoseGiven] = {}
        for are_left_out in (False, True):
            places = [place for place in range(len(self._wanted)) if (place in self._retracted) is are_left_out]
            of_places = doses.matched([self._wanted[place] for place in places], DoseGiven.Source.IMPORT)
            found |= dict(zip(places, of_places, strict=True))
        return [found[place] for place in range(len(self._wanted))]

    def get_or_init_instance(self, _instance_loader: Any, _row: Any) -> tuple[DoseGiven, bool]:
        self._place = next(self._places)
        return self._records[self._place], self._records[self._place].pk is None

    def skip_row(self, instance: DoseGiven, *_row: Any, **_kwargs: Any) -> bool:
        is_again = id(instance) in self._seen  # the same dose in two rows
        self._seen.add(id(instance))
        return is_again or instance.pk is not None or self._place in self._retracted

    def after_import_row(self, _row: Any, row_result: Any, **_kwargs: Any) -> None:
        given = self._records[self._place]
        row_result.object_repr = f"{given.child.name}, {_dose(given)}"
        is_left_out = self._place in self._retracted
        row_result.told = doses.doubt(self._wanted[self._place])
        if is_left_out:
            row_result.told = _("It was brought once and retracted since, so it is left out.")

    def after_import(self, _dataset: Any, result: Result, **kwargs: Any) -> None:
        if kwargs.get("dry_run") or result.has_errors():
            return
        places = [place for place in range(len(self._wanted)) if place not in self._retracted]
        records = doses.record_all(
            [self._wanted[place] for place in places], DoseGiven.Source.IMPORT, by=kwargs.get("user")
        )
        for place, record in zip(places, records, strict=True):
            if result.rows[place].import_type == RowResult.IMPORT_TYPE_NEW:
                result.rows[place].instance = record


def _read_with_doses(records: Iterable[DoseGiven]) -> None:
    """Read the vaccines and doses of records in one query."""
    records = list(records)
    found = VaccineDose.objects.select_related("vaccine").in_bulk({row.vaccine_dose_id for row in records} - {None})
    for row in records:
        if row.vaccine_dose_id is not None:
            row.vaccine_dose = found[row.vaccine_dose_id]


def _retracted(wanted: Sequence[Wanted]) -> set[int]:
    """The places of entries that were brought before, and retracted since."""
    keys = {one.entry.client_key for one in wanted}
    gone = DoseGiven.objects.filter(child__in={one.child.pk for one in wanted}, client_key__in=keys)
    pairs = set(gone.exclude(retracted_at=None).values_list("child_id", "client_key"))
    live = set(gone.filter(retracted_at=None).values_list("child_id", "client_key"))
    return {place for place, one in enumerate(wanted) if (one.child.pk, one.entry.client_key) in pairs - live}
