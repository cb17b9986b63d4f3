"""Versions of texts: who changed what when, old and new side by side, and back to one of them as a new one."""

from __future__ import annotations

import pytest

from hera.events import checks
from hera.events.models import NotificationTemplate, NotificationType
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.surveys.models import SurveySchedule, SurveyTemplate, SurveyTemplateOption, SurveyTemplateTranslation
from hera.texts.models import TextVersion
from tests.families import make_type

pytestmark = pytest.mark.django_db
TYPES, SURVEYS = "/admin/events/notificationtype/", "/admin/surveys/surveytemplate/"


@pytest.fixture
def editor(signed_in):
    return signed_in(roles.CONTENT_EDITOR)


@pytest.fixture
def kind():
    return make_type("note.of_the_clinic", en=("News", "Open HERA", "We moved."), ar=("أخبار", "افتحي", "انتقلنا."))


def save(client, kind: NotificationType, **in_app: str):
    """The page of a type as the browser sends it, with these texts in the app, by language."""
    fields = {"code": kind.code, "description": kind.description, "lock_screen": "discreet", "fallback_after": "120"}
    fields |= {"fallback_channel": "", "is_active": "on", "variables-TOTAL_FORMS": 0, "variables-INITIAL_FORMS": 0}
    rows = {row.language_code: row for row in kind.templates.all()}
    kept = [*rows, *(language for language in in_app if language not in rows)]
    fields |= {"templates-TOTAL_FORMS": len(kept), "templates-INITIAL_FORMS": len(rows)}
    for number, language in enumerate(kept):
        row = rows.get(language)
        texts = {name: getattr(row, name) if row else "New" for name in checks.TEXTS}
        texts |= {"in_app_content": in_app.get(language, texts["in_app_content"])}
        fields |= {f"templates-{number}-{name}": text for name, text in texts.items()}
        fields |= {f"templates-{number}-id": row.pk if row else "", f"templates-{number}-language_code": language}
    answer = client.post(f"{TYPES}{kind.pk}/change/", fields)
    assert answer.status_code == 302, answer.context["errors"]


def text_of(kind: NotificationType, language: str) -> str:
    return NotificationTemplate.objects.get(notification_type=kind, language_code=language).in_app_content


def test_each_change_is_kept_beside_what_was_there_before(editor, kind):
    page = f"{TYPES}{kind.pk}/versions/"
    assert "Nobody has changed these texts" in editor.get(page).text
    save(editor, kind, ar="انتقلت العيادة.")
    save(editor, kind)  # nothing changed
    save(editor, kind, en="The clinic has moved.", tr="Klinik taşındı.")
    assert [sorted(one.texts) for one in TextVersion.objects.order_by("pk")] == [
        ["ar", "en"], ["ar", "en"], ["ar", "en", "tr"]
    ]  # fmt: skip
    text = editor.get(page).text
    assert 'dir="rtl">انتقلنا.</td><td lang="ar" dir="rtl">انتقلت العيادة.' in text
    assert 'dir="ltr">We moved.</td><td lang="en" dir="ltr">The clinic has moved.' in text
    assert "content.editor@example.org" in text
    assert text.count("Back to these texts") == 2, "those in use are not offered"
    assert AuditEntry.objects.filter(about=f"events.notificationtype {kind.pk}, versions").count() == 2


def test_one_comes_back_as_a_new_one(editor, kind):
    save(editor, kind, ar="انتقلت العيادة.")
    save(editor, kind, en="Wrong", tr="Yanlış")
    first = TextVersion.objects.earliest("pk")
    page = f"{TYPES}{kind.pk}/versions/"
    told = editor.post(page, {"version": first.pk}, follow=True).text
    assert "These texts are in use again." in told
    assert "Languages of which this version has no text" in told
    assert [text_of(kind, language) for language in ("en", "ar", "tr")] == ["We moved.", "انتقلنا.", "Yanlış"]
    assert TextVersion.objects.count() == 4
    assert AuditEntry.objects.filter(action="change", detail__back_to_version=first.pk).exists()
    assert editor.post(page, {"version": "999999"}).status_code == 404
    assert editor.post(page, {"version": "x"}).status_code == 404
    assert editor.post(f"{TYPES}{make_type('note.of_another').pk}/versions/", {"version": first.pk}).status_code == 404


