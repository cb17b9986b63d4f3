"""Results of surveys: asked, answered, told apart; and nobody found in them by whoever may not know people."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hera.core import clock
from hera.figures.asked import usual_months
from hera.figures.survey_results import Asked, results
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
    return results(Asked(template, *usual_months(), by, other), masked=masked)


def many(count, template, answer=None, **of):
    users = [make_user(**of) for _ in range(count)]
    for user in users:
        ask(user, template, answer)
    return users


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
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE, {"of": went.pk})
        counts.append(len(queries))
    assert counts[0] == counts[1]
    for wrong in ({"of": "0"}, {"by": "name"}, {"by": f"question-{went.pk}", "of": went.pk}, {"from": "2026-13"}):
        assert client.get(PAGE, wrong).status_code == 400
        assert client.get(FILE, wrong).status_code == 404
    assert signed_in(roles.CASE_WORKER).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("language", "read"), [("tr", "Abdurrahman Mohammad aşı oldu mu?"), ("ps", "Was Abdurrahman Mohammad vaccinated?")]
)
def test_the_question_is_read_as_a_mother_reads_it(signed_in, went, language, read):
    went.translations.create(language_code="tr", question="{{ person_name }} aşı oldu mu?")
    went.translations.create(language_code="en", question="Was {{ person_name }} vaccinated?")
    many(6, went, "went_yes")
    page = signed_in(roles.RESEARCHER).get(PAGE, {"of": went.pk}, headers={"Accept-Language": language}).text
    assert read in re.sub("[\u2066-\u2069]", "", page)
