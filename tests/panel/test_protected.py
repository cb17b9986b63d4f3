"""P2, N1, N2: nothing that a person told is lost because the programme is edited."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CASCADE, ProtectedError

from hera.child_health.models import PastVaccination, Vaccine
from hera.core import clock
from hera.events.models import NotificationEvent, NotificationSchedule, NotificationType
from hera.events.services import announce_due
from hera.panel import roles
from hera.panel.protected import hangs_on
from hera.surveys.models import Survey, SurveySchedule, SurveyTemplate, SurveyTemplateOption
from hera.surveys.services import answer, ask_due
from tests.families import make_child, make_schedule, make_type, make_user, make_vaccine

pytestmark = pytest.mark.django_db


def _models_of_people():
    """HERA's models that hang on an account, or on something that does."""
    found, before = {User}, set()
    while found != before:
        before = set(found)
        for model in apps.get_models():
            for field in model._meta.fields:
                remote = field.remote_field
                if remote and remote.on_delete is CASCADE and remote.model in before:
                    found.add(model)
    return {model for model in found if model.__module__.startswith("hera.")}


def test_p2_no_record_of_a_person_goes_with_a_part_of_the_programme():
    """New models are found by themselves: what is no person's must not take a person's with it."""
    people = _models_of_people()
    assert {PastVaccination, NotificationEvent, Survey} <= people
    lost = [
        f"{model.__name__}.{field.name}"
        for model in people
        for field in model._meta.fields
        if field.remote_field
        and field.remote_field.on_delete is CASCADE
        and field.remote_field.model not in people
        and field.remote_field.model is not User
    ]
    # Which lines a table had goes with the table; what they brought is elsewhere.
    assert set(lost) == {"BroughtRow.table"}


@pytest.fixture
def told():
    """A mother who was sent a reminder about her newborn, and asked afterwards."""
    mother = make_user()
    vaccine = make_vaccine(0)
    child = make_child(mother, clock.now().date() - dt.timedelta(days=1))
    PastVaccination.objects.create(child=child, vaccine=vaccine)
    make_schedule(make_type(), ttl=dt.timedelta(days=7))
    assert announce_due(clock.now())
    return mother


@pytest.fixture
def asked(programme):
    mother = make_user()
    make_child(mother, clock.now().date() - dt.timedelta(weeks=52, days=2))
    ask_due(clock.now(), regardless_of_time=True)
    return mother


@pytest.mark.parametrize("model", [NotificationType, NotificationSchedule, Vaccine])
def test_p2_n1_what_hangs_on_it_is_said_and_nothing_is_deleted(signed_in, told, model):
    client = signed_in(roles.CONTENT_EDITOR)
    row = model.objects.get()
    page = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
    for answered in (
        client.get(f"{page}{row.pk}/delete/", follow=True),
        client.post(f"{page}{row.pk}/delete/", {"post": "yes"}, follow=True),
    ):
        assert "is kept, because this hangs on it" in answered.content.decode()
        assert "Switch it off instead" in answered.content.decode()
    many = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    assert "is kept" in client.post(page, many, follow=True).content.decode()
    assert model.objects.filter(pk=row.pk).exists()
    with pytest.raises(ProtectedError):
        row.delete()
    assert NotificationEvent.objects.exists()
    assert PastVaccination.objects.exists()


def test_p2_a_survey_that_was_asked_is_kept_too(signed_in, asked):
    client = signed_in(roles.CONTENT_EDITOR)
    template = SurveyTemplate.objects.get()
    page = client.get(f"/admin/surveys/surveytemplate/{template.pk}/delete/", follow=True).content.decode()
    assert "is kept, because this hangs on it" in page
    with pytest.raises(ProtectedError):
        template.schedules.get().delete()


def test_p2_what_nobody_was_sent_may_go(signed_in):
    client = signed_in(roles.CONTENT_EDITOR)
    kind = make_type("never.sent.yet")
    client.post(f"/admin/events/notificationtype/{kind.pk}/delete/", {"post": "yes"})
    assert not NotificationType.objects.exists()


