"""Templates cannot go out wrong: what is refused and warned of when staff save them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from hera.events import checks
from hera.events.models import LockScreen, NotificationTemplate, NotificationType
from hera.surveys import checks as survey_checks
from hera.surveys.models import SurveyTemplate, SurveyTemplateOption, SurveyTemplateTranslation
from hera.texts.rendering import TemplateDoesNotRender, render
from hera.texts.template_checks import problems_of
from tests.staff import sign_in

DECLARED = "Declared are: date, person_name, weeks_pregnant."
EXAMPLES = {"person_name": "Leyla", "date": "2026-11-25", "weeks_pregnant": "24"}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ person_name }} on {{ date }}", []),
        ("week {{ week_pregnant }}, as earlier databases spell it", []),
        ("{% assign name = person_name %}{{ name }}", []),
        ("Dear {{ mother }}", [f"Line 1, column 9: The variable mother is not declared. {DECLARED}"]),
        ("Dear\n  {{ mother.name }}", [f"Line 2, column 6: The variable mother is not declared. {DECLARED}"]),
        ("{% if mother %}x{% endif %}", [f"Line 1, column 7: The variable mother is not declared. {DECLARED}"]),
        ("Dear {{ person_name", ["Line 1, column 6: This is not valid Liquid: expected '}}', found end of file."]),
        ("{% nope %}", ["Line 1, column 4: This is not valid Liquid: unexpected tag 'nope'."]),
        ("ok {{ date | loud }}", ["Line 1, column 14: This is not valid Liquid: unknown filter 'loud'."]),
        ("{{ person_name }}" * 10, ["With the example values the text has 50 characters; 40 fit."]),
    ],
)
def test_what_is_wrong_is_said_with_its_place(source, said):
    assert [str(problem) for problem in problems_of(source, EXAMPLES, 40)] == said


@pytest.mark.parametrize(
    "source",
    [
        "{% for i in (1..1000000) %}x{% endfor %}",
        "{% for i in (1..900) %}" + "x" * 100 + "{% endfor %}",
        "{% for i in (1..900) %}{% for j in (1..900) %}{% endfor %}{% endfor %}",
        "{% assign a = 'xxxxxxxx' %}" + "{% assign a = a | append: a %}" * 30,
        "{% assign a = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{{ a" + " | replace: 'x', a" * 40 + " | size }}",
        "{% assign a = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %}{{ a" + " | split: '' | join: a" * 40 + " | size }}",
        "{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" + " | base64_encode" * 50 + " | size }}",
    ],
)
def test_a_template_cannot_run_long_or_large(source):
    with pytest.raises(TemplateDoesNotRender):
        render(source, {})
    assert problems_of(source, {}, 1000)


@pytest.mark.parametrize(
    ("lock_screen", "fields"),
    [(LockScreen.DISCREET, ["push_title", "push_body"]), (LockScreen.SAFE, []), (LockScreen.AS_WRITTEN, [])],
)
def test_a_lock_screen_shows_no_name_unless_the_type_is_marked(lock_screen, fields):
    texts = {
        "push_title": "{{ person_name }}",
        "push_body": "Week {{ weeks_pregnant }}",
        "in_app_content": "{{ date }}",
    }
    assert [field for field, _ in checks.errors_of(texts, EXAMPLES, lock_screen)] == fields


@pytest.mark.django_db
def test_a_survey_with_a_language_missing_is_warned_of():
    template = SurveyTemplate.objects.create(code="test.survey", survey_type="MULTIPLE_CHOICE")
    for language in ("en", "tr", "ar"):
        SurveyTemplateTranslation.objects.create(survey_template=template, language_code=language, question="?")
    SurveyTemplateOption.objects.create(survey_template=template, code="yes.test", option_en="Yes", option_tr="Evet")
    assert list(survey_checks.warnings_of(template)) == [
        "Not translated, and sent in English instead: Arabic, Pashto, Dari.",
        "Phones show no survey with fewer than 2 answers.",
    ]


def test_a_question_may_name_what_its_event_says():
    assert survey_checks.errors_of("Was {{ person_name }} vaccinated with {{ vaccine_names }}?") == []
    assert survey_checks.errors_of("Was {{ name }} vaccinated?")


@pytest.fixture
def panel(client, programme):
    sign_in(client, User.objects.create_superuser("nurse@example.org"))
    return client


def page(kind, **changed):
    """The fields of a type's page, as a browser posts them."""
    variables, templates = list(kind.variables.order_by("id")), list(kind.templates.order_by("id"))
    fields = {
        "code": kind.code,
        "description": kind.description,
        "lock_screen": "discreet",
        "fallback_channel": "",
        "fallback_after": "120",
        "variables-TOTAL_FORMS": len(variables),
        "variables-INITIAL_FORMS": len(variables),
        "templates-TOTAL_FORMS": len(templates),
        "templates-INITIAL_FORMS": len(templates),
    }
    for number, variable in enumerate(variables):
        prefix = f"variables-{number}"
        fields |= {
            f"{prefix}-id": variable.pk,
            f"{prefix}-name": variable.name,
            f"{prefix}-example_values": ",".join(variable.example_values),
            f"{prefix}-description": variable.description,
        }
    for number, template in enumerate(templates):
        prefix = f"templates-{number}"
        fields |= {f"{prefix}-id": template.pk, f"{prefix}-language_code": template.language_code}
        fields |= {f"{prefix}-{name}": getattr(template, name) for name in checks.TEXTS}
    return fields | changed


def test_the_panel_refuses_a_broken_text_with_its_place_and_keeps_what_was_there(panel):
    kind = NotificationType.objects.get()
    before = list(NotificationTemplate.objects.values())
    address = f"/admin/events/notificationtype/{kind.pk}/change/"
    answer = panel.post(address, page(kind, **{"templates-0-in_app_content": "Dear {{ mother }}"}))
    assert answer.status_code == 200
    assert "Line 1, column 9: The variable mother is not declared." in answer.text
    answer = panel.post(address, page(kind, **{"templates-0-push_body": "Week {{ weeks_pregnant }}"}))
    assert "weeks_pregnant would show on a lock screen" in answer.text
    assert list(NotificationTemplate.objects.values()) == before


def test_the_panel_saves_what_is_right_and_warns_of_languages(panel):
    kind = NotificationType.objects.get()
    address = f"/admin/events/notificationtype/{kind.pk}/change/"
    answer = panel.post(address, page(kind, **{"templates-0-in_app_content": "On {{ date }}"}), follow=True)
    assert "Not translated, and sent in English instead: Pashto, Dari." in answer.text
    assert kind.templates.order_by("id").first().in_app_content == "On {{ date }}"


def test_types_of_an_earlier_database_go_out_as_written_and_the_panel_points_at_them(panel):
    kind = NotificationType.objects.get()
    kind.templates.update(push_body="Week {{ weeks_pregnant }}")
    fields = page(kind, lock_screen="as_written")
    answer = panel.post(f"/admin/events/notificationtype/{kind.pk}/change/", fields, follow=True)
    assert "go out as written (weeks_pregnant)" in answer.text
