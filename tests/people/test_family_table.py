"""Families brought as a table: read however it was saved, refused line by line, made once, and taken back wholly."""

from __future__ import annotations

import datetime as dt
import html

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hera.child_health.models import Child, Pregnancy
from hera.core import clock, timezones
from hera.health_center.models import HealthCenter
from hera.panel import roles
from hera.panel.models import AuditEntry, BroughtTable
from hera.people import contacts
from tests.brought import bring, confirmed, csv_of
from tests.families import make_user, make_vaccine
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

PAGE = "/admin/user_profile/userprofile/"
HEAD = ["number", "name", "born", "language", "centre", "week", "child", "child_born", "gender", "agreed", "another"]


def today() -> dt.date:
    return clock.today_in(timezones.default())


BORN = "05.01.2026"
ROWS = [
    HEAD,
    ["905321234567", "Amal", "04.05.1996", "ar", "Fatih", "", "Leyla", BORN, "FEMALE", "1", ""],
    ["+90 532 123 45 67", "amal", "1996-05-04", "العربية", "fatih", "", "Musa", "٠٩.٠٣.٢٠٢٤", "m", "1", "0"],
    ["", "Zehra", "1.1.2001", "tr", "", "20", "", "", "", "1", ""],
]


@pytest.fixture
def worker(signed_in):
    make_vaccine(8, name="Hexa")
    HealthCenter.objects.create(name="Fatih", address="-", geolocation="41.0,28.9")
    return signed_in(roles.CASE_WORKER)


def test_families_are_looked_at_made_once_and_taken_back_wholly(worker):
    assert "3 new" in bring(worker, PAGE, csv_of(ROWS))
    assert not User.objects.filter(is_staff=False).exists(), "a look makes nobody"
    assert "3 new" in confirmed(worker, PAGE, csv_of(ROWS))
    amal, zehra = User.objects.filter(is_staff=False).order_by("pk")
    assert (amal.username, amal.center_of_person.center.name) == ("+905321234567", "Fatih")
    assert list(amal.children.order_by("name").values_list("name", "gender", "date_of_birth")) == [
        ("Leyla", "FEMALE", dt.date(2026, 1, 5)),
        ("Musa", "MALE", dt.date(2024, 3, 9)),
    ]
    assert amal.children.get(name="Leyla").planned.exists()
    assert Pregnancy.objects.get().user == zehra
    assert set(AuditEntry.objects.filter(action="add", person__gt=0).values_list("person", flat=True)) == {
        amal.pk, zehra.pk,
    }  # fmt: skip
    assert "0 new, 3 there already" in bring(worker, PAGE, csv_of(ROWS))
    table = BroughtTable.objects.get()
    page = worker.get(f"/admin/brought/{table.pk}/").text
    assert "2 records are removed" in page
    assert "It was taken back" in worker.post(f"/admin/brought/{table.pk}/", follow=True).text
    assert not User.objects.filter(is_staff=False).exists()
    assert not Child.objects.exists()
    assert "3 new" in confirmed(worker, PAGE, csv_of(ROWS)), "what was taken back can be brought again"


def test_somebody_to_whom_something_happened_since_is_kept_and_so_is_all_else(worker):
    confirmed(worker, PAGE, csv_of(ROWS))
    amal, zehra = User.objects.filter(is_staff=False).order_by("pk")
    contacts.note(zehra, contacts.Outcome.NO_ANSWER, User.objects.get(is_staff=True))
    table = BroughtTable.objects.get()
    page = worker.get(f"/admin/brought/{table.pk}/").text
    assert "It cannot be taken back: 1 record is no longer" in page
    assert f"/admin/custom_user/customuser/{zehra.pk}/change/" in page
    assert "Line 4" in page
    assert "can no longer be taken back" in worker.post(f"/admin/brought/{table.pk}/", follow=True).text
    assert User.objects.filter(pk__in=[amal.pk, zehra.pk]).count() == 2