def test_p2_what_a_schedule_uses_is_kept_before_anybody_was_sent_it(signed_in):
    client = signed_in(roles.CONTENT_EDITOR)
    schedule = make_schedule(make_type("not.sent.yet"))
    question = SurveyTemplate.objects.create(code="not.asked.yet", survey_type="YES_NO")
    asks = SurveySchedule.objects.create(
        survey_template=question, calendar_event_type=schedule.calendar_event_type, offset_days=1,
        time_of_day=dt.time(9), time_to_live=dt.timedelta(days=1),
    )  # fmt: skip
    for row, used_by in ((schedule.notification_type, schedule), (question, asks)):
        page = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/delete/"
        shown = client.post(page, {"post": "yes"}, follow=True).text
        assert f"this hangs on it: 1 {used_by._meta.verbose_name}" in shown
        with pytest.raises(ProtectedError):
            row.delete()
        assert type(used_by).objects.filter(pk=used_by.pk).exists()


def test_p2_what_hangs_on_it_is_counted_once(asked, django_assert_max_num_queries):
    count = Survey.objects.count()
    assert count
    with django_assert_max_num_queries(6):
        told = list(hangs_on(SurveyTemplate.objects.get()))
    assert [one for one in told if "schedule" not in one] == [f"{count} questions that were asked"]


@pytest.mark.parametrize("what", ["type", "schedule"])
def test_p2_what_is_switched_off_makes_nothing_new(what):
    schedule = make_schedule(make_type(), ttl=dt.timedelta(days=7))
    row = schedule.notification_type if what == "type" else schedule
    row.is_active = False
    row.save()
    make_vaccine(0)
    make_child(make_user(), clock.now().date() - dt.timedelta(days=1))
    assert announce_due(clock.now()) == 0


def test_p2_a_survey_that_is_switched_off_asks_nobody(programme):
    SurveyTemplate.objects.update(is_active=False)
    make_child(make_user(), clock.now().date() - dt.timedelta(weeks=52))
    assert ask_due(clock.now(), regardless_of_time=True) == 0


def test_n2_an_answer_does_what_its_option_says_whatever_its_code(asked):
    SurveyTemplateOption.objects.filter(code="yes").update(code="done")
    SurveyTemplate.objects.update(code="another.name.of.it")
    survey = Survey.objects.first()
    answer(survey, "done")
    assert PastVaccination.objects.filter(child__user=asked).exists()


def test_n2_the_effect_is_nothing_where_none_is_set(asked):
    SurveyTemplateOption.objects.update(effect="none")
    answer(Survey.objects.first(), "yes")
    assert not PastVaccination.objects.exists()


def test_n2_codes_in_use_stay(signed_in, asked):
    client = signed_in(roles.CONTENT_EDITOR)
    template = SurveyTemplate.objects.get()
    page = f"/admin/surveys/surveytemplate/{template.pk}/change/"
    form = client.get(page).context["adminform"].form
    assert "code" not in form.fields
    fields = _as_posted(client.get(page))
    fields |= {"code": "other.survey.code", "options-0-code": "ja"}
    assert client.post(page, fields).status_code == 302
    assert SurveyTemplate.objects.get().code == "vaccination.have_you_visited"
    assert set(SurveyTemplateOption.objects.values_list("code", flat=True)) == {"yes", "no"}


def test_n2_what_answers_in_use_do_is_asked_about_first(signed_in, asked):
    client = signed_in(roles.CONTENT_EDITOR)
    page = f"/admin/surveys/surveytemplate/{SurveyTemplate.objects.get().pk}/change/"
    fields = _as_posted(client.get(page))
    before = dict(SurveyTemplateOption.objects.values_list("code", "effect"))
    swapped = {"yes": "none", "no": "doses_given"}
    assert before != swapped
    places = {
        fields[name]: name.removesuffix("-code") for name in fields if name.endswith("-code") and "options" in name
    }
    for code, effect in swapped.items():
        fields[f"{places[code]}-effect"] = effect
    question = client.post(page, fields)
    assert question.status_code == 200
    assert (
        "no will mean from now on: The doses of the visit were given. Until now it meant: Nothing more."
        in question.text
    )
    assert dict(SurveyTemplateOption.objects.values_list("code", "effect")) == before
    confirmed = question.context["adminform"].form["confirmed"].value()
    assert client.post(page, fields | {"confirmed": confirmed}).status_code == 302
    assert dict(SurveyTemplateOption.objects.values_list("code", "effect")) == swapped


def _as_posted(page):
    fields = {}
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value not in (None, False):
                fields[bound.html_name] = value
    return fields


@pytest.mark.parametrize("code", ["Yes", "ye s", "evet!", ""])
def test_p7_codes_of_answers_have_a_pattern(code):
    with pytest.raises(Exception, match="code"):
        SurveyTemplateOption(survey_template=None, code=code, option_en="x").full_clean(exclude=["survey_template"])
