"""Running a command and reading what it cost."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
from dataclasses import dataclass

from hera.devserver.processes import MANAGE


@dataclass(frozen=True)
class Cost:
    """What one run printed and took. `seconds` is work after start-up, `mebibytes` the peak resident memory."""

    created: int
    seconds: float
    mebibytes: float


def job(url: str, *arguments: str) -> Cost:
    """Run a management command in a process of its own.

    Raises:
        RuntimeError: if it fails.
    """
    environment = {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": ""}
    with subprocess.Popen([*MANAGE, *arguments], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed: {printed}")
    found = re.search(r"(?:created|due|planned)=(\d+) seconds=([\d.]+)", printed)
    assert found is not None, printed
    return Cost(int(found[1]), float(found[2]), usage.ru_maxrss / 1024)


def inside(url: str, name: str, *arguments: object) -> Cost:
    """Run a function of `benchmarks.inside` in a process of the service.

    Raises:
        RuntimeError: if it fails.
    """
    call = f"from benchmarks import inside; inside.{name}({', '.join(map(repr, arguments))})"
    return job(url, "shell", "--no-imports", "-c", call)


def median(costs: list[Cost]) -> Cost:
    return Cost(
        costs[0].created,
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.mebibytes for cost in costs),
    )