def test_what_would_not_go_out_right_any_more_does_not_come_back(editor, kind):
    save(editor, kind, en="The clinic has moved.")
    first = TextVersion.objects.earliest("pk")
    first.texts["en"]["push_title"] = "{{ person_name }}"
    first.save()
    told = editor.post(f"{TYPES}{kind.pk}/versions/", {"version": first.pk}, follow=True).text
    assert "would not go out right any more" in told
    assert text_of(kind, "en") == "The clinic has moved."


def test_a_text_that_was_changed_elsewhere_is_kept_before_it_is_written_over(editor, kind):
    save(editor, kind, en="One")
    NotificationTemplate.objects.filter(notification_type=kind, language_code="en").update(in_app_content="Two")
    save(editor, kind, en="Three")
    found = [one.texts["en"]["in_app_content"] for one in TextVersion.objects.order_by("pk")]
    assert found == ["We moved.", "One", "Two", "Three"]


def test_a_survey_comes_back_with_its_answers(editor):
    survey = SurveyTemplate.objects.create(code="how.was.the.visit", survey_type="MULTIPLE_CHOICE", description="x")
    for code in ("good", "bad"):
        SurveyTemplateOption.objects.create(survey_template=survey, code=code, option_en=code.title())
    question = SurveyTemplateTranslation.objects.create(
        survey_template=survey, language_code="en", question="How was it?"
    )
    fields = {"code": survey.code, "survey_type": survey.survey_type, "description": "x", "is_active": "on"}
    options = list(survey.options.order_by("pk"))
    fields |= {"options-TOTAL_FORMS": 2, "options-INITIAL_FORMS": 2}
    fields |= {"translations-TOTAL_FORMS": 1, "translations-INITIAL_FORMS": 1, "translations-0-id": question.pk}
    fields |= {"translations-0-language_code": "en", "translations-0-question": "How was the visit?"}
    for number, option in enumerate(options):
        prefix = f"options-{number}"
        fields |= {f"{prefix}-id": option.pk, f"{prefix}-code": option.code, f"{prefix}-effect": "none"}
        fields |= {f"{prefix}-option_en": f"Very {option.code}"}
    answer = editor.post(f"{SURVEYS}{survey.pk}/change/", fields)
    assert answer.status_code == 302, answer.context["errors"]
    page = f"{SURVEYS}{survey.pk}/versions/"
    text = editor.get(page).text
    assert "Answer good" in text
    assert "Very good" in text
    editor.post(page, {"version": TextVersion.objects.earliest("pk").pk})
    assert SurveyTemplateTranslation.objects.get().question == "How was it?"
    assert sorted(SurveyTemplateOption.objects.values_list("option_en", flat=True)) == ["Bad", "Good"]


def test_a_question_is_offered_the_fields_that_its_events_have(editor):
    survey = SurveyTemplate.objects.create(code="how.was.the.visit", survey_type="TEXT", description="x")
    SurveySchedule.objects.create(
        survey_template=survey, calendar_event_type="prenatal_checkup", offset_days=1, time_of_day="09:00"
    )
    page = editor.get(f"{SURVEYS}{survey.pk}/change/").text
    [offered] = page.split("data-fields=")[1:]
    assert "weeks_pregnant" in offered.split(">")[0]
    assert "vaccine_names" not in offered.split(">")[0]


@pytest.mark.parametrize("role", [roles.CASE_WORKER, roles.RESEARCHER, roles.OPERATOR])
def test_they_are_for_who_writes_texts(signed_in, kind, role):
    assert signed_in(role).get(f"{TYPES}{kind.pk}/versions/").status_code in (302, 403, 404)


def test_the_page_is_a_few_statements(editor, kind, django_assert_max_num_queries):
    for number in range(6):
        save(editor, kind, en=f"Version {number}")
    with django_assert_max_num_queries(14):
        assert "Version 5" in editor.get(f"{TYPES}{kind.pk}/versions/").text
