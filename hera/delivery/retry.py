"""How long to wait before trying again."""

from __future__ import annotations

import datetime as dt
import random

FIRST_WAIT = dt.timedelta(seconds=5)
LONGEST_WAIT = dt.timedelta(minutes=30)
_RANDOM = random.SystemRandom()


def wait_after(attempts_made: int, retry_after: dt.timedelta | None) -> dt.timedelta:
    """The wait after this many attempts: doubling, and spread so that not all come back at once.

    A provider that says when to come back is never called earlier.
    """
    longest = min(FIRST_WAIT * (1 << min(attempts_made - 1, 20)), LONGEST_WAIT)
    wait = longest * _RANDOM.uniform(0.5, 1.0)
    return max(wait, retry_after + wait / 10) if retry_after is not None else wait
