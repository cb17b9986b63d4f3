"""A table in a file, however it was saved: as a spreadsheet's own file, or as text in any way that Excel writes it."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import itertools
import re
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_ROWS = 2_000  # each is a row of the preview, with what changes
MOST_COLUMNS = 100
# A packed file of a megabyte may hold gigabytes. What its directory declares is what is unpacked, at most; a table of
# as many rows as are taken has half of this, and the worst that somebody makes by hand keeps the reader for seconds.
LARGEST_UNPACKED = 5_000_000  # bytes

_ZIP = b"PK\x03\x04"
# Control characters but tabs and line ends; UTF-16 without a mark has a zero in every second place.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SEPARATORS = ";\t,"


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
        TooLarge: if it has more rows than are taken at once.
    """
    found = _rows_of_workbook(content) if content.startswith(_ZIP) else _rows_of_text(_decoded(content))
    rows = list(itertools.islice((row for row in found if any(row)), MOST_ROWS + 2))
    if len(rows) > MOST_ROWS + 1:
        raise TooLarge
    width = len(_without_end(rows[0])) if rows else 0
    return [_without_end(row) + [""] * (width - len(_without_end(row))) for row in rows]


def as_csv(rows: Iterable[list[str]]) -> str:
    """The same with commas, as the import reads it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def _decoded(content: bytes) -> str:
    """The text of a table: UTF-8, UTF-16 with its mark, or Windows-1254, in which Turkish Excel saves."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    for code in (encoding, "cp1254"):
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode(code)
            break
    else:
        raise NoTable
    if _NO_TEXT.search(text):
        raise NoTable
    return text


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


def _rows_of_workbook(content: bytes) -> Iterator[list[str]]:
    try:
        yield from _read(content)
    except TooLarge:
        raise
    # A file that somebody made by hand can break the reader in any way; it is only ever no table.
    except Exception:  # noqa: BLE001
        raise NoTable from None


def _read(content: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
            raise TooLarge
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size need not be true
    # One more than is taken, with room for empty rows between.
    for row in sheet.iter_rows(max_row=2 * MOST_ROWS, max_col=MOST_COLUMNS, values_only=True):
        yield [_as_text(value) for value in row]


def _without_end(cells: list[str]) -> list[str]:
    """A row up to its last cell that is not empty."""
    return cells[: max((place for place, cell in enumerate(cells, 1) if cell), default=0)]


def _as_text(value: Any) -> str:
    """A cell as a CSV file has it: numbers without an end of `.0`, days as 2026-03-05, yes and no as 1 and 0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)
