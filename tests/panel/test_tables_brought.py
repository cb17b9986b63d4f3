"""N8: a table is read however it was saved, and a file made to hurt is refused."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import random
import re
import string
import time
import tracemalloc

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile

from hera.child_health.models import Vaccine
from hera.core import table_changes
from hera.health_center.models import HealthCenter
from hera.panel import roles
from hera.panel.tables import LONGEST, MOST_COLUMNS, MOST_ROWS, NoTable, TooLarge, as_csv, numbered, read
from hera.panel.workbooks import LARGEST_UNPACKED
from tests.workbooks import forged, workbook

SHEET = "xl/worksheets/sheet1.xml"


def as_plain_csv(content):
    return as_csv(read(content))


@pytest.mark.parametrize(
    ("rows", "table"),
    [
        ([["name", "doses"], ["MMR", "Dose 1 @ 52; Dose 2 @ 60"]], "name,doses\nMMR,Dose 1 @ 52; Dose 2 @ 60\n"),
        ([["name", "week"], ["a", 6], ["b", 6.0], ["c", 6.5], ["d", None]], "name,week\na,6\nb,6\nc,6.5\nd,\n"),
        ([["name", "active"], ["a", True], ["b", False]], "name,active\na,1\nb,0\n"),
        ([["name", "day"], ["a", dt.date(2026, 3, 5)]], "name,day\na,2026-03-05\n"),
        ([["name", None, None], ["a", None, None]], "name\na\n"),
        ([["name", None, None], ["a", None, "beside the table"]], "name\na,,beside the table\n"),
        ([["name", "notes"], [None, None], ["a"]], "name,notes\na,\n"),
        ([["name", "notes"], ["a", 'two\nlines, with "marks"']], 'name,notes\na,"two\nlines, with ""marks"""\n'),
        ([["name"], ["Kızamık"], ["حصبة"]], "name\nKızamık\nحصبة\n"),
        ([], ""),
    ],
)
def test_a_workbook_is_the_table_that_it_shows(rows, table):
    assert as_plain_csv(workbook(rows)) == table


def test_a_workbook_may_hold_as_many_rows_as_are_taken():
    rows = [["name"], *[[f"n{number}"] for number in range(MOST_ROWS)]]
    assert as_plain_csv(workbook(rows)).count("\n") == MOST_ROWS + 1
    with pytest.raises(TooLarge):
        as_plain_csv(workbook([*rows, ["one more"]]))
    with pytest.raises(TooLarge):
        as_plain_csv("\n".join(["name", *["x"] * (MOST_ROWS + 1)]).encode())


def test_a_table_may_have_as_many_columns_as_are_taken():
    head = [f"c{number}" for number in range(MOST_COLUMNS)]
    for save in (workbook, lambda rows: as_csv(rows).encode()):
        assert read(save([[*head, "", ""], ["a"]])) == [head, ["a", *[""] * (MOST_COLUMNS - 1)]], "empty ones are none"
        for rows in ([[*head, "one more"], ["a"]], [["name"], ["a", *head]]):
            with pytest.raises(TooLarge):
                read(save(rows))


def test_one_wide_line_does_not_make_every_row_as_wide():
    """It took the memory of the web server: below the limit of a file, and two thousand million cells."""
    tracemalloc.start()
    with pytest.raises(TooLarge):
        read(b"," * 990_000 + b"a\n" + b"x\n" * 2_000)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100_000_000


def far(sheet):
    """A sheet with a cell in its very last row and column."""
    return sheet.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def test_a_cell_far_away_is_not_walked_to():
    small = workbook([["name"], ["a"]])
    assert as_plain_csv(forged(small, SHEET, far)) == "name\na\n"


def entities(sheet):
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return sheet.replace(b"<worksheet", f'<!DOCTYPE w [<!ENTITY e0 "x">{bomb}]><worksheet'.encode(), 1).replace(
        b"<sheetData>", b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&e9;</t></is></c></row>'
    )


def own_files(sheet):
    return sheet.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet', 1).replace(
        b"<sheetData>", b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&f;</t></is></c></row>'
    )


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (SHEET, entities),
        (SHEET, own_files),
        (SHEET, lambda sheet: sheet[: len(sheet) // 2]),
        (SHEET, lambda _: b""),
        ("xl/workbook.xml", lambda _: b"<a/>"),
        ("[Content_Types].xml", lambda _: b"\0"),
    ],
)
def test_a_forged_workbook_is_no_table(part, change):
    with pytest.raises(NoTable):
        as_plain_csv(forged(workbook([["name"], ["a"]]), part, change))


def test_what_unpacks_to_gigabytes_is_not_unpacked():
    packed = forged(workbook([["name"]]), SHEET, lambda sheet: sheet + b" " * LARGEST_UNPACKED)
    assert len(packed) < 100_000
    with pytest.raises(TooLarge):
        as_plain_csv(packed)


