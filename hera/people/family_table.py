"""Families as a table: one row a child or a pregnancy, with its mother; rows of one mother are one family.

A table is read as a whole, in a fixed number of queries, and is brought all or not at all. What it makes is what the
form for families without a phone app makes (`registering`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.core import whole_tables
from hera.core.whole_tables import Columns, Shown, Unreadable, WholeTableResource
from hera.people import unregistering
from hera.people.family_rows import families_of, read
from hera.people.registering import register
from hera.texts import written_dates
from hera.user_profile.models import UserProfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from import_export.results import Result

    from hera.child_health.services import Declaration
    from hera.people.family_rows import Line
    from hera.people.registering import RegisteredChild

MOST = 300  # families: each is planned as it is made, and the page waits for all


def _shown() -> dict[str, str]:
    return {
        _("Number"): "number", _("Name"): "name", _("Date of birth"): "born", _("Born"): "born",
        _("Language"): "language", _("Health centre"): "centre", _("Week of pregnancy"): "week",
        _("First day of the last period"): "last_period", _("Child"): "child",
        _("Child's date of birth"): "child_born", _("Gender"): "gender", _("She agrees"): "agreed",
        _("Is another person"): "another",
    }  # fmt: skip


def _lacking(columns: set[str]) -> str:
    if {"name", "born", "language", "agreed"} <= columns:
        return ""
    wanted = {text for text, name in _shown().items() if name in ("name", "born", "language", "agreed")} - {_("Born")}
    told = _("It wants the columns %(wanted)s.") % {"wanted": ", ".join(text for text in _shown() if text in wanted)}
    return told.replace("%", "%%") + " " + _("Known are: %(known)s.")


COLUMNS = Columns(
    (
        "number", "name", "born", "language", "centre", "week", "last_period", "child", "child_born", "gender",
        "agreed", "another",
    ),
    _shown,
    _lacking,
)  # fmt: skip


def understood(table: Sequence[Sequence[str]], lines: Sequence[int] = ()) -> list[list[str]]:
    """A table with the columns' names of the code, all of whose rows can be brought.

    Args:
        lines: the number of each row's line in the file; none: they are the first ones.

    Raises:
        Unreadable: if a column is not known or missing, or a row cannot be brought; with a sentence for each.
    """
    read_table, found = whole_tables.understood(table, lines, COLUMNS, read, _counts)
    if len(families_of(found)) > MOST:
        raise Unreadable(_("These are too many families; %(number)d are taken at once.") % {"number": MOST})
    return read_table


def _counts(lines: Sequence[Line]) -> dict[str, int]:
    there = sum(line.is_there for line in lines)
    return {"new": len(lines) - there, "same": there}


class FamilyResource(WholeTableResource):
    """One row a child or a pregnancy. What is there already is left out."""

    called = gettext_lazy("Families")
    take_back_first = gettext_lazy(
        "Take back first what was brought or entered about these families since, such as a table of doses."
    )
    columns = COLUMNS
    understood = staticmethod(understood)
    hold = staticmethod(unregistering.hold)
    states = staticmethod(unregistering.states)
    remove = staticmethod(unregistering.remove)
    sample = (
        COLUMNS.names,
        ("905321234567", "Amal", "1996-05-04", "ar", "", "", "", "Leyla", "05.01.2026", "FEMALE", "1", "0"),
        ("905321234567", "Amal", "1996-05-04", "ar", "", "", "", "Musa", "2024-03-09", "MALE", "1", "0"),
        ("", "Zehra", "1.1.2001", "tr", "", "20", "", "", "", "", "1", "0"),
    )
    name = Shown("name", lambda profile: profile.name)
    born = Shown("born", lambda profile: written_dates.day(profile.date_of_birth))
    number = Shown("number", lambda profile: profile.line.family.number)
    centre = Shown("centre", lambda profile: profile.line.family.center or "")
    pregnancy = Shown("pregnancy", lambda profile: _declared(profile.line.family.pregnancy))
    child = Shown("child", lambda profile: profile.line.child.name if profile.line.child else "")
    child_born = Shown("child_born", lambda profile: _day_of(profile.line.child))

    class Meta(WholeTableResource.Meta):
        model = UserProfile
        fields = ("name", "born", "number", "centre", "pregnancy", "child", "child_born")

    _lines: list[Line]
    _place = 0

    def get_diff_headers(self) -> list[str]:
        """The columns of the preview, in the language of whoever looks."""
        return [
            _("Name"), _("Date of birth"), _("Number"), _("Health centre"), _("Pregnancy"), _("Child"),
            _("Child's date of birth"),
        ]  # fmt: skip

    def before_import(self, dataset: Any, **_kwargs: Any) -> None:
        """Reads the whole table.

        Raises:
            Unreadable: if it is no longer what it was when it was looked at.
        """
        rows = whole_tables.rows_of(dataset)
        self._lines = read(rows)
        self._places = iter(range(len(rows)))
        if refused := [line.refusal for line in self._lines if line.refusal]:
            raise Unreadable(*refused)

    def get_or_init_instance(self, _instance_loader: Any, _row: Any) -> tuple[UserProfile, bool]:
        self._place = next(self._places)
        line = self._lines[self._place]
        assert line.family is not None
        profile = UserProfile(name=line.family.name, date_of_birth=line.family.born)
        profile.line = line  # type: ignore[attr-defined]
        return profile, True

    def skip_row(self, *_row: Any, **_kwargs: Any) -> bool:
        return self._lines[self._place].is_there

    def after_import_row(self, _row: Any, row_result: Any, **_kwargs: Any) -> None:
        family = self._lines[self._place].family
        row_result.object_repr = family.name if family else ""

    def after_import(self, _dataset: Any, result: Result, **kwargs: Any) -> None:
        if kwargs.get("dry_run") or result.has_errors():
            return
        for family, places in families_of(self._lines):
            mother = register(family)
            for place in places:
                result.rows[place].instance = mother.profile


def _day_of(child: RegisteredChild | None) -> str:
    return written_dates.day(child.born) if child else ""


def _declared(pregnancy: Declaration | None) -> str:
    if pregnancy is None:
        return ""
    if pregnancy.week or pregnancy.last_menstrual_period is None:
        return _("week %(week)d") % {"week": pregnancy.week}
    return written_dates.day(pregnancy.last_menstrual_period)
