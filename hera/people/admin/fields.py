"""Fields of the forms in which people's records are corrected."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from django import forms
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from hera.child_health import pregnancy_dates
from hera.core import clock
from hera.core.typed_fields import typed
from hera.core.visible import one_line
from hera.texts import written_dates

_WHERE_A_DAY_COMES_FIRST = dt.timezone(dt.timedelta(hours=14))
FIRST_CHILD = dt.date(1990, 1, 1)  # who is older is no child

label_of: Any = lazy(lambda text: capfirst(gettext(text)), str)  # a field's own label, which the panel has translated


class NameField(forms.CharField):
    """A name, of which nothing invisible is kept."""

    widget = UnfoldAdminTextInputWidget

    def to_python(self, value: Any) -> str:
        return one_line(super().to_python(value) or "")


def day_field(label: Any, *, earliest: dt.date | None, required: bool = True) -> forms.DateField:
    """A date that the browser asks for in its own way and sends as 2026-03-05: 01/02 means one thing only.

    Args:
        earliest: none: a day to come, within bounds that the form has to look at.
    """
    widget = UnfoldAdminTextInputWidget(attrs={"type": "date"} | ({"min": earliest.isoformat()} if earliest else {}))
    # A day is written as the browser's field wants it, whatever language the page is in.
    widget.format_value = lambda value: value.isoformat() if isinstance(value, dt.date) else value
    bounds: list[Any] = [partial(not_before, earliest), has_come_somewhere] if earliest else []
    day = forms.DateField(label=label, required=required, widget=widget, input_formats=["%Y-%m-%d"], validators=bounds)
    return typed(day)


def not_before(earliest: dt.date, day: dt.date) -> None:
    """Raises ValidationError for a day before the earliest that may be."""
    if day < earliest:
        written = written_dates.isolated(written_dates.day(day))
        raise forms.ValidationError(_("The day %(date)s is too long ago."), params={"date": written})


def has_come_somewhere(day: dt.date) -> None:
    """Raises ValidationError for a day that has come nowhere on earth; where she is, the form or the service asks."""
    if day > clock.today_in(_WHERE_A_DAY_COMES_FIRST):
        raise forms.ValidationError(_("This day is in the future."))


class OfHerDays(forms.BaseForm):
    """Part of a form of one person's record: none of its days lies in the future where she lives."""

    today: dt.date  # where she lives

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, value in list(cleaned.items()):
            if isinstance(value, dt.date) and name in self.changed_data and value > self.today:
                self.add_error(name, _("This day is in the future."))
        return cleaned


def is_of_another_week(week: int | None, period: dt.date | None, today: dt.date) -> str:
    """What is said where a week of pregnancy and the first day of the last period contradict each other; else empty."""
    if week is None or period is None or not pregnancy_dates.contradict(week, period, today):
        return ""
    says = _(
        "Week %(week)d and this day do not belong together: by this day it is week %(other)d. Correct one of them, or"
        " leave it empty."
    )
    return says % {"week": week, "other": max(1, pregnancy_dates.week_on(period, today))}


def number_field(label: Any, *, least: int, most: int) -> forms.IntegerField:
    """A whole number that nobody has to know, in digits of any script."""
    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"})
    return typed(forms.IntegerField(label=label, min_value=least, max_value=most, required=False, widget=widget))
