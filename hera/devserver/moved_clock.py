"""A clock that a demo moves from day to day, for this process alone: the local server's, before it serves anybody."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

from django.utils import timezone


class MovedClock:
    """Stands at an instant until it is moved."""

    def __init__(self, instant: dt.datetime) -> None:
        self.instant = instant

    def now(self) -> dt.datetime:
        return self.instant

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Let Django's clock be this one: it is behind `core.clock`, and behind the instants that saved rows get."""
        real = timezone.now
        timezone.now = self.now
        try:
            yield
        finally:
            timezone.now = real
