from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from hera.child_health.models import Vaccine, VaccineDose
from hera.core import languages
from hera.devserver import messages
from hera.devserver.fixtures import FIXTURES, FURTHER_FIXTURES, REMINDERS
from hera.events import checks as event_checks
from hera.events.models import (
    LockScreen,
    NotificationSchedule,
    NotificationTemplate,
    NotificationTemplateVariable,
    NotificationType,
)
from hera.surveys import checks as survey_checks
from hera.surveys.models import (
    Effect,
    SurveySchedule,
    SurveyTemplate,
    SurveyTemplateOption,
    SurveyTemplateTranslation,
    SurveyType,
)
from tests import seed_rows
from tests.families import make_schedule, make_type

_DAY = '{{ date | date: "%-d %B %Y" }}'

KNOWN_BY_NATURE = [
    NotificationType,
    NotificationTemplateVariable,
    NotificationTemplate,
    NotificationSchedule,
    SurveyTemplate,
    SurveyTemplateOption,
    SurveyTemplateTranslation,
    SurveySchedule,
]


@pytest.mark.django_db
def test_the_three_fixtures_install_47_objects(capsys):
    call_command("loaddata", *FIXTURES)
    assert capsys.readouterr().out.strip() == "Installed 47 object(s) from 3 fixture(s)"


@pytest.mark.django_db
def test_tests_begin_with_what_the_fixtures_hold():
    def all_rows():
        return {
            model: list(model.objects.order_by("pk").values()) for model in (*KNOWN_BY_NATURE, Vaccine, VaccineDose)
        }

    def next_ids():
        return {model: model.objects.create(**values).pk for model, values in made.items()}

    made = {Vaccine: {"name": "x", "nickname": ""}, NotificationType: {"code": "x", "description": "-"}}
    found = []
    for bring in (lambda: call_command("loaddata", *FIXTURES, verbosity=0), seed_rows.bring):
        with transaction.atomic():
            bring()
            found.append((all_rows(), next_ids()))
            transaction.set_rollback(True)
    assert found[0] == found[1]


@pytest.mark.django_db
def test_every_language_uses_the_declared_variables_and_no_push_names_a_condition(programme):
    declared = set(NotificationTemplateVariable.objects.values_list("name", flat=True))
    assert declared == {"date", "weeks_pregnant"}
    for template in NotificationTemplate.objects.all():
        assert all(f"{{{{ {name} " in template.in_app_content for name in declared)
        assert "{{" not in template.push_title + template.push_body


@pytest.fixture
def reminders(programme):
    call_command("loaddata", *REMINDERS, verbosity=0)


def rows():
    return {model: list(model.objects.order_by("pk").values()) for model in KNOWN_BY_NATURE}


@pytest.mark.parametrize("code", ["vaccination.one_day_before", "vaccination.on_the_day"])
def test_reminders_of_vaccinations_say_all_in_the_app_and_nothing_on_a_lock_screen(reminders, code):
    kind = NotificationType.objects.get(code=code)
    assert kind.lock_screen == LockScreen.DISCREET
    examples = {variable.name: variable.example_values[0] for variable in kind.variables.all()}
    assert examples.keys() == {"person_name", "vaccine_names", "date"}
    templates = {template.language_code: template for template in kind.templates.all()}
    assert templates.keys() == set(languages.CODES)
    for template in templates.values():
        template.full_clean()
        texts = {field: getattr(template, field) for field in event_checks.TEXTS}
        assert list(event_checks.errors_of(texts, examples, kind.lock_screen)) == []
        assert all(f"{{{{ {name} " in template.in_app_content for name in examples)
        assert _DAY in template.push_body, "F7: today and tomorrow are dated, whenever it is read"
    for variable in kind.variables.all():
        variable.full_clean()
        assert variable.name in event_checks.variables_for(variable)
    assert list(event_checks.warnings_of(kind)) == []


def test_a_reminder_of_a_vaccination_goes_out_by_day_and_ends_with_its_day(reminders):
    plan = {
        schedule.notification_type.code: (schedule.offset_days, schedule.time_of_day, schedule.push_time_to_live)
        for schedule in NotificationSchedule.objects.filter(calendar_event_type="vaccination")
    }
    assert {code: (offset, at) for code, (offset, at, _) in plan.items()} == {
        "vaccination.one_day_before": (-1, dt.time(17)),
        "vaccination.on_the_day": (0, dt.time(8)),
    }
    for _offset, at, lives in plan.values():
        assert dt.datetime.combine(dt.date(2026, 1, 1), at) + lives < dt.datetime(2026, 1, 2)


