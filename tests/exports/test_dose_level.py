"""The table of doses, a row each, and the codebook that says what the columns of all tables mean."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.child_health import doses
from hera.child_health.models import PlannedVisit, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import stored
from hera.core import languages
from hera.exports import codebook, dose_level, tables
from hera.exports.coarser import KNOWN_BY, MERGED
from hera.panel import roles
from hera.people.masking import Mask
from tests.families import make_child, make_user, make_vaccine, of_an_earlier_month, tick

pytestmark = pytest.mark.django_db

CODEBOOK = "/admin/custom_user/customuser/exports/codebook.csv"
OPEN, MASKED = Mask(is_on=False), Mask(is_on=True)
TODAY = dt.date(2026, 11, 27)


@pytest.fixture(autouse=True)
def on_this_day():
    with time_machine.travel(dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC), tick=False):
        yield


def rows_of(user, mask=OPEN):
    head, *rows = tables.KINDS["doses"](User.objects.filter(pk=user.pk), mask)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture
def child():
    make_vaccine(0, 8, 16, 60, name="Hexa")
    make_vaccine(8, name="BCG")
    return make_child(make_user(), TODAY - dt.timedelta(weeks=20), name="Leyla")


def give(child, dose, date, source=doses.Source.CARD):
    entry = doses.Entry(vaccine_dose_id=dose, date=PartialDate.read(date))
    doses.record(child, [entry], source, today=TODAY)


def test_each_dose_has_how_it_stands(child):
    at_eight = next(dose for dose in child_doses("Hexa") if dose.week_age == 8)
    give(child, at_eight.pk, str(child.date_of_birth + dt.timedelta(weeks=8, days=5)))
    tick(child, child_doses("BCG")[0].vaccine_id)
    found = {(row["vaccine"], row["due_age_weeks"]): row for row in rows_of(child.user)}
    assert {key: row["status"] for key, row in found.items()} == {
        ("Hexa", 0): "overdue",
        ("Hexa", 8): "given",
        ("BCG", 8): "given",
        ("Hexa", 16): "overdue",
        ("Hexa", 60): "upcoming",
    }
    late = found["Hexa", 8]
    assert (late["days_late"], late["precision"], late["source"]) == (5, "day", "card")
    assert late["due"] == str(child.date_of_birth + dt.timedelta(weeks=8))
    assert (late["age_months_at_dose"], late["age_months"]) == (2, 4)
    ticked = found["BCG", 8]
    assert (ticked["source"], ticked["given"], ticked["days_late"]) == ("tick", "", "")
    assert found["Hexa", 16]["source"] == ""


def test_what_nobody_has_told_is_not_called_given(child):
    """The plan has nothing left of it; a share of children who had a dose is counted of those told."""
    stored.catch_up()
    PlannedVisit.objects.filter(child=child, week__lte=16).update(left=[])
    found = rows_of(child.user)
    assert {row["status"] for row in found if row["due_age_weeks"] <= 16} == {dose_level.TAKEN_AS_GIVEN}
    assert {(row["given"], row["source"]) for row in found} == {("", "")}


def test_the_vaccines_of_a_child_stand_between_commas(child):
    tick(child, *(child_doses(name)[0].vaccine_id for name in ("Hexa", "BCG")))
    head, row = tables.KINDS["children"](User.objects.select_related("profile").filter(pk=child.user.pk), OPEN)
    assert row[head.index("vaccines_given")] == "BCG, Hexa"


def child_doses(vaccine):
    return list(VaccineDose.objects.filter(vaccine__name=vaccine).order_by("week_age"))


@pytest.mark.parametrize(
    ("date", "months", "days"), [("2026-09-01", 2, -3), ("2026-09", 2, ""), ("2026", "", ""), ("", "", "")]
)
def test_what_is_known_of_a_date_is_all_that_is_said(child, date, months, days):
    dose = child_doses("Hexa")[1]
    give(child, dose.pk, date or "2026")
    if not date:
        child.doses_given.update(date=None, precision="unknown")
    [row] = [row for row in rows_of(child.user) if (row["vaccine"], row["due_age_weeks"]) == ("Hexa", 8)]
    assert (row["age_months_at_dose"], row["days_late"]) == (months, days)


def test_who_has_seen_the_card_is_believed(child):
    dose = child_doses("Hexa")[1]
    give(child, dose.pk, "2026-09-20", doses.Source.MOTHER)
    give(child, dose.pk, "2026-09-10", doses.Source.CARD)
    [row] = [row for row in rows_of(child.user) if row["status"] == "given"]
    assert (row["given"], row["source"]) == ("2026-09-10", "card")


def test_masked_there_is_no_day(child):
    give(child, child_doses("Hexa")[1].pk, "2026-09-10")
    of_an_earlier_month()
    assert "2026-09" in {row["given"] for row in rows_of(child.user, MASKED)}
    for row in rows_of(child.user, MASKED):
        assert (row["due"], row["days_late"]) == ("", "")
        assert len(row["given"]) in {0, len("2026-09")}


@pytest.mark.parametrize("born", [dt.date(2026, 3, 1), dt.date(2026, 3, 17), dt.date(2026, 3, 31)])
def test_masked_the_day_of_birth_within_its_month_is_told_by_no_dose(born):
    """With the weeks, months of being due and days late left a few days of it."""
    make_vaccine(0, 8, 16, 60, name="Hexa")
    child = make_child(make_user(), born)
    for dose, day in zip(child_doses("Hexa"), ("2026-04-20", "2026-06-10", "2026-08-05"), strict=False):
        give(child, dose.pk, day)
    of_an_earlier_month()
    told = ("gender", "age_months", "due_age_weeks", "due", "status", "given", "age_months_at_dose", "days_late")
    assert [[row[name] for name in told] for row in rows_of(child.user, MASKED)] == [
        ["FEMALE", 8, 0, "", "given", "2026-04", 1, ""],
        ["FEMALE", 8, 8, "", "given", "2026-06", 3, ""],
        ["FEMALE", 8, 16, "", "given", "2026-08", 5, ""],
        ["FEMALE", 8, 60, "", "upcoming", "", "", ""],
    ]


def test_it_takes_as_many_statements_for_many_children_as_for_few(child, django_assert_max_num_queries):
    for _ in range(20):
        make_child(child.user, TODAY - dt.timedelta(weeks=30))
    stored.catch_up()
    users = list(User.objects.select_related("profile").filter(pk=child.user.pk))
    with django_assert_max_num_queries(6):
        assert len(list(dose_level.rows(users, OPEN))) == 21 * 5


def test_every_column_of_every_table_is_in_the_codebook():
    told = {(table, name) for table, name, *_rest in list(codebook.rows())[1:]}
    merged = {(table, MERGED) for table in KNOWN_BY if table in tables.HEADS}
    assert told == {(table, name) for table, head in tables.HEADS.items() for name in head} | merged
    assert set(tables.KINDS) - set(tables.HEADS) == {"people-wide"}
    named = {name for head in tables.HEADS.values() for name in head}
    assert set(codebook._COLUMNS) == named | {MERGED}, "nothing that no table has"


@pytest.mark.parametrize("language", languages.CODES)
def test_the_codebook_is_in_the_reader_s_language(signed_in, language):
    answer = signed_in(roles.RESEARCHER).get(CODEBOOK, headers={"accept-language": language})
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert all(len(row) == 5 and row[3] for row in rows)
    [english] = [row for row in codebook.rows() if row[:2] == ["doses", "status"]]
    [said] = [row for row in rows if row[:2] == ["doses", "status"]]
    assert (said[3] == english[3]) is (language == "en")
    assert said[4] == "given, upcoming, due, overdue, taken_as_given"


@pytest.mark.parametrize("role", [roles.CASE_WORKER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_who_may_not_export_needs_no_codebook(signed_in, role):
    assert signed_in(role).get(CODEBOOK).status_code == 403