def many(part, begin, one, count):
    """A part of a workbook with so many of one thing, right after `begin`."""
    return part, lambda text: text.replace(begin, begin + one * count, 1)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        many("xl/styles.xml", b'<fonts count="1">', b"<font/>", 700_000),
        many("xl/styles.xml", b'<cellXfs count="1">', b"<xf/>", 900_000),
        many("xl/sharedStrings.xml", b"<si>", b"<r/>", 1_000_000),
        many(SHEET, b"<sheetData>", b'<row r="1">' + b"<c/>" * 1_000_000 + b"</row>", 1),
    ],
)
def test_s4_a_workbook_made_to_hurt_ends_its_reader_only(part, change):
    """Each took half a minute of the web server's processor, or its memory."""
    started = time.monotonic()
    file = forged(workbook([["name"], ["a"]]), part, change)
    with contextlib.suppress(NoTable, TooLarge):
        read(file)
    assert time.monotonic() - started < LONGEST + 10, "however busy the machine is"


def test_one_long_text_in_many_cells_is_not_written_out():
    cells = b'<c t="s"><v>0</v></c>' * 100
    rows = b"".join(b'<row r="%d">%s</row>' % (row, cells) for row in range(1, 1600))
    everywhere = re.compile(b"<sheetData>.*</sheetData>", re.DOTALL)
    file = forged(
        workbook([["name"]]), SHEET, lambda text: everywhere.sub(b"<sheetData>" + rows + b"</sheetData>", text)
    )
    file = forged(file, "xl/sharedStrings.xml", lambda text: text.replace(b"name", b"x" * 1_000_000))
    assert len(file) < 100_000
    with pytest.raises(TooLarge):
        read(file)


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100,  # XLS
        b"PK\x03\x04 nothing more",
        "name".encode("utf-16-le"),
        b"name\n" + b"x" * 200_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_table_is_said(content):
    with pytest.raises(NoTable):
        as_plain_csv(content)


TURKISH = "ad;adres\r\nŞişli Sağlık Ocağı;Ağrı, İğdır çıkışı\r\n"
ARABIC = "الاسم;العنوان\r\nمركز صحي الفاتح;شارع ١٢ Fatih\r\nدرمانگاه پل چوبی;کابل\r\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((text, encoding) for text in (TURKISH, ARABIC) for encoding in ("utf-8", "utf-8-sig")),
        *((text.replace(";", "\t"), "utf-16") for text in (TURKISH, ARABIC)),  # "Unicode text"
        (TURKISH, "cp1254"),
        (ARABIC.replace("چوبی", "چوبي").replace("کابل", "كابل").replace("١٢", "12"), "cp1256"),
    ],
)
def test_a_table_is_read_in_every_way_in_which_turkish_and_arabic_excel_saves_it(text, encoding):
    rows = [line.replace("\t", ";").split(";") for line in text.splitlines()]
    assert read(text.encode(encoding)) == rows


def test_lines_are_counted_as_a_spreadsheet_shows_them():
    rows = [["name"], [], ["a"], [None], ["b"]]
    assert numbered(workbook(rows)) == [(1, ["name"]), (3, ["a"]), (5, ["b"])]
    assert numbered(b"name\r\n\r\na\r\n;\r\nb\r\n") == [(1, ["name"]), (3, ["a"]), (4, [";"]), (5, ["b"])]


@pytest.mark.django_db
def test_a_preview_compares_letters_as_long_as_there_is_time_for_it(signed_in, monkeypatch):
    """Addresses that have nothing in common took the web server's processor for minutes."""
    monkeypatch.setattr(table_changes, "SECONDS", 0.2)
    letters = random.Random(1)
    rows = [
        [f"Centre {number}", "".join(letters.choices(string.ascii_letters, k=200)), "41.0,28.9"]
        for number in range(400)
    ]
    for row in rows:
        HealthCenter.objects.create(name=row[0], address=row[1][::-1], geolocation=row[2])
    client, file = signed_in(roles.PROGRAMME_ADMIN), as_csv([["name", "address", "geolocation"], *rows]).encode()
    started = time.monotonic()
    page = client.post(
        "/admin/health_center/healthcenter/import/",
        {"import_file": SimpleUploadedFile("centres.csv", file), "format": "0"},
    ).text
    assert time.monotonic() - started < 15, "comparing all of them takes half a minute"
    assert page.count(f'<del style="background:#ffe6e6;">{rows[-1][1][::-1]}</del>') == 1
    assert rows[-1][1] in page


@pytest.mark.django_db
def test_s17_a_table_to_begin_with_runs_no_formula(signed_in):
    HealthCenter.objects.create(name='=HYPERLINK("https://evil.example","x")', address="+1")
    Vaccine.objects.create(name="@SUM(1)", nickname="-2")
    client = signed_in(roles.PROGRAMME_ADMIN)
    walked = 0
    for model, options in admin.site._registry.items():
        if getattr(options, "resource_classes", None):
            table = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/sample.csv").text
            rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"))))
            assert len(rows) > 1
            assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []
            walked += 1
    assert walked >= 2
