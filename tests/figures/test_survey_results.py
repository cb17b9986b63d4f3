"""Results of surveys: asked, answered, told apart; and nobody found in them by whoever may not know people."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hera.core import clock
from hera.figures.asked import quarters, usual_months
from hera.figures.survey_results import Asked, _Counts, _line, results
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.surveys.models import Survey, SurveyTemplate
from tests.families import make_user

pytestmark = pytest.mark.django_db

PAGE, FILE = "/admin/figures/surveys/", "/admin/figures/surveys/file/"
_events = itertools.count()


def question(code: str, *options: str, kind: str = "MULTIPLE_CHOICE") -> SurveyTemplate:
    template = SurveyTemplate.objects.create(code=code, survey_type=kind, description=f"About {code}")
    for option in options:
        template.options.create(code=option, option_en=option.title(), option_tr=f"{option} (tr)")
    return template


def ask(user, template, answer=None, *, ago=0, withdrawn=False):
    at = clock.now() - dt.timedelta(days=ago)
    return Survey.objects.create(
        user=user, survey_template=template, event_key=f"event/{next(_events)}", available_at=at, expires_at=at,
        response=answer, responded_at=at if answer is not None else None, withdrawn_at=at if withdrawn else None,
    )  # fmt: skip


@pytest.fixture
def went():
    return question("went", "went_yes", "went_no")


def found(template, by="language", other=None, *, masked=False):
    if masked:
        answered_in_an_earlier_month()
    return results(Asked(template, *usual_months(), by, other), masked=masked)


def answered_in_an_earlier_month():
    Survey.objects.exclude(responded_at=None).update(responded_at=clock.now() - dt.timedelta(days=31))


def many(count, template, answer=None, **of):
    users = [make_user(**of) for _ in range(count)]
    for user in users:
        ask(user, template, answer)
    return users


def in_last_quarter():
    """All that was asked was asked in the newest quarter that is over: who sees people masked has no other months."""
    first, _last = quarters()[0]
    Survey.objects.update(available_at=dt.datetime.combine(first, dt.time(9), dt.UTC) + dt.timedelta(days=14))
    answered_in_an_earlier_month()


def as_rows(table):
    return {line.name: (line.asked, line.answered, tuple(line.cells)) for line in table.lines}


def test_each_language_with_how_many_answered_and_what(went):
    many(6, went, "went_yes", language="tr")
    many(2, went, "went_no", language="tr")
    many(3, went, language="ar")
    ask(make_user(language="ar"), went, "went_yes", withdrawn=True)
    ask(make_user(language="ar"), went, "went_yes", ago=600)
    many(1, went, "free text", language="ar")
    table = found(went)
    assert table.answers == ["Went_Yes", "Went_No", "something else", "no answer"]
    assert as_rows(table) == {"Arabic": (4, 1, (0, 0, 1, 3)), "Turkish": (8, 8, (6, 2, 0, 0))}
    assert (table.total.asked, table.total.answered, table.total.rate) == (12, 9, 75)


def test_two_questions_are_told_apart_by_their_newest_answers(went):
    liked = question("liked", "liked_yes", "liked_no")
    users = many(3, went, "went_yes") + many(2, went, "went_no")
    for user in users[:4]:
        ask(user, liked, "liked_no", ago=3)
        ask(user, liked, "liked_yes", ago=1)
    table = found(went, by="question-x", other=liked)
    assert as_rows(table) == {"Liked_Yes": (4, 4, (3, 1))}


def test_months_and_districts(went):
    centre = HealthCenter.objects.create(name="Fatih", address="-", geolocation="41.0,28.9", district="Fatih")
    for user in many(5, went, "went_yes"):
        CenterOfPerson.objects.create(user=user, center=centre, set_at=clock.now())
    many(1, went)
    assert {name: asked for name, (asked, _answered, _cells) in as_rows(found(went, "district")).items()} == {
        "Fatih": 5, "not known": 1,
    }  # fmt: skip
    [(asked, answered, _cells)] = as_rows(found(went, "month")).values()
    assert (asked, answered) == (6, 5)


def test_masked_small_groups_are_merged_and_said(went):
    many(20, went, "went_yes", language="tr")
    many(9, went, language="tr")
    many(6, went, "went_no", language="tr")
    many(2, went, "went_yes", language="ar")
    many(4, went, "went_no", language="ps")
    table = found(went, masked=True)
    assert {line.name: line.asked for line in table.lines} == {"Turkish": 35, "others": 6}
    assert table.was_merged == ["Arabic", "Pashto"]
    others = {line.name: line.cells for line in table.lines}["others"]
    assert 2 not in others
    assert 4 not in others
    assert table.hides


def test_masked_few_people_are_nobody_however_often_they_were_asked(went):
    amal, zehra = make_user(), make_user()
    for _time in range(10):
        ask(amal, went, "went_yes")
        ask(zehra, went, "went_no")
    assert found(went, masked=True).is_too_few
    many(8, went, "went_yes")
    table = found(went, masked=True)
    assert "Went_No" not in table.answers, "20 of its answers are of one person"


def test_what_she_wrote_herself_is_counted_and_not_shown():
    why = question("why", kind="TEXT")
    many(6, why, "because")
    table = found(why)
    assert table.answers == ["answered in her own words", "no answer"][: len(table.answers)]
    assert as_rows(table)["English"][:2] == (6, 6)


def test_the_page_the_file_and_the_number_of_statements(signed_in, went):
    liked = question("liked", "liked_yes")
    client = signed_in(roles.RESEARCHER)
    users = many(30, went, "went_yes", language="tr") + many(3, went, "went_no", language="ar")
    for user in users:
        ask(user, liked, "liked_yes")
    in_last_quarter()
    page = client.get(PAGE, {"of": went.pk}).text
    assert "went" in page
    assert "<svg" in page
    assert "merged" in page
    assert "Arabic" not in page.split("figures-table")[1]
    rows = list(csv.reader(io.StringIO(client.get(FILE, {"of": went.pk, "by": f"question-{liked.pk}"}).text[1:])))
    assert rows[0][:3] == ["liked", "asked", "answered"]
    assert AuditEntry.objects.filter(action="export", about="survey results, went").exists()
    counts = []
    for more in (0, 40):
        many(more, went, "went_yes", language="ps")
        in_last_quarter()
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE, {"of": went.pk})
        counts.append(len(queries))
    assert counts[0] == counts[1]
    for wrong in ({"of": "0"}, {"by": "name"}, {"by": f"question-{went.pk}", "of": went.pk}, {"from": "2026-13"}):
        assert client.get(PAGE, wrong).status_code == 400
        assert client.get(FILE, wrong).status_code == 404
    assert signed_in(roles.CASE_WORKER).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    "asked",
    [
        {"by": "centre"},
        {"from": "2026-01", "until": "2026-02"},
        {"from": "2026-02", "until": "2026-04"},
        {"from": "2026-01", "until": "2026-06"},
        {"from": "2026-03"},
        {"until": "2026-02"},
        {"from": "2026-10", "until": "2026-12"},  # not over
        {"from": "2030-01", "until": "2030-03"},
    ],
)
@time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False)
def test_who_sees_people_masked_cannot_take_one_table_from_another(signed_in, went, asked):
    many(9, went, "went_yes")
    client = signed_in(roles.RESEARCHER)
    page = client.get(PAGE, {"of": went.pk, **asked})
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    assert client.get(FILE, {"of": went.pk, **asked}).status_code == 404
    assert signed_in(roles.PROGRAMME_ADMIN).get(PAGE, {"of": went.pk, **asked}).status_code == (
        400 if "2030-01" in asked.values() else 200
    )


@time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False)
def test_who_sees_people_masked_chooses_a_quarter_that_is_over(signed_in, went):
    assert quarters()[:2] == [(dt.date(2026, 7, 1), dt.date(2026, 9, 1)), (dt.date(2026, 4, 1), dt.date(2026, 6, 1))]
    many(9, went, "went_yes", language="tr")
    in_last_quarter()
    many(7, went, "went_yes", language="tr")  # in this one
    client = signed_in(roles.RESEARCHER)
    for asked in ({}, {"from": "2026-07"}, {"until": "2026-09"}, {"from": "2026-07", "until": "2026-09"}):
        page = client.get(PAGE, {"of": went.pk, **asked})
        assert page.context["found"].total.asked == 9
    assert '<option value="2026-04">' in re.sub(r"\s+", " ", page.text)
    assert "centre" not in page.context["attributes"]
    assert client.get(PAGE, {"of": went.pk, "from": "2026-04"}).context["found"].total is None


def test_masked_two_questions_are_not_told_apart_where_few_answered_one_alone(went):
    liked = question("liked", "liked_yes", "liked_no")
    users = many(20, went, "went_yes")
    for user in users[:19]:
        ask(user, liked, "liked_yes")
    assert found(went, "question-x", liked, masked=True).is_too_few, "the one is what all of them have more"
    assert found(liked, "question-x", went, masked=True).is_too_few, "nor the other way round"
    ask(users[19], liked, "liked_yes")
    table = found(went, "question-x", liked, masked=True)
    assert table.total.asked == 20
    for _ in range(5):
        ask(make_user(), went, "went_no")
    assert not found(went, "question-x", liked, masked=True).is_too_few
    ask(make_user(), liked, "liked_no")
    assert found(went, "question-x", liked, masked=True).is_too_few, "she answered the other one alone"


def test_a_row_of_which_nothing_shows_says_not_how_many_were_asked():
    counts = _Counts({("tr", ""): 9, ("tr", "yes"): 5, ("tr", "no"): 4}, {})
    answers = ["yes", "no"]
    line = _line(counts, "tr", "Turkish", answers, {("tr", "yes"), ("tr", "no")})
    assert (line.asked, line.answered, line.rate, line.cells) == (None, None, None, [None, None])
    assert _line(counts, "tr", "Turkish", answers, {("tr", "no")}).asked == 9


@pytest.mark.parametrize(
    ("language", "read"), [("tr", "Abdurrahman Mohammad aşı oldu mu?"), ("ps", "Was Abdurrahman Mohammad vaccinated?")]
)
def test_the_question_is_read_as_a_mother_reads_it(signed_in, went, language, read):
    went.translations.create(language_code="tr", question="{{ person_name }} aşı oldu mu?")
    went.translations.create(language_code="en", question="Was {{ person_name }} vaccinated?")
    many(6, went, "went_yes")
    in_last_quarter()
    page = signed_in(roles.RESEARCHER).get(PAGE, {"of": went.pk}, headers={"Accept-Language": language}).text
    assert read in re.sub("[\u2066-\u2069]", "", page)
