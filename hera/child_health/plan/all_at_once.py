"""Planning a whole country anew at once, by several processes: who waits for it has cores to spare for it."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor

from django.db import connections

from hera.child_health.plan import checking, stored

# So long it waits for whom others plan, as the worker does after a change of programme, while nothing moves.
PATIENCE = dt.timedelta(seconds=30)


def catch_up_by(processes: int) -> int:
    """Plan anew whatever is out of date, each process what no other has; returns how many of children and pregnancies.

    Sign-ins and jobs go on meanwhile: whom somebody else has locked is planned by that one, or by whoever comes next.
    """
    planned = _by(processes)
    left, since = checking.out_of_date(), time.monotonic()
    while left and time.monotonic() - since < PATIENCE.total_seconds():
        time.sleep(0.2)
        planned += _catch_up()
        before, left = left, checking.out_of_date()
        if left < before:
            since = time.monotonic()
    return planned


def _by(processes: int) -> int:
    if processes == 1:
        return _catch_up()
    connections.close_all()  # none is shared with a process that is begun now
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork")) as pool:
        return sum(task.result() for task in [pool.submit(_in_its_own_process) for _ in range(processes)])


def _in_its_own_process() -> int:
    try:
        return _catch_up()
    finally:
        connections.close_all()


def _catch_up() -> int:
    return stored.catch_up(within=dt.timedelta.max, alone=False)
