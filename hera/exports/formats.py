"""The forms that a table is written in, a piece at a time: the memory does not grow with its rows."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hera.core.formulas import harmless

CHUNK = 1000  # rows
SHEET_ROWS = 1_048_575  # what a spreadsheet takes below its head
_BLOCK = 2**20

Row = list[Any]


def _csv(rows: Iterator[Row]) -> Iterator[bytes]:
    """CSV in UTF-8 with a mark that spreadsheet programs know."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf"
    piece = []
    for row in rows:
        piece.append(writer.writerow([harmless(cell) for cell in row]))
        if len(piece) == CHUNK:
            yield "".join(piece).encode()
            piece = []
    yield "".join(piece).encode()


def _xlsx(rows: Iterator[Row]) -> Iterator[bytes]:
    """A spreadsheet. What exceeds a sheet goes on in the next one.

    It is made in a file first: a spreadsheet's own form can be sent only when it is complete.
    """
    import xlsxwriter  # noqa: PLC0415  (a tenth of a second, which nobody else of the worker's has to wait)

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as file:
        # Rows go to the disk as they come; texts are written where they stand, so that no table of them is kept.
        book = xlsxwriter.Workbook(file.name, {"constant_memory": True, "strings_to_formulas": False})
        head, sheet, number = None, None, 0
        for row in rows:
            head = head or row
            if sheet is None or number > SHEET_ROWS:
                sheet, number = book.add_worksheet(), 0
                sheet.freeze_panes(1, 0)
                if row is not head:
                    sheet.write_row(0, 0, head)
                    number = 1
            for column, cell in enumerate(row):
                if cell != "":
                    (sheet.write_number if isinstance(cell, (int, float)) else sheet.write_string)(
                        number, column, cell if isinstance(cell, (int, float)) else str(cell)
                    )
            number += 1
        book.close()
        with open(file.name, "rb") as made:  # noqa: PTH123
            while block := made.read(_BLOCK):
                yield block


@dataclass(frozen=True)
class Format:
    """A form that a table is written in: by what, and what a browser is told of it."""

    write: Callable[[Iterator[Row]], Iterator[bytes]]
    content_type: str


FORMATS = {
    "csv": Format(_csv, "text/csv; charset=utf-8"),
    "xlsx": Format(_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


class _Echo:
    """What csv writes to: it gives the line back."""

    def write(self, line: str) -> str:
        return line
