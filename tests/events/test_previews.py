"""What the panel shows of texts while they are typed, and the five languages side by side."""

from __future__ import annotations

import pytest

from hera.core import languages
from hera.events.models import NotificationType
from hera.panel import roles
from hera.surveys.models import SurveyTemplate
from tests.families import make_type
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db

TYPES = "/admin/events/notificationtype/"
SURVEYS = "/admin/surveys/surveytemplate/"


@pytest.fixture
def editor(client, programme):
    user = make_staff(roles.CONTENT_EDITOR, "editor@example.org")
    sign_in(client, user)
    return client


def _type_page(texts, *, lock_screen="discreet"):
    fields = {
        "lock_screen": lock_screen,
        "variables-TOTAL_FORMS": "2",
        "variables-0-name": "person_name",
        "variables-0-example_values": "Ali,Abdurrahman",
        "variables-1-name": "gone",
        "variables-1-example_values": "x",
        "variables-1-DELETE": "on",
        "templates-TOTAL_FORMS": str(len(texts)),
    }
    for number, (language, in_app) in enumerate(texts.items()):
        fields |= {
            f"templates-{number}-language_code": language,
            f"templates-{number}-push_title": "HERA",
            f"templates-{number}-push_body": "",
            f"templates-{number}-in_app_content": in_app,
        }
    return fields


def test_texts_are_shown_as_somebody_reads_them_with_the_longest_example(editor):
    shown = editor.post(f"{TYPES}preview/", _type_page({"en": "Dear {{ person_name }}", "ar": "عزيزتي"})).json()
    assert shown == {
        "en": [{"kind": "push_title", "text": "HERA"}, {"kind": "in_app_content", "text": "Dear Abdurrahman"}],
        "ar": [{"kind": "push_title", "text": "HERA"}, {"kind": "in_app_content", "text": "عزيزتي"}],
    }


@pytest.mark.parametrize("said", ["9" * 5000, "99999", "-1", "x", ""])
def test_how_many_texts_a_page_says_it_has_is_not_believed(editor, said):
    page = _type_page({"en": "Dear {{ person_name }}"}) | {"variables-TOTAL_FORMS": said}
    assert editor.post(f"{TYPES}preview/", page).status_code == 200


@pytest.mark.parametrize(
    ("language", "body", "said"),
    [
        ("en", "Open HERA", "As SMS: 1 segment, with 14 characters of 160."),
        ("tr", "Aşı", "As SMS: 1 segment, with 8 characters of 70. Without ş ı it may take fewer."),
        ("tr", "ş" * 70, "As SMS: 2 segments, each paid for: 75 characters, of which one takes 70."),
        ("prs", "و" * 140, "As SMS: 3 segments, each paid for: 145 characters, of which one takes 70."),
        ("ar", "{{ person_name }}:", "As SMS: 1 segment, with 17 characters of 160."),
    ],
)
def test_what_an_sms_takes_is_said_where_one_goes_out(editor, language, body, said):
    fields = _type_page({language: ""}) | {"templates-0-push_body": body, "lock_screen": "safe"}
    assert "segments" not in str(editor.post(f"{TYPES}preview/", fields).json())
    shown = editor.post(f"{TYPES}preview/", {**fields, "fallback_channel": "sms"}).json()[language]
    [line] = [line["text"] for line in shown if line["kind"] == "segments"]
    assert line.startswith(said)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Dear {{ mother }}", "Line 1, column 9: The variable mother is not declared."),
        ("Dear {{ gone }}", "Line 1, column 9: The variable gone is not declared."),
        ("Dear {{ person_name", "not valid Liquid"),
        ("x" * 1001, "1001 characters; 1000 fit"),
    ],
)
def test_what_is_wrong_is_said_beside_it(editor, text, problem):
    lines = editor.post(f"{TYPES}preview/", _type_page({"en": text})).json()["en"]
    [said] = [line["text"] for line in lines if line["kind"] == "problem"]
    assert problem in said


@pytest.mark.parametrize("count", ["", "-1", "x", "9" * 30])
def test_fields_that_no_page_of_ours_sends_show_nothing(editor, count):
    assert editor.post(f"{TYPES}preview/", {"templates-TOTAL_FORMS": count}).status_code == 200


def test_a_survey_is_shown_with_its_answers(editor):
    fields = {
        "translations-TOTAL_FORMS": "2",
        "translations-0-language_code": "en",
        "translations-0-question": "Did {{ person_name }} go?",
        "translations-1-language_code": "prs",
        "translations-1-question": "",
        "options-TOTAL_FORMS": "2",
        "options-0-option_en": "Yes",
        "options-0-option_ars": "بلی",
        "options-1-option_en": "No",
    }
    assert editor.post(f"{SURVEYS}preview/", fields).json() == {
        "en": [
            {"kind": "question", "text": "Did Abdurrahman Mohammad go?"},
            {"kind": "button", "text": "Yes"},
            {"kind": "button", "text": "No"},
        ],
        "prs": [],
    }


def test_nothing_is_shown_to_who_may_not_change_texts(client, programme):
    user = make_staff(roles.CASE_WORKER, "worker@example.org")
    sign_in(client, user)
    assert client.post(f"{TYPES}preview/", _type_page({"en": "x"})).status_code == 403


@pytest.mark.parametrize("present", [["en"], ["prs", "en"], list(languages.CODES)])
def test_a_page_has_all_five_languages_and_saves_those_that_were_written(editor, present):
    kind = make_type("test.reminder", **dict.fromkeys(present, ("Title", "Body", "Text")))
    page = editor.get(f"{TYPES}{kind.pk}/change/")
    formset = page.context["inline_admin_formsets"][1].formset
    assert sorted(form.language for form in formset.forms) == sorted(languages.CODES)
    assert page.text.count('dir="rtl"') >= 3 * 3
    fields = {
        name: value
        for part in (page.context["adminform"].form, *(each.formset for each in page.context["inline_admin_formsets"]))
        for form in ([part] if not hasattr(part, "forms") else [part.management_form, *part.forms])
        for name, value in ((bound.html_name, bound.value()) for bound in form)
        if value is not None and value is not False
    }
    number = next(n for n, form in enumerate(formset.forms) if form.language == "prs")
    fields |= {f"templates-{number}-{name}": "نو" for name in ("push_title", "push_body", "in_app_content")}
    assert editor.post(f"{TYPES}{kind.pk}/change/", fields).status_code == 302
    saved = dict(NotificationType.objects.get(pk=kind.pk).templates.values_list("language_code", "push_title"))
    assert saved == {**dict.fromkeys(present, "Title"), "prs": "نو"}


def test_a_new_survey_has_all_five_languages(editor):
    page = editor.get(f"{SURVEYS}add/")
    assert [form.language for form in page.context["inline_admin_formsets"][1].formset.forms] == list(languages.CODES)
    assert SurveyTemplate.objects.exists()
