"""Serializer fields that forgive what shipped clients send."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hera.core import clock, digits

if TYPE_CHECKING:
    from typing import Any

EARLIEST = dt.date(1900, 1, 1)
_AROUND_A_DASH = re.compile(r"\s*-\s*")
_LONGEST = 100  # characters; longer is no date


def _typed(text: str) -> str:
    """A date as somebody typed it, in digits of any script and with spaces around its dashes, as clients send one."""
    return _AROUND_A_DASH.sub("-", digits.plain(text)) if len(text) <= _LONGEST else text


class TypedNumberField(serializers.IntegerField):
    """A whole number as somebody typed it: digits of any script, spaces and direction marks are taken."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value("".join(digits.plain(data).split()) if isinstance(data, str) else data)


class PastDateField(serializers.DateField):
    """A date that has come somewhere on earth, and is of someone who can be alive."""

    default_error_messages = {
        "future": _("This date is in the future."),
        "ancient": _("This date is too long ago."),
    }

    def to_internal_value(self, value: Any) -> dt.date:
        if isinstance(value, str):
            value = _typed(value)
        # Some clients send a whole timestamp for a date.
        if isinstance(value, str) and len(value) > len("2026-01-31") and value[10] in "T ":
            value = value[:10]
        day = super().to_internal_value(value)
        if day > clock.now().date() + dt.timedelta(days=1):
            self.fail("future")
        if day < EARLIEST:
            self.fail("ancient")
        return day


class LenientDateTimeField(serializers.DateTimeField):
    """A timestamp, or only its date (midnight UTC), as the later app sends it."""

    def to_internal_value(self, value: Any) -> dt.datetime:
        if isinstance(value, str):
            value = _typed(value)
        if isinstance(value, str) and len(value) == len("2026-01-31"):
            value += "T00:00:00Z"
        moment = super().to_internal_value(value)
        if not EARLIEST.year <= moment.year <= clock.now().year + 1:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return moment
