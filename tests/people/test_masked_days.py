"""Who sees people masked learns no birth or due date to within days: of two born in one month she sees the same."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.child_health import doses, endings
from hera.child_health.models import ChildEnd, DoseGiven, PregnancyOutcome, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import stored
from hera.child_health.services import take_answer
from hera.events.models import NotificationEvent
from hera.exports import tables
from hera.panel import roles
from hera.people.filter import filter_for
from hera.people.masking import MASKED, OPEN
from hera.surveys.models import Survey, SurveyTemplate
from tests.families import make_child, make_pregnancy, make_type, make_user
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
PEOPLE = "/admin/custom_user/customuser/"
FIRST, MIDDLE, LAST = (dt.date(2026, 3, day) for day in (1, 14, 31))


def noon(day):
    return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


@pytest.fixture
def weeks(programme):
    """When the doses of the programme are due."""
    found = VaccineDose.objects.filter(vaccine__is_active=True).values_list("week_age", flat=True)
    return sorted(set(found))


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def family(born: dt.date, due_on: dt.date, weeks: list[int]) -> User:
    """A mother, reminded and asked on each planned day until today, whose child had the second dose on its own."""
    with time_machine.travel(noon(FIRST), tick=False):
        mother = make_user(name="Amal")
        child = make_child(mother, born)
        make_pregnancy(mother, due_on - dt.timedelta(days=280), dt.date(2026, 11, 2))
    kind, asked = (
        make_type(f"due.{mother.pk}"),
        SurveyTemplate.objects.get_or_create(code="had.it", survey_type="MULTIPLE_CHOICE")[0],
    )
    for week in weeks:
        day = born + dt.timedelta(weeks=week)
        if day > NOW.date():
            continue
        key = f"vaccination/child-{child.pk}/doses-{week}"
        NotificationEvent.objects.create(
            user=mother, notification_type=kind, event_key=key, notification_available_at=noon(day),
            notification_expires_at=noon(day), push_notification_sent_at=noon(day), read_at=noon(day),
        )  # fmt: skip
        Survey.objects.create(
            user=mother, survey_template=asked, event_key=key, available_at=noon(day), expires_at=noon(day),
            response="yes", responded_at=noon(day),
        )  # fmt: skip
    dose = VaccineDose.objects.filter(vaccine__is_active=True).order_by("week_age", "pk")[1]
    day = born + dt.timedelta(weeks=dose.week_age)
    with time_machine.travel(noon(day), tick=False):
        take_answer(mother, child.pk, [dose.pk], day, f"answer/{child.pk}")
    stored.catch_up()
    return mother


def shown(client, mother: User) -> str:
    """Her page, without ids."""
    page = client.get(f"{PEOPLE}{mother.pk}/change/").text
    found = page[page.index("<dl") : page.rindex("</section>")]
    return re.sub(r"due\.\d+", "due.#", re.sub(r"/\d+/", "/#/", found))


@pytest.mark.parametrize("due_on", [dt.date(2026, 11, 1), dt.date(2027, 3, 2)])
def test_her_page_is_the_same_for_every_day_of_a_month(signed_in, weeks, due_on):
    mothers = [
        family(born, due_on + dt.timedelta(days=more), weeks)
        for born, more in ((FIRST, 0), (MIDDLE, 13), (LAST, 28), (FIRST, 1), (MIDDLE, 14))
    ]
    client = signed_in(roles.RESEARCHER)
    first, *others = [shown(client, mother) for mother in mothers]
    assert all(other == first for other in others)
    assert "8 months" in first
    assert f"Expected birth: \u2068{due_on:%B %Y}" in first
    for planned in ("May 2026", "June 2026", "overdue", "Antenatal visits", "had.it", "due.#"):
        assert planned not in first, planned


def test_a_message_of_staff_shows_with_its_month(signed_in, weeks):
    mother = family(MIDDLE, dt.date(2027, 3, 2), [])
    kind = make_type("news.clinic_moved")
    NotificationEvent.objects.create(
        user=mother, notification_type=kind, notification_available_at=noon(LAST), notification_expires_at=noon(LAST)
    )
    page = shown(signed_in(roles.RESEARCHER), mother)
    assert "March 2026" in page
    assert "news.clinic_moved" in page


def test_who_sees_her_by_name_sees_what_is_planned(signed_in, weeks):
    mother = family(MIDDLE, dt.date(2027, 3, 2), weeks)
    page = shown(signed_in(roles.CASE_WORKER), mother)
    for planned in ("overdue", "Antenatal visits", "had.it", "due.#"):
        assert planned in page, planned


def test_that_a_pregnancy_runs_turns_for_all_of_a_month_on_one_day(signed_in, weeks):
    """It runs on for four weeks, which are shorter than most months."""
    client, seen = signed_in(roles.RESEARCHER), []
    mothers = [family(FIRST, dt.date(2026, 10, day), weeks) for day in (1, 3, 4, 31)]
    for mother in mothers:
        seen.append("running" in shown(client, mother))
    assert len(set(seen)) == 1


def test_how_it_ended_says_no_week(signed_in, weeks):
    mother, kind = family(MIDDLE, dt.date(2026, 10, 14), weeks), PregnancyOutcome.Kind.LOSS
    day = dt.date(2026, 10, 3)
    with time_machine.travel(noon(day), tick=False):
        endings.end_pregnancy(mother.pregnancies.get(), kind, endings.By(), date=day, gestation_weeks=38)
    page = shown(signed_in(roles.RESEARCHER), mother)
    assert "loss" in page
    assert "in week" not in page


@pytest.mark.parametrize("kind", sorted(set(tables.KINDS) - {"people-wide"}))  # which is made of the others
def test_a_masked_table_is_the_same_for_every_day_of_a_month(weeks, kind):
    rows = []
    for born, more in ((FIRST, 0), (MIDDLE, 13), (LAST, 28)):
        mother = family(born, dt.date(2027, 3, 2) + dt.timedelta(days=more), weeks)
        head, *found = tables.KINDS[kind](User.objects.select_related("profile").filter(pk=mother.pk), MASKED)
        ids = {place for place, name in enumerate(head) if name.endswith("_id")}
        kept = [[cell for place, cell in enumerate(row) if place not in ids] for row in found]
        rows.append([[re.sub(r"due\.\d+", "#", str(cell)) for cell in row] for row in kept])
    if kind in ("notifications", "surveys"):  # as many as were due by then: it is known how they follow each other
        shortest = min(map(len, rows))
        rows = [found[:shortest] for found in rows]
        assert shortest > 1
    assert rows[0] == rows[1] == rows[2]


def test_masked_notifications_and_surveys_say_whether_and_not_when(weeks):
    mother = family(MIDDLE, dt.date(2027, 3, 2), weeks)
    people = User.objects.select_related("profile").filter(pk=mother.pk)
    head, *rows = tables.KINDS["notifications"](people, MASKED)
    assert {
        (row[head.index("available_at")], row[head.index("pushed_at")], row[head.index("read_at")]) for row in rows
    } == {("", "yes", "yes")}
    head, *rows = tables.KINDS["surveys"](people, MASKED)
    assert {
        (row[head.index("asked_at")], row[head.index("answer")], row[head.index("answered_at")]) for row in rows
    } == {("", "yes", "yes")}
    head, *rows = tables.KINDS["surveys"](people, OPEN)
    assert rows[0][head.index("asked_at")].startswith("2026-")


def is_told_of_this_month(mother: User) -> None:
    """Of each kind of record something."""
    child, today = mother.children.get(), NOW.date()
    later = VaccineDose.objects.filter(vaccine__is_active=True).order_by("-week_age").first()
    take_answer(mother, child.pk, [later.pk], today, "answer/of-today")
    endings.end_pregnancy(mother.pregnancies.get(), PregnancyOutcome.Kind.LOSS, endings.By())
    endings.pause_child(child, today + dt.timedelta(days=40), endings.By())
    endings.end_child(child, ChildEnd.Reason.MOVED, endings.By())
    make_child(mother, FIRST)
    make_pregnancy(mother, FIRST, today)


@pytest.mark.parametrize("kind", sorted(set(tables.KINDS) - {"people"}))
def test_of_this_month_a_masked_table_has_none(weeks, kind):
    """Whoever exports every day would see the day on which it came."""
    mother = family(MIDDLE, dt.date(2027, 3, 2), weeks)
    people = User.objects.select_related("profile").filter(pk=mother.pk)
    before = list(tables.KINDS[kind](people, MASKED))
    asked = Survey.objects.first().survey_template
    for at in (NOW, NOW.replace(day=1)):
        NotificationEvent.objects.create(
            user=mother, notification_type=make_type(f"{at:%d}"), event_key=f"{at}", notification_available_at=at,
            notification_expires_at=at,
        )  # fmt: skip
        Survey.objects.create(user=mother, survey_template=asked, event_key=f"{at}", available_at=at, expires_at=at)
    seen_before = list(tables.KINDS[kind](people, OPEN)) if kind not in ("notifications", "surveys") else before
    is_told_of_this_month(mother)
    assert list(tables.KINDS[kind](people, MASKED)) == before
    assert list(tables.KINDS[kind](people, OPEN)) != seen_before


@pytest.mark.parametrize("asked", [{"surveys": "open"}, {"notifications": "none_read"}])
def test_no_filter_tells_on_which_day_something_came(weeks, asked):
    mother = family(MIDDLE, dt.date(2027, 3, 2), [])
    form = filter_for(make_staff(roles.RESEARCHER), asked)
    assert form.is_valid()
    assert User.objects.filter(form.condition(), pk=mother.pk).exists()
    assert form.criteria() == {}


def test_a_dose_told_on_a_card_keeps_its_month(weeks):
    child = family(MIDDLE, dt.date(2027, 3, 2), []).children.get()
    bcg = VaccineDose.objects.filter(vaccine__is_active=True).first()
    entry = doses.Entry(vaccine_dose_id=bcg.pk, date=PartialDate(LAST, doses.Precision.DAY))
    with time_machine.travel(noon(LAST), tick=False):
        doses.record(child, [entry], DoseGiven.Source.CARD, today=LAST)
    head, *rows = tables.KINDS["doses-given"](User.objects.select_related("profile").filter(pk=child.user_id), MASKED)
    [row] = [row for row in rows if row[head.index("source")] == "card"]
    assert row[head.index("date")] == "2026-03"


def rows_of(kind: str, mother: User, mask) -> list[dict[str, object]]:
    head, *rows = tables.KINDS[kind](User.objects.select_related("profile").filter(pk=mother.pk), mask)
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture
def answering(weeks):
    """A mother who has answered in earlier months, and what makes her answer today, of a dose of her child's."""
    mother = family(FIRST, dt.date(2026, 12, 1), weeks)
    child = mother.children.get()
    given = DoseGiven.objects.filter(child=child).values("vaccine_dose__vaccine")
    due = VaccineDose.objects.filter(vaccine__is_active=True, week_age__lt=30).exclude(vaccine__in=given)
    dose = due.order_by("-week_age").first()
    return mother, lambda: (take_answer(mother, child.pk, [dose.pk], NOW.date(), "answer/of-today"), stored.catch_up())


