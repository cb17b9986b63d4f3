"""An earlier commit and this one, by turns on one machine: a machine that others share is now fast, now slow.

Each is run by its own commands and measured by its own `benchmarks/`; what both print of one row is set side by side.
"""

from __future__ import annotations

import statistics
import subprocess
from collections import defaultdict
from pathlib import Path

from benchmarks.report import Table
from hera.config import REPOSITORY

# The last one before packs and the stored plan: it looks through windows of birth dates, and works out the calendar
# anew for each call.
BEFORE_PACKS = "e550da0"
ROUNDS = 2
_COMPARED = {"seconds", "requests a second"}

Figures = dict[tuple[str, str, str], float]  # by table, row and column


def run(commit: str, arguments: list[str]) -> Table:
    """The table of what both print.

    Args:
        commit: the earlier one.
        arguments: of `python -m benchmarks`, as both know them.

    Raises:
        subprocess.CalledProcessError: if one of them cannot be installed, or fails.
    """
    checkouts = {"before": _checkout(commit), "now": REPOSITORY}
    found: dict[str, list[Figures]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, folder in checkouts.items():
            found[name].append(_measured(folder, arguments))
    table = Table(f"{commit} and this commit, by turns", ["figure", "unit", "before", "now", "now to before"])
    for key in found["now"][0]:
        if all(key in figures for several in found.values() for figures in several):
            before, now = (statistics.median(figures[key] for figures in found[name]) for name in checkouts)
            title, row, unit = key
            table.add(f"{title}: {row}", unit, before, now, f"{now / before:.2f}" if before else "")
    table.note = f"Medians of {ROUNDS} rounds."
    return table


def _checkout(commit: str) -> Path:
    """The earlier commit's files with what they need, kept for the next time."""
    folder = REPOSITORY / ".data" / f"before-{commit}"
    if not folder.exists():
        subprocess.run(["git", "worktree", "prune"], cwd=REPOSITORY, check=True)  # .data may have been cleared
        subprocess.run(["git", "worktree", "add", "--detach", folder, commit], cwd=REPOSITORY, check=True)
    subprocess.run(["make", "install"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def _measured(folder: Path, arguments: list[str]) -> Figures:
    python = folder / ".venv" / "bin" / "python"
    printed = subprocess.run(
        [python, "-m", "benchmarks", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return read(printed)


def read(printed: str) -> Figures:
    """What is compared of the tables that a benchmark prints."""
    found: Figures = {}
    title, columns = "", []
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if line.startswith("### "):
            title, columns = line.removeprefix("### "), []
        elif not line.startswith("|"):
            continue
        elif not columns:
            columns = cells
        elif not line.startswith("| ---"):
            for column, cell in zip(columns[1:], cells[1:], strict=False):
                if column in _COMPARED:
                    found[title, cells[0], column] = float(cell.replace(",", ""))
    return found
