"""Surveys in every language, after both kinds of visits."""

from __future__ import annotations

import datetime as dt

import pytest
import tablib
from django.core.management import call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from hera.child_health.imports import VaccineResource
from hera.child_health.models import Vaccine
from hera.core import clock
from hera.devserver.fixtures import FURTHER_FIXTURES
from hera.operations.selectors import reasons_not_ready
from hera.panel import roles
from hera.surveys import services
from hera.surveys.models import Survey, SurveySchedule, SurveyTemplate, SurveyType
from hera.surveys.services import ask_due
from tests.families import make_child, make_user

WEEK_9 = {"declared_pregnancy_week": 9}


@pytest.fixture
def more_languages(programme):
    call_command("loaddata", *FURTHER_FIXTURES, verbosity=0)


@pytest.fixture
def asked(mother, more_languages):
    """A mother who is asked about each of her visits."""
    mother.post("/pregnancies/", WEEK_9).expect(201)
    ask_due(clock.now(), regardless_of_time=True)
    return mother


def test_a_visit_is_asked_about_with_the_code_that_the_app_answers(asked):
    pending = asked.get("/surveys/pending/").expect(200)
    assert len(pending) == 4
    survey = pending[0]
    assert [option["code"] for option in survey["options"]] == ["pregnancyyes", "pregnancyno"]
    assert survey["question"] == "Did you go to your check-up for week 10?"
    assert asked.post(f"/surveys/{survey['id']}/response/", {"response": "pregnancyyes"}).expect(200) is None
    assert Survey.objects.get(pk=survey["id"]).response == "pregnancyyes"
    (listed,) = [item for item in asked.get("/surveys/").expect(200) if item["response"]]
    assert listed["context"]["event_type"] == "prenatal_checkup"
    assert set(map(type, listed["context"].values())) == {str}


@pytest.mark.parametrize(
    ("language", "question", "yes"),
    [
        ("en", "Did you go", "Yes"),
        ("tr", "10. hafta", "Evet"),
        ("ar", "الأسبوع 10", "نعم"),
        ("ps", "10مې", "هو"),
        ("prs", "هفتهٔ 10", "بلی"),
    ],
)
def test_it_is_asked_in_her_language(asked, language, question, yes):
    asked.user.profile.__class__.objects.filter(user=asked.user).update(language_code=language)
    survey = asked.get("/surveys/pending/").expect(200)[0]
    assert question in survey["question"]
    assert survey["options"][0]["translated_text"] == yes


def test_what_has_no_words_in_her_language_is_asked_in_english(asked):
    template = SurveyTemplate.objects.get(code="prenatal_checkup.have_you_visited")
    template.translations.filter(language_code="tr").delete()
    template.options.update(option_tr="")
    asked.user.profile.__class__.objects.filter(user=asked.user).update(language_code="tr")
    survey = asked.get("/surveys/pending/").expect(200)[0]
    assert survey["question"].startswith("Did you go")
    assert [option["translated_text"] for option in survey["options"]] == ["Yes", "No"]


def test_a_question_that_wants_a_text_is_never_pending_and_takes_one_all_the_same(asked):
    SurveyTemplate.objects.update(survey_type=SurveyType.TEXT)
    assert asked.get("/surveys/pending/").expect(200) == []
    survey = Survey.objects.first()
    asked.post(f"/surveys/{survey.pk}/response/", {"response": "   "}).expect(400)
    asked.post(f"/surveys/{survey.pk}/response/", {"response": "x" * 256}).expect(400)
    asked.post(f"/surveys/{survey.pk}/response/", {"response": "It was closed."}).expect(200)
    assert Survey.objects.get(pk=survey.pk).response == "It was closed."


def test_a_question_that_does_not_render_is_not_pending(asked):
    asked_about = SurveyTemplate.objects.get(code="prenatal_checkup.have_you_visited")
    asked_about.translations.update(question="{{ broken")
    assert asked.get("/surveys/pending/").expect(200) == []


def test_s4_staff_are_told_of_a_question_that_does_not_render(asked, signed_in):
    told = "because their question does not render: prenatal_checkup.have_you_visited"
    editor = signed_in(roles.CONTENT_EDITOR)
    asked.get("/surveys/pending/").expect(200)
    assert told not in editor.get("/admin/").text
    translations = SurveyTemplate.objects.get(code="prenatal_checkup.have_you_visited").translations
    translations.update(question="{{ broken")
    asked.get("/surveys/pending/").expect(200)
    assert told in editor.get("/admin/").text
    assert any("prenatal_checkup.have_you_visited" in reason for reason in reasons_not_ready())
    noted = SurveyTemplate.objects.filter(unreadable_at__isnull=False).get().unreadable_at
    asked.get("/surveys/pending/").expect(200)
    assert SurveyTemplate.objects.get(unreadable_at__isnull=False).unreadable_at == noted, "not at every look"
    SurveyTemplate.objects.update(unreadable_at=clock.now() - dt.timedelta(hours=25))
    assert told not in editor.get("/admin/").text