@pytest.mark.parametrize("kind", sorted(tables.KINDS))
def test_what_she_answered_this_month_is_in_no_masked_table(answering, kind):
    mother, answer = answering
    before, before_open = rows_of(kind, mother, MASKED), rows_of(kind, mother, OPEN)
    answer()
    assert rows_of(kind, mother, MASKED) == before
    if kind in {"children", "doses", "doses-given", "vaccinations", "people-wide"}:
        assert rows_of(kind, mother, OPEN) != before_open


def test_what_she_answered_this_month_is_not_on_her_masked_page(signed_in, answering):
    mother, answer = answering
    client = signed_in(roles.RESEARCHER)
    before = shown(client, mother)
    answer()
    assert shown(client, mother) == before


def test_what_she_answered_is_told_with_the_next_month(signed_in, answering):
    mother, answer = answering
    before = {kind: rows_of(kind, mother, MASKED) for kind in ("children", "doses", "doses-given", "vaccinations")}
    answer()
    with time_machine.travel(dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC), tick=False):
        for kind, rows in before.items():
            assert rows_of(kind, mother, MASKED) != rows, kind


def test_no_masked_table_says_the_week_in_which_a_pregnancy_ended(weeks):
    day, kind = dt.date(2026, 10, 30), PregnancyOutcome.Kind.LOSS
    with time_machine.travel(noon(day), tick=False):
        mother = make_user()
        pregnancy = make_pregnancy(mother, dt.date(2026, 2, 20), dt.date(2026, 5, 2))
        endings.end_pregnancy(pregnancy, kind, endings.By(), date=day, gestation_weeks=37)
    assert rows_of("outcomes", mother, OPEN)[0]["gestation_weeks"] == 37
    assert rows_of("outcomes", mother, MASKED)[0]["gestation_weeks"] == ""
