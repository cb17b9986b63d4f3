"""Serializer fields that forgive what shipped clients send."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.fields import empty

from hera.core import clock, digits, timezones
from hera.core.visible import one_line

if TYPE_CHECKING:
    from typing import Any

EARLIEST = dt.date(1900, 1, 1)
_AROUND_A_DASH = re.compile(r"\s*-\s*")
_DATE = len("2026-01-31")
LONGEST_NAME = 255  # characters
_LONGEST = 100  # characters; longer is no date


def _typed(text: str) -> str:
    """A date as somebody typed it, in digits of any script and with spaces around its dashes, as clients send one."""
    return _AROUND_A_DASH.sub("-", digits.plain(text)) if len(text) <= _LONGEST else text


def _null_if_blank(field: serializers.Field[Any, Any, Any, Any], data: Any) -> Any:
    return None if field.allow_null and isinstance(data, str) and not digits.plain(data[:_LONGEST]) else data


class TypedNumberField(serializers.IntegerField):
    """A whole number as somebody typed it: digits of any script, spaces and direction marks are taken.

    Where it may be null, nothing typed is null.
    """

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation(_null_if_blank(self, data))

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value("".join(digits.plain(data).split()) if isinstance(data, str) else data)


class NameField(serializers.CharField):
    """A name as somebody typed it, without what nobody sees.

    A refusal is shown nowhere in the first app, so an empty one is taken, and one that is too long is cut. An edit that
    empties it leaves it as it was.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_blank=True, **options)

    def run_validation(self, data: Any = empty) -> str:
        name: str = super().run_validation(data)
        return name or getattr(getattr(self.parent, "instance", None), "name", "")

    def to_internal_value(self, data: Any) -> str:
        return one_line(super().to_internal_value(data))[:LONGEST_NAME].rstrip()


class PastDateField(serializers.DateField):
    """A date that has come somewhere on earth, and is of someone who can be alive.

    Some clients send a whole timestamp for a date. One in UTC is her midnight, or some time of her day, and its date is
    that in her zone; but midnight UTC is a date that no clock was asked about. Any other says its date itself. Where
    it may be null, "" is null.
    """

    AHEAD = dt.timedelta(days=1)  # of UTC, in the east

    default_error_messages = {
        "future": _("This date is in the future."),
        "ancient": _("This date is too long ago."),
    }

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation(_null_if_blank(self, data))

    def to_internal_value(self, value: Any) -> dt.date:
        if isinstance(value, str):
            value = self._day_of(_typed(value))
        day = super().to_internal_value(value)
        if day > clock.now().date() + self.AHEAD:
            self.fail("future")
        if day < EARLIEST:
            self.fail("ancient")
        return day

    def _day_of(self, text: str) -> str:
        day, parting = text[:_DATE], text[_DATE : _DATE + 1]
        if not parting or parting not in "Tt ":
            return text
        moment = _utc_moment(text)
        if moment is None or moment.time() == dt.time():
            return day
        try:
            return moment.astimezone(self._zone()).date().isoformat()
        except OverflowError:  # at the ends of what Python calls time
            return day

    def _zone(self) -> dt.tzinfo:
        """The zone of the person who sends it: what she sends with it, that of her profile, her number's country's."""
        request = self.context.get("request")
        if request is None:
            return timezones.default()
        user = request.user
        sent = request.data.get("timezone")
        profile = getattr(user, "profile", None)
        stored = (timezones.parse(sent, user.username) if isinstance(sent, str) else None) or (
            profile.timezone if profile else ""
        )
        return timezones.effective(stored, user.username)


def _utc_moment(text: str) -> dt.datetime | None:
    """An instant that is written in UTC; None for what is no instant, or has another offset."""
    if not re.search(r"(?:[Zz]|[+-]00:?00)$", text):
        return None
    try:
        moment = parse_datetime(text.upper())
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment and moment.tzinfo else None


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
