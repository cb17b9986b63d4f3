"""Doses brought as a table: looked at first, refused as a whole with the row's number, and brought once only."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hera.child_health import doses
from hera.child_health.models import Child, DoseGiven, VaccineDose
from hera.panel import roles
from hera.panel.models import AuditEntry, ImportUpload
from tests.families import make_child, make_user
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

PAGE = "/admin/child_health/dosegiven/"
HEAD = ["number", "child", "born", "vaccine", "dose", "date", "place", "lot", "campaign", "country"]
BORN = dt.date(2026, 1, 5)


@pytest.fixture
def worker(signed_in):
    return signed_in(roles.CASE_WORKER)


@pytest.fixture
def leyla(amal):
    Child.objects.update(date_of_birth=BORN)
    return amal.children.get()


def bring(client, content, name="doses.csv", *, confirm=True):
    """The page after a table was chosen; and after it was confirmed, where there is something to confirm."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile(name, content)
    page = client.post(f"{PAGE}import/", {"format": "0", "import_file": file})
    hidden = dict(re.findall(r'name="(import_file_name|original_file_name)" value="([^"]*)"', page.text))
    if not confirm or not hidden:
        return page.text
    return client.post(f"{PAGE}process_import/", {**hidden, "format": "0", "resource": ""}, follow=True).text


def excel(rows):
    """A file as Turkish Excel saves it."""
    return ("\ufeff" + "\r\n".join(";".join(row) for row in rows) + "\r\n").encode()


ROWS = [
    HEAD,
    ["905321234567", "LEYLA", "05.01.2026", "hepatitis b (bha)", "Dose 1", "05.01.2026", "Besni", "A1", "0", "tr"],
    ["+90 532 123 45 67", "Leyla", "", "Hepatitis B (BHA)", "Dose 2", "02.2026", "", "", "1", "SY"],
    ["+905321234567", "", "2026-01-05", "BCG", "", "03.03.2026", "", "", "", ""],
]


def test_a_file_of_turkish_excel_is_brought_once(worker, amal, leyla):
    preview = bring(worker, excel(ROWS), confirm=False)
    assert "Confirm import" in preview
    assert not DoseGiven.objects.exists(), "a look brings nothing"
    first = bring(worker, excel(ROWS))
    assert "3 new" in first
    fields = (
        "vaccine_dose__vaccine__name",
        "vaccine_dose__name",
        "date",
        "precision",
        "place",
        "lot",
        "campaign",
        "country",
    )
    assert list(DoseGiven.objects.order_by("id").values_list(*fields)) == [
        ("Hepatitis B (BHA)", "Dose 1", dt.date(2026, 1, 5), "day", "Besni", "A1", False, "TR"),
        ("Hepatitis B (BHA)", "Dose 2", dt.date(2026, 2, 1), "month", "", "", True, "SY"),
        ("BCG", "Dose 1", dt.date(2026, 3, 3), "day", "", "", False, ""),
    ]
    assert set(DoseGiven.objects.values_list("source", "entered_by__username")) == {
        ("import", "case.worker@example.org")
    }
    kept = {f"child_health.dosegiven {pk}" for pk in DoseGiven.objects.values_list("pk", flat=True)}
    assert set(AuditEntry.objects.filter(action="add", person=amal.pk).values_list("about", flat=True)) == kept
    assert {entry.object_repr for entry in LogEntry.objects.all()} == kept
    assert ImportUpload.objects.count() == 1, "the one that was looked at only"
    assert "0 new" in bring(worker, excel(ROWS))
    assert DoseGiven.objects.count() == 3


def test_what_was_retracted_is_not_brought_back(worker, leyla):
    bring(worker, excel(ROWS))
    doses.retract(DoseGiven.objects.select_related("child").get(lot="A1"), "another child")
    assert "brought once and retracted since" in bring(worker, excel(ROWS), confirm=False)
    bring(worker, excel(ROWS))
    assert DoseGiven.objects.count() == 3
    assert DoseGiven.objects.filter(retracted_at=None).count() == 2


def test_a_workbook_is_brought_by_ids_in_another_language(worker, leyla):
    dose = VaccineDose.objects.first()
    rows = [["Child's id", "Dose's id", "Date"], [leyla.pk, dose.pk, dt.date(2026, 3, 5)]]
    bring(worker, workbook(rows), "doses.xlsx")
    given = DoseGiven.objects.get()
    assert (given.child, given.vaccine_dose, given.date) == (leyla, dose, dt.date(2026, 3, 5))


