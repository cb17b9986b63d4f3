"""The one clock. Everything that asks for the time asks here, so that tests and the demo can move it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from pathlib import Path


def now() -> dt.datetime:
    """The present instant, in UTC.

    On a local server HERA_LOCAL_CLOCK may name a file holding a number of seconds to add: the demo moves a
    running server to the day on which something is due.
    """
    file: Path | None = settings.HERA.local_clock
    if file is None:
        return timezone.now()
    try:
        return timezone.now() + dt.timedelta(seconds=float(file.read_text()))
    except (OSError, ValueError):
        return timezone.now()


def today_in(zone: dt.tzinfo) -> dt.date:
    """Today's date where the clocks show `zone`."""
    return now().astimezone(zone).date()
