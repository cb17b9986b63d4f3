"""A table in a file, however it was saved: as a spreadsheet's own file, or as text in any way that Excel writes it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from hera.config import REPOSITORY
from hera.panel import workbooks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_ROWS = 2_000  # each is a row of the preview, with what changes
MOST_COLUMNS = workbooks.MOST_COLUMNS
LONGEST = 20  # seconds to wait for a workbook: it takes part of one where the machine is not busy

_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")  # no key and no address
_ZIP = b"PK\x03\x04"
# Control characters but tabs and line ends; UTF-16 without a mark has a zero in every second place.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SEPARATORS = ";\t,"
_SIDE_BY_SIDE = re.compile(rb"[\x80-\xff](?=[\x80-\xff])")
_AMONG_ASCII = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff](?=[A-Za-z])")


class NoTable(ValueError):  # noqa: N818  (named as the fact)
    """The file is neither text nor a workbook."""


class TooLarge(ValueError):  # noqa: N818
    """It holds more than is taken at once."""


def read(content: bytes) -> list[list[str]]:
    """The rows of a table that are not empty; the first has the columns' names, and no row is shorter.

    Args:
        content: the file, XLSX (its first sheet) or text.

    Raises:
        NoTable: if it can be read as neither.
        TooLarge: if it has more rows or columns than are taken at once.
    """
    return [row for _line, row in numbered(content)]


def numbered(content: bytes) -> list[tuple[int, list[str]]]:
    """As `read`, each row with the number of its line as a spreadsheet shows it, where empty ones count.

    Raises:
        NoTable, TooLarge: as `read`.
    """
    found = _rows_of_workbook(content) if content.startswith(_ZIP) else enumerate(_rows_of_text(_decoded(content)), 1)
    rows: list[tuple[int, list[str]]] = []
    for line, row in found:
        # While it is read, and before any row is made as long as the first: one line of commas would do for a gigabyte.
        if cells := _without_end(row):
            if len(cells) > MOST_COLUMNS or len(rows) > MOST_ROWS:
                raise TooLarge
            rows.append((line, cells))
    width = len(rows[0][1]) if rows else 0
    return [(line, cells + [""] * (width - len(cells))) for line, cells in rows]


def as_csv(rows: Iterable[list[str]]) -> str:
    """The same with commas, as the import reads it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _decoded(content: bytes) -> str:
    """The text of a table: UTF-8, UTF-16 with its mark, or as Turkish or Arabic Excel saves, Windows-1254 or -1256."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for code in (encoding, *(("cp1256", "cp1254") if _is_arabic(content) else ("cp1254", "cp1256"))):
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(code)
            break
    else:
        raise NoTable
    if _NO_TEXT.search(text):
        raise NoTable
    return text


def _is_arabic(content: bytes) -> bool:
    """Whether bytes of a Windows code page are rather Arabic than Turkish.

    Nothing in the file says so. Turkish letters that are not ASCII stand singly among those that are, and Arabic ones
    side by side.
    """
    return len(_SIDE_BY_SIDE.findall(content)) > len(_AMONG_ASCII.findall(content))


def _rows_of_text(text: str) -> Iterator[list[str]]:
    """What separates is what the first line has most of. A line `sep=;`, which Excel writes and reads, is no row."""
    lines = text.splitlines(keepends=True)
    if lines and lines[0].lower().startswith("sep="):
        lines = lines[1:]
    head = lines[0] if lines else ""
    separator = max(_SEPARATORS, key=head.count) if any(mark in head for mark in _SEPARATORS) else ","
    try:
        yield from csv.reader(io.StringIO("".join(lines), newline=""), delimiter=separator)
    except csv.Error:  # such as a cell longer than 128 KiB
        raise NoTable from None


def _rows_of_workbook(content: bytes) -> list[tuple[int, list[str]]]:
    """What a program of its own reads, which the kernel ends in time (`workbooks`)."""
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    command = [sys.executable, "-m", "hera.panel.workbooks", str(MOST_ROWS + 1)]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=content, capture_output=True, check=False, timeout=LONGEST, env=environment, cwd=REPOSITORY
        )
    except subprocess.TimeoutExpired:
        raise TooLarge from None
    # Less than 0: ended by the kernel.
    if done.returncode == workbooks.TOO_LARGE or done.returncode < 0 or b"MemoryError" in done.stderr:
        raise TooLarge
    if done.returncode:
        raise NoTable
    return [(line, row) for line, row in json.loads(done.stdout)]


def _without_end(cells: list[str]) -> list[str]:
    """A row up to its last cell that is not empty."""
    return cells[: max((place for place, cell in enumerate(cells, 1) if cell), default=0)]