def test_a_reminder_after_a_birth_speaks_of_her_alone(reminders):
    call_command("loaddata", "after_birth_reminders", verbosity=0)
    kind = NotificationType.objects.get(code="postnatal_checkup.on_the_day")
    schedule = kind.schedules.get()
    assert (schedule.calendar_event_type, schedule.offset_days) == ("postnatal_checkup", 0)
    examples = {variable.name: variable.example_values[0] for variable in kind.variables.all()}
    assert examples.keys() == {"date"}
    templates = list(kind.templates.all())
    assert {template.language_code for template in templates} == set(languages.CODES)
    for template in templates:
        template.full_clean()
        texts = {field: getattr(template, field) for field in event_checks.TEXTS}
        assert list(event_checks.errors_of(texts, examples, kind.lock_screen)) == []
        assert _DAY in template.push_body
        assert _DAY in template.in_app_content
    for row in (schedule, *kind.variables.all()):
        row.full_clean()
    assert list(event_checks.warnings_of(kind)) == []


def test_the_question_whether_a_child_is_born_is_whole(reminders):
    template = SurveyTemplate.objects.get(code="pregnancy.has_ended")
    template.full_clean()
    assert template.survey_type == SurveyType.MULTIPLE_CHOICE
    options = list(template.options.order_by("pk"))
    assert [(option.code, option.effect) for option in options] == [
        ("pregnancy_birth", Effect.BIRTH),
        ("pregnancy_not_yet", Effect.NONE),
        ("pregnancy_no_more", Effect.PREGNANCY_ENDED),
    ]
    for option in options:
        option.full_clean()
    for translation in template.translations.all():
        translation.full_clean()
        assert survey_checks.errors_of(translation.question) == []
        assert _DAY in translation.question
    assert list(survey_checks.warnings_of(template)) == []
    schedules = template.schedules.order_by("offset_days")
    assert [(schedule.calendar_event_type, schedule.offset_days) for schedule in schedules] == [
        ("expected_birth", 7),
        ("expected_birth", 21),
    ]
    for schedule in schedules:
        schedule.full_clean()


def test_what_has_no_ids_is_loaded_twice_and_is_there_once(reminders):
    call_command("loaddata", *FURTHER_FIXTURES, verbosity=0)
    before = rows()
    call_command("loaddata", *REMINDERS, *FURTHER_FIXTURES, verbosity=0)
    assert rows() == before
    make_type("staff.may_still_make_types")


@pytest.mark.django_db
def test_rows_that_staff_have_made_stay_as_they_are(programme):
    for _ in range(30):  # whatever ids a fixture might have had are taken
        NotificationTemplateVariable.objects.create(
            notification_type=NotificationType.objects.first(), name="date", example_values=["x"], description="-"
        )
    theirs = make_type("vaccination.reminder_of_staff")
    make_schedule(theirs, at=dt.time(9))
    question = SurveyTemplate.objects.create(code="staff.question", survey_type="MULTIPLE_CHOICE", description="-")
    SurveyTemplateOption.objects.create(survey_template=question, code="staff_yes", option_en="Yes")
    before = rows()
    call_command("loaddata", *REMINDERS, *FURTHER_FIXTURES, verbosity=0)
    after = rows()
    for model, there in before.items():
        assert [row for row in after[model] if row["id"] in {old["id"] for old in there}] == there


@pytest.mark.django_db
@pytest.mark.parametrize("fixture", ["vaccination_reminders", "pregnancy_surveys"])
def test_a_fixture_that_would_take_the_place_of_a_row_of_staff_is_refused_as_a_whole(programme, fixture):
    theirs = make_type("vaccination.reminder_of_staff")
    make_schedule(theirs, at=dt.time(8))
    question = SurveyTemplate.objects.create(code="staff.question", survey_type="MULTIPLE_CHOICE", description="-")
    SurveyTemplateOption.objects.create(survey_template=question, code="pregnancy_birth", option_en="Yes")
    before = rows()
    with pytest.raises(IntegrityError, match="already exists"), transaction.atomic():
        call_command("loaddata", fixture, verbosity=0)
    assert rows() == before


@pytest.mark.parametrize("language", ["tr", "ar", "ps", "prs"])
def test_every_sentence_is_translated_and_compiled(language):
    catalog = messages.update(language, messages.gather())
    assert messages.untranslated(catalog) == []
    with messages.po_file(language).open("rb") as file:
        kept = messages.read_po(file)
    assert {(message.context, message.id): message.string for message in kept if message.id} == {
        (message.context, message.id): message.string for message in catalog if message.id
    }
    from gettext import GNUTranslations

    with messages.po_file(language).with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    for message in kept:
        if isinstance(message.id, tuple):
            assert {compiled.ngettext(*message.id, count) for count in range(120)} <= set(message.string)
        elif message.context:
            assert compiled.pgettext(message.context, message.id) == message.string
        elif message.id:
            assert compiled.gettext(message.id) == message.string
