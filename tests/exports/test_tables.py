"""What an export has in it, for whom, and what a spreadsheet program makes of it."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.child_health import doses, endings
from hera.child_health.models import Child, ChildEnd, PregnancyOutcome
from hera.child_health.partial_dates import PartialDate
from hera.core import clock, formulas
from hera.core.ports import Action
from hera.exports import tables
from hera.panel import audit, roles
from hera.panel.models import AuditEntry
from hera.people.masking import Mask
from hera.surveys.models import Survey, SurveyTemplate
from tests.families import make_child, make_user, of_an_earlier_month

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"
NAMING = {"people-wide", "people", "children", "doses-given"}


@pytest.mark.parametrize("role", [roles.CASE_WORKER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_who_may_not_export_gets_nothing(signed_in, amal, role):
    client = signed_in(role)
    assert client.post(f"{LIST}export/people/").status_code == 403
    assert client.get(f"{LIST}exports/").status_code == 403


def what_happened(amal):
    """She tells of a dose, of a loss, and that a child moved away after a pause; returns the day, and until when."""
    child, day = amal.children.get(), clock.now().date() - dt.timedelta(days=10)
    until = clock.now().date() + dt.timedelta(days=30)
    entry = doses.Entry(text="Leyla's card", lot="A1", date=PartialDate(day, doses.Precision.DAY))
    doses.record(child, [entry], doses.Source.MOTHER, today=day)
    endings.end_pregnancy(amal.pregnancies.get(), PregnancyOutcome.Kind.LOSS, endings.By(), date=day)
    endings.pause_child(child, until, endings.By())
    endings.end_child(child, ChildEnd.Reason.MOVED, endings.By(), date=day)
    return day, until


@pytest.mark.parametrize("is_masked", [False, True])
def test_what_happened_is_in_tables_of_its_own(amal, is_masked):
    days = what_happened(amal)
    of_an_earlier_month()

    def row_of(kind):
        head, row = tables.KINDS[kind](User.objects.filter(pk=amal.pk), Mask(is_on=is_masked))
        return dict(zip(head, row, strict=True))

    day, until = (f"{one:%Y-%m}" if is_masked else one.isoformat() for one in days)
    given = row_of("doses-given")
    assert (given["date"], given["precision"], given["source"]) == (day, "day", "mother")
    assert (given["text"], given["lot"]) == (("***", "***") if is_masked else ("Leyla's card", "A1"))
    outcome, end, pause = row_of("outcomes"), row_of("child-ends"), row_of("child-pauses")
    assert (outcome["outcome"], outcome["date"], outcome["source"]) == ("loss", day, "mother")
    assert (end["reason"], end["date"], pause["paused_until"]) == ("moved", day, until)
    assert len(outcome["told_at"]) == (7 if is_masked else 19)


@pytest.mark.parametrize("kind", list(tables.KINDS))
@pytest.mark.parametrize("role", [roles.PROGRAMME_ADMIN, roles.RESEARCHER])
def test_an_export_is_masked_for_researchers_and_written_down(signed_in, amal, kind, role):
    call_command("generate_notifications", "--force-create-events")
    what_happened(amal)
    for number in range(4):
        make_user(number=f"+90532000000{number}")  # a masked table of fewer than five people there is not
    of_an_earlier_month()
    answer = signed_in(role).post(f"{LIST}export/{kind}/?language=en")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert all(len(row) == len(head) for row in rows)
    assert rows or kind == "surveys"
    named = "Amal" in text or "Leyla" in text or "5321234567" in text
    assert named is (role == roles.PROGRAMME_ADMIN and kind in NAMING)
    [entry] = AuditEntry.objects.filter(action=Action.EXPORT)
    assert entry.detail == {"masked": role == roles.RESEARCHER, "asked": audit.asked({"language": "en"})}


def test_a_wide_row_has_numbered_records(amal):
    make_child(amal, dt.date(2024, 1, 1), name="Omar")
    make_user(name="Childless")
    head, *rows = tables.people_wide(User.objects.filter(profile__isnull=False).order_by(), Mask(is_on=False))
    first, second = (dict(zip(head, row, strict=True)) for row in rows)
    assert (first["child_1_name"], first["child_2_name"], first["pregnancy_1_visits_before"] is not None) == (
        "Leyla",
        "Omar",
        True,
    )
    assert (second["child_1_name"], second["child_2_name"]) == ("", "")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("Amal;=HYPERLINK(1)", "Amal;'=HYPERLINK(1)"),
        ('Amal;"=1', "Amal;'\"=1"),
        ("＝1", "'＝1"),
        ("；＋1", "；＋1"),
        ("Amal,＠x", "Amal,'＠x"),
        ("－1", "'－1"),
        ("Amal-Leyla, Omar; 3+4=7", "Amal-Leyla, Omar; 3+4=7"),
    ],
)
def test_s17_no_cell_is_a_formula_wherever_a_program_begins_one(amal, name, written):
    Child.objects.update(name=name)
    text = b"".join(tables.as_file("children", "csv", User.objects.filter(pk=amal.pk), Mask(is_on=False))).decode()
    _head, row = csv.reader(io.StringIO(text, newline=""))
    assert row[2] == written
    assert written.replace("'", "") == name  # it can be read, and read back


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("\t=1", "'\t'=1"),
        ("Amal\n=1", "Amal\n'=1"),
        ("Amal; \u200f=1", "Amal;' \u200f=1"),
        ("\u2068=1\u2069", "'\u2068=1\u2069"),
    ],
)
def test_s17_nor_where_what_nobody_sees_stands_before_it(cell, written):
    assert formulas.harmless(cell) == written


def test_F16_names_and_answers_from_before_they_were_cleaned_are_cleaned(amal):
    Child.objects.update(name="\u202eLey\nla\u200b")
    template = SurveyTemplate.objects.create(code="how.are.you", description="-", survey_type="text")
    Survey.objects.create(
        user=amal, survey_template=template, response="\u202eWell\n", event_key="x", context={},
        available_at=clock.now(), expires_at=clock.now(),
    )  # fmt: skip
    for kind, place, kept in (("children", 2, "Ley la"), ("surveys", 4, "Well")):
        text = b"".join(tables.as_file(kind, "csv", User.objects.filter(pk=amal.pk), Mask(is_on=False))).decode()
        _head, row = csv.reader(io.StringIO(text, newline=""))
        assert row[place] == kept


def test_a_spreadsheet_has_the_same_rows(amal, tmp_path):
    import zipfile

    file = tmp_path / "people.xlsx"
    file.write_bytes(b"".join(tables.as_file("people", "xlsx", User.objects.filter(pk=amal.pk), Mask(is_on=False))))
    sheet = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    assert "+905321234567" in sheet
    assert "<f>" not in sheet


def test_an_export_reads_a_thousand_people_at_a_time(programme, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(tables, "CHUNK", 2)
    for _ in range(5):
        make_child(make_user(), dt.date(2025, 1, 1))
    of_an_earlier_month()
    chosen = User.objects.filter(profile__isnull=False)
    with django_assert_num_queries(4 + 3 * 4):  # chunks of people; of each its children, vaccines, ticks and changes
        assert len(list(tables.KINDS["children"](chosen, Mask(is_on=True)))) == 6
