"""Several at once, as phones, workers and processes are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

R = TypeVar("R")


def at_once(count: int, run: Callable[[int], R]) -> list[R]:
    """What `run` returns for 0, 1, ... below `count`, each in a thread with a database connection of its own.

    They begin together. What one of them raises is raised here, after all have ended.
    """
    together = threading.Barrier(count)

    def begin(place: int) -> R:
        together.wait()
        try:
            return run(place)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))
