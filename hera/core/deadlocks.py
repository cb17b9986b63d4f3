"""What PostgreSQL ended because two waited for each other is done again: nothing of it has happened."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

P = ParamSpec("P")
R = TypeVar("R")
TRIES = 4


def once_more_after_a_deadlock(step: Callable[P, R]) -> Callable[P, R]:
    """A step that is a transaction of its own; inside a caller's transaction it is the caller's to try again."""

    @functools.wraps(step)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(TRIES - 1):
            try:
                return step(*args, **kwargs)
            except OperationalError as problem:
                if connection.in_atomic_block or not isinstance(problem.__cause__, DeadlockDetected):
                    raise
        return step(*args, **kwargs)

    return tried
