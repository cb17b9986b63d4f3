"""The program that reads a workbook for `tables`, and may be ended by it: it holds nothing else.

Standard input is an XLSX file; the rows of its first sheet are written as JSON, each with its number. A file of some
kilobytes that is made to hurt can keep a reader busy for minutes or fill the memory, in its styles and texts as well
as in its cells: so the kernel ends this program when it has used up its time or memory. It knows no setting, no
database and no Django.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import resource
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSOR_SECONDS = 3  # a table of as many rows as are taken wants half of one
MEMORY = 512 * 2**20  # bytes of addresses, of which Python and openpyxl take a fourth
LARGEST_UNPACKED = 5_000_000  # bytes, as the file's directory declares them; no more is unpacked
LARGEST = 2_000_000  # characters of all cells: one long text may stand in many
MOST_COLUMNS = 100
TOO_LARGE = 3  # exit codes; any other but 0 says that it is no workbook
USAGE = 2


def main() -> int:
    """Read, write, and say by the exit code how it went; the argument is how many rows are taken."""
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if len(sys.argv) != USAGE:
        return USAGE
    rows = rows_of(sys.stdin.buffer.read(), int(sys.argv[1]))
    if rows is None:
        return TOO_LARGE
    sys.stdout.write(json.dumps(rows))
    return 0


def rows_of(content: bytes, most: int) -> list[tuple[int, list[str]]] | None:
    """The first sheet's rows that are not empty with their numbers, up to `most`; None if it is too large for that.

    Raises:
        Exception: of any kind, if it is no workbook.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST_UNPACKED:
            return None
    found: list[tuple[int, list[str]]] = []
    left = LARGEST
    for number, row in enumerate(_read(content, most), 1):
        if any(row):
            found.append((number, row))
            left -= sum(map(len, row))
        if left < 0 or len(found) > most or any(row[MOST_COLUMNS:]):
            return None
    return found


def _read(content: bytes, most: int) -> Iterator[list[str]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size need not be true
    # As many as are taken, with room for empty rows between; one column more tells a table that is too wide.
    for row in sheet.iter_rows(max_row=2 * most, max_col=MOST_COLUMNS + 1, values_only=True):
        yield [_as_text(value) for value in row]


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


if __name__ == "__main__":
    sys.exit(main())