@pytest.mark.parametrize(("weeks_ago", "is_refused"), [(30, True), (11, False)])
def test_a_week_and_a_last_period_that_contradict_each_other_are_refused(worker, weeks_ago, is_refused):
    period = (clock.today_in(timezones.default()) - dt.timedelta(weeks=weeks_ago)).isoformat()
    row = [*ROWS[1]]
    row[HEAD.index("week")] = "12"
    page = bring(worker, PAGE, csv_of([[*HEAD, "last_period"], [*row, period]]))
    assert ("contradict each other" in page) is is_refused


@pytest.mark.parametrize(
    ("column", "written", "told"),
    [
        ("number", "12", "not a valid phone number"),
        ("name", "", "wants her name"),
        ("born", "31.02.1996", "The date \u206831.02.1996\u2069 does not exist."),
        ("born", "1404-02-01", "Write the date as"),
        ("born", "01.01.2036", "in the future"),
        ("language", "xx", "Write her language"),
        ("centre", "Nowhere", "no health centre of this name"),
        ("week", "43", "from 1 to 42"),
        ("child", "", "the child&#x27;s name"),
        ("child_born", "", "Write the date as"),
        ("gender", "", "gender as Female or Male"),
        ("agreed", "", "she was asked"),
        ("another", "perhaps", "Write 1 or 0"),
    ],
)
def test_a_line_that_cannot_be_brought_is_said_with_how_many_can(worker, column, written, told):
    rows = [list(row) for row in ROWS]
    rows[1][HEAD.index(column)] = written
    rows[2][0] = ""  # else two lines would say different things of one mother
    page = bring(worker, PAGE, csv_of([rows[0], rows[1], [], rows[3]]))
    assert "1 new, 1 refused" in page
    assert "Line 2: " in page
    assert told in page
    assert "Confirm import" not in page


def test_all_that_is_wrong_with_a_line_is_said_at_once(worker):
    wrong = with_(ROWS[1], number="12", born="31.02.1996", centre="Nowhere", gender="", child_born="01.01.2036")
    page = html.unescape(bring(worker, PAGE, csv_of([HEAD, wrong])))
    assert (
        "Line 2: There is no health centre of this name. Date of birth: The date \u206831.02.1996\u2069 does not"
        in page
    )
    for told in (
        "not a valid phone number",
        "gender as Female or Male",
        "Child's date of birth: This day is in the future.",
    ):
        assert told in page


def test_who_is_known_already_is_asked_about(worker):
    make_user(number="+905321234567", name="Amal Haddad")
    taken = bring(worker, PAGE, csv_of(ROWS))
    assert "Somebody has this number already" in taken
    rows = [list(row) for row in ROWS]
    for row in rows[1:3]:
        row[0], row[2] = "", "1995-01-01"
    assert "known already, with the number" in bring(worker, PAGE, csv_of(rows))
    for row in rows[1:3]:
        row[-1] = "1"
    assert "3 new" in bring(worker, PAGE, csv_of(rows))


def test_days_that_a_spreadsheet_keeps_as_numbers_are_days(worker):
    rows = [list(row) for row in ROWS]
    rows[1][2], rows[1][7] = 35189, 46027  # cells whose numbers are not shown as dates
    rows[2][2], rows[2][7] = dt.date(1996, 5, 4), dt.date(2024, 3, 9)
    confirmed(worker, PAGE, workbook(rows), "families.xlsx")
    assert Child.objects.get(name="Leyla").date_of_birth == dt.date(2026, 1, 5)


