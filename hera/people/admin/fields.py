"""Fields of the forms in which people's records are corrected."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from hera.core import clock, timezones
from hera.core.typed_fields import typed
from hera.core.visible import one_line

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
    bounds: list[Any] = [MinValueValidator(earliest), not_in_the_future] if earliest else []
    day = forms.DateField(label=label, required=required, widget=widget, input_formats=["%Y-%m-%d"], validators=bounds)
    return typed(day)


def not_in_the_future(day: dt.date) -> None:
    """Raises ValidationError for a day that has not come where the country is."""
    if day > clock.today_in(timezones.default()):
        raise forms.ValidationError(_("This day is in the future."))


def number_field(label: Any, *, least: int, most: int) -> forms.IntegerField:
    """A whole number that nobody has to know, in digits of any script."""
    widget = UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric"})
    return typed(forms.IntegerField(label=label, min_value=least, max_value=most, required=False, widget=widget))