@pytest.mark.parametrize(
    ("column", "written", "told"),
    [
        ("number", "+905320000000", "Nobody has this number"),
        ("number", "", "neither a number nor"),
        ("child", "Musa", "no child of this name"),
        ("born", "06.01.2026", "no child of this name"),
        ("born", "yesterday", "Write the date as"),
        ("vaccine", "Smallpox", "no vaccine of this name"),
        ("vaccine", "", "Please say which dose it was"),
        ("dose", "Dose 9", "no dose of this name"),
        ("date", "31.02.2026", "The date \u206831.02.2026\u2069 does not exist."),
        ("campaign", "maybe", "Write 1 or 0"),
        ("country", "XX", "two letters"),
        ("country", "Turkey", "two letters"),
        ("lot", "x" * 65, "too long"),
    ],
)
def test_a_row_that_cannot_be_brought_is_named_and_nothing_is_half_done(worker, leyla, column, written, told):
    rows = [list(row) for row in ROWS]
    rows[2][HEAD.index(column)] = written
    if column == "vaccine" and not written:
        rows[2][HEAD.index("dose")] = ""
    page = bring(worker, excel(rows))
    assert "Line 3: " in page
    assert "1 refused" in page
    assert told in page
    assert "Line 2" not in page
    assert not DoseGiven.objects.exists()


def test_all_that_is_wrong_with_a_row_is_said_at_once(worker, leyla):
    rows = [list(row) for row in ROWS]
    rows[2][HEAD.index("vaccine")], rows[2][HEAD.index("date")] = "Smallpox", "31.02.2026"
    page = bring(worker, excel(rows))
    assert "no vaccine of this name. Date: The date \u206831.02.2026\u2069 does not exist." in page


def test_a_vaccine_that_stands_there_three_times_with_its_year_is_three_doses(worker, leyla):
    rows = [HEAD, *(["905321234567", "Leyla", "", "OPA", "", "2026", "", "", "", ""] for _ in range(3))]
    for _ in range(2):
        bring(worker, excel(rows))
        assert DoseGiven.objects.count() == 3


@pytest.mark.parametrize(("date", "told"), [("01.01.2020", "before the child"), ("01.01.2036", "in the future")])
def test_a_date_that_cannot_be_right_is_told_of_and_kept_as_it_was_said(worker, leyla, date, told):
    rows = [list(row) for row in ROWS]
    rows[2][HEAD.index("date")] = date
    assert told in bring(worker, excel(rows), confirm=False)
    bring(worker, excel(rows))
    assert DoseGiven.objects.filter(date=dt.date(int(date[-4:]), 1, 1)).exists()


@pytest.mark.parametrize(
    ("head", "told"),
    [
        (["number", "vaccine", "colour"], "These columns are not known: colour"),
        (["number", "child"], "It wants a column number or child_id"),
        (["number", "number", "vaccine"], "A column comes twice"),
    ],
)
def test_a_table_without_its_columns_is_refused(worker, leyla, head, told):
    assert told in bring(worker, excel([head, ["x"] * len(head)]))


def test_twins_of_one_name_are_known_by_their_ids(worker, amal, leyla):
    twin = make_child(amal, BORN, name="Leyla")
    assert "Several of her children" in bring(worker, excel(ROWS[:2]))
    bring(worker, excel([[*HEAD, "child_id"], [*ROWS[1], str(twin.pk)]]))
    assert DoseGiven.objects.get().child == twin
    stranger = make_child(make_user(), BORN)
    assert "not hers who has this number" in bring(worker, excel([[*HEAD, "child_id"], [*ROWS[1], str(stranger.pk)]]))


def test_what_changed_after_the_look_is_said_and_nothing_is_brought(worker, leyla):
    from django.core.files.uploadedfile import SimpleUploadedFile

    page = worker.post(f"{PAGE}import/", {"format": "0", "import_file": SimpleUploadedFile("a.csv", excel(ROWS))})
    hidden = dict(re.findall(r'name="(import_file_name|original_file_name)" value="([^"]*)"', page.text))
    Child.objects.update(name="Somebody else")
    answer = worker.post(f"{PAGE}process_import/", {**hidden, "format": "0"}, follow=True)
    assert "no child of this name" in answer.text
    assert "The table was brought" not in answer.text
    assert not DoseGiven.objects.exists()


def test_a_table_to_begin_with_names_nobody(worker, leyla):
    bring(worker, excel([HEAD, [*ROWS[1][:1], "Leyla", "05.01.2026", *ROWS[1][3:7], "LOT-1", "0"]]))
    sample = worker.get(f"{PAGE}sample.csv").text
    assert sample.startswith("\ufeffnumber,child,")
    assert "LOT-1" not in sample


def test_many_rows_are_as_many_queries_as_few(worker, amal, leyla):
    bring(worker, excel(ROWS))  # what is read once
    counts = []
    for many, day in ((1, 10), (30, 11)):
        for number in range(many):
            mother = make_user(number=f"+90533{day}{number:05}")
            make_child(mother, BORN)
        rows = [
            [f"+90533{day}{number:05}", "Leyla", "", "BCG", "Dose 1", f"{day}.03.2026", "", "", ""]
            for number in range(many)
        ]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert f"{many} new" in bring(worker, excel([HEAD, *rows]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