def test_a_look_at_many_families_asks_as_often_as_one_at_few(worker):
    counts = []
    for many, digit in ((1, 1), (30, 2)):
        rows = [["", f"N{n}", f"{digit}.1.1990", "tr", "", "", "C", BORN, "FEMALE", "1", ""] for n in range(many)]
        with CaptureQueriesContext(connection) as queries:
            assert f"{many} new" in bring(worker, PAGE, csv_of([HEAD, *rows]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_only_who_registers_families_brings_them(signed_in):
    assert signed_in(roles.RESEARCHER).get(f"{PAGE}import/").status_code == 403
    assert signed_in(roles.CONTENT_EDITOR).get("/admin/brought/").status_code == 200


ZEHRA = ["", "Zehra", "1.1.2001", "tr", "", "20", "", "", "", "1", ""]


def with_(row, **cells):
    return [cells.get(column, cell) for column, cell in zip(HEAD, row, strict=True)]


def test_another_of_the_same_name_and_birth_date_is_not_taken_for_her(worker):
    """Of whom nobody knows the day it is the first of January: many share it."""
    confirmed(worker, PAGE, csv_of([HEAD, ZEHRA]))
    another = with_(ZEHRA, week="31")
    assert "known already" in bring(worker, PAGE, csv_of([HEAD, another]))
    assert "1 new" in confirmed(worker, PAGE, csv_of([HEAD, with_(another, another="1")]))
    assert Pregnancy.objects.count() == 2
    longer = with_(ZEHRA, name="Zeh")
    assert "known already" in bring(worker, PAGE, csv_of([HEAD, longer])), "a name that only begins so is no proof"


def test_a_pregnancy_that_is_not_there_yet_is_not_left_out(worker):
    confirmed(worker, PAGE, csv_of(ROWS[:2]))
    pregnant = with_(ROWS[1], week="20")
    assert "Somebody has this number already" in bring(worker, PAGE, csv_of([HEAD, pregnant]))


def test_a_number_that_stands_in_her_first_line_alone_makes_no_second_account(worker):
    below = with_(ROWS[2], number="")
    assert "known already, with the number" in bring(worker, PAGE, csv_of([HEAD, ROWS[1], below]))
    assert "2 new" in bring(worker, PAGE, csv_of([HEAD, ROWS[1], with_(below, another="1")]))


def test_a_line_that_stands_there_twice_is_refused(worker):
    assert "Another line says the same." in bring(worker, PAGE, csv_of([HEAD, ZEHRA, ZEHRA]))


@pytest.mark.parametrize(
    ("written", "gender"),
    [
        ("Kız", "FEMALE"), ("KIZ", "FEMALE"), ("kız", "FEMALE"), ("K", "FEMALE"), ("girl", "FEMALE"), ("بنت", "FEMALE"),
        ("نجلۍ", "FEMALE"), ("دختر", "FEMALE"), ("انثى", "FEMALE"), ("Erkek", "MALE"), ("E", "MALE"), ("boy", "MALE"),
        ("ولد", "MALE"), ("ذكر", "MALE"), ("هلک", "MALE"), ("پسر", "MALE"),
    ],
)  # fmt: skip
def test_a_girl_and_a_boy_are_written_as_people_write_them(worker, written, gender):
    rows = [HEAD, [*ROWS[1][:8], written, "Evet", "hayır"]]
    assert "1 new" in confirmed(worker, PAGE, csv_of(rows))
    assert Child.objects.get().gender == gender


@pytest.mark.parametrize("born", ["01.01.2020", "01.01.1930"])
def test_nobody_is_a_mother_at_six_or_at_ninety(worker, born):
    rows = [HEAD, [*ROWS[1][:2], born, *ROWS[1][3:]]]
    assert "A mother is between 10 and 60 years old" in bring(worker, PAGE, csv_of(rows))


def test_the_columns_are_named_as_the_page_has_them(worker):
    said = html.unescape(bring(worker, PAGE, csv_of([["name", "what"], ["x", "y"]])))
    assert "These columns are not known: what. Known are: Number, Name, Date of birth, Language," in said
    said = html.unescape(bring(worker, PAGE, csv_of([["name"], ["x"]])))
    assert "It wants the columns Name, Date of birth, Language, She agrees. Known are: Number," in said


def test_what_came_after_a_family_is_taken_back_first(worker):
    confirmed(worker, PAGE, csv_of(ROWS))
    contacts.note(User.objects.get(username="+905321234567"), contacts.Outcome.OTHER, make_user())
    page = worker.get(f"/admin/brought/{BroughtTable.objects.get().pk}/").content.decode()
    assert "Take back first what was brought or entered about these families since" in page