def test_surveys_come_in_the_order_in_which_they_were_put(asked):
    Survey.objects.update(available_at=clock.now())
    ids = [survey["id"] for survey in asked.get("/surveys/pending/").expect(200)]
    assert ids == sorted(ids)
    last = Survey.objects.get(pk=ids[-1])
    Survey.objects.filter(pk=last.pk).update(available_at=clock.now() - dt.timedelta(days=1))
    assert asked.get("/surveys/pending/").expect(200)[0]["id"] == last.pk


class TestAChangeOfTheProgramme:
    """What waits for an answer and is made untrue by it is withdrawn with its reason, and comes back."""

    @pytest.fixture
    def waiting(self, signed_in, programme):
        template = SurveyTemplate.objects.get(code="vaccination.have_you_visited")
        for number, zone in enumerate(("Europe/Istanbul", "Asia/Kabul", "UTC")):
            make_child(make_user(zone=zone), clock.now().date() - dt.timedelta(weeks=8), name=f"Child {number}")
        make_child(make_user(), clock.now().date() - dt.timedelta(weeks=4))
        assert ask_due(clock.now(), regardless_of_time=True) > 4
        return Survey.objects.filter(survey_template=template, expires_at__gte=clock.now())

    @staticmethod
    def work():
        """What the worker does with the tasks that are there; none if nobody deferred one."""
        jobs = ProcrastinateJob.objects.filter(task_name=services.LOOK_AGAIN)
        return services.look_again() if jobs.exists() else None

    def test_a_vaccine_is_switched_off_and_on(self, waiting, signed_in, monkeypatch, django_assert_max_num_queries):
        monkeypatch.setattr(services, "_AT_ONCE", 2)
        of_four_weeks = waiting.filter(event_key__contains="doses-4")
        before = waiting.count()
        assert of_four_weeks.exists()
        client = signed_in(roles.CONTENT_EDITOR)
        vaccine = Vaccine.objects.get(name="Hepatitis B (BHA)")
        for wanted, reason in (("off", "not_in_programme"), ("on", "")):
            ProcrastinateJob.objects.all().delete()
            client.post(f"/admin/child_health/vaccine/{vaccine.pk}/switch/", {"wanted": wanted})
            with django_assert_max_num_queries(7 * (before // 2 + 2)):
                assert self.work() > 0
            assert set(of_four_weeks.values_list("withdrawn_because", flat=True)) == {reason}
            assert of_four_weeks.exclude(withdrawn_at=None).exists() is bool(reason)
            assert waiting.filter(withdrawn_at=None).exists()

    def test_a_question_or_its_schedule_is_switched_off(self, waiting, signed_in):
        client = signed_in(roles.CONTENT_EDITOR)
        schedule = SurveySchedule.objects.get(survey_template__code="vaccination.have_you_visited")
        form = {
            "survey_template": schedule.survey_template_id, "calendar_event_type": "vaccination", "offset_days": "1",
            "time_of_day": "10:00", "time_to_live": "7 00:00:00",
        }  # fmt: skip
        assert client.post(f"/admin/surveys/surveyschedule/{schedule.pk}/change/", form).status_code == 302
        assert self.work() == waiting.count()
        assert set(waiting.values_list("withdrawn_because", flat=True)) == {"switched_off"}

    def test_a_table_of_vaccines_is_brought(self, waiting, signed_in):
        resource = VaccineResource()
        rows = resource.export(Vaccine.objects.filter(pk=1))
        table = tablib.Dataset(*[[*row[:-1], "Dose 1 @ 0"] for row in rows], headers=rows.headers)
        assert not resource.import_data(table, dry_run=True).has_errors()
        assert self.work() is None, "a look changes nothing"
        assert not resource.import_data(table).has_errors()
        assert self.work() > 0
        assert set(waiting.filter(event_key__endswith="doses-4").values_list("withdrawn_because", flat=True)) == {
            "not_in_programme"
        }

    def test_what_was_answered_stays_as_it_is(self, waiting):
        Survey.objects.update(responded_at=clock.now(), response="no")
        Vaccine.objects.update(is_active=False)
        assert services.look_again() == 0
        assert not Survey.objects.exclude(withdrawn_at=None).exists()
