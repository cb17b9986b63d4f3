from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.fields.json import KeyTextTransform

from hera.core import languages
from hera.core.natural_keys import NaturalKeyManager
from hera.scheduling.models import CalendarSchedule
from hera.texts.codes import CODE_VALIDATOR, NAME_VALIDATOR


class SurveyType(models.TextChoices):
    MULTIPLE_CHOICE = "MULTIPLE_CHOICE", "Multiple choice"
    TEXT = "TEXT", "Text"


class Effect(models.TextChoices):
    """What an answer does besides being kept. It is a property of the option: codes are free to be anything."""

    NONE = "none", "Nothing more"
    DOSES_GIVEN = "doses_given", "The doses of the visit were given"
    VISIT_MISSED = "visit_missed", "She did not come to the antenatal visit"
    BIRTH = "birth", "The pregnancy ended with a birth"
    PREGNANCY_ENDED = "pregnancy_ended", "No reminders of this pregnancy any more"


class SurveyTemplate(models.Model):
    """A question, with its wording in each language and its options."""

    survey_type = models.CharField(max_length=255, choices=SurveyType.choices)
    code = models.CharField(max_length=50, unique=True, validators=[CODE_VALIDATOR])
    description = models.CharField(max_length=1000)
    is_active = models.BooleanField(
        default=True, db_default=True, help_text="Off: nobody is asked any more. What was answered stays."
    )
    unreadable_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its question last did not render for somebody."
    )

    objects = NaturalKeyManager["SurveyTemplate"]("code")

    def __str__(self) -> str:
        return self.code

    def natural_key(self) -> tuple[object, ...]:
        return (self.code,)


class SurveyTemplateOption(models.Model):
    """An answer that can be chosen. Clients show the first on the filled button."""

    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.CASCADE, related_name="options")
    code = models.CharField(max_length=20, unique=True, validators=[NAME_VALIDATOR])
    effect = models.CharField(
        max_length=20,
        choices=Effect.choices,
        default=Effect.NONE,
        db_default=Effect.NONE,
        help_text="What this answer does.",
    )
    option_en = models.CharField("English", max_length=50)
    option_tr = models.CharField("Turkish", max_length=50, null=True, blank=True)  # noqa: DJ001
    option_ar = models.CharField("Arabic", max_length=50, null=True, blank=True)  # noqa: DJ001
    option_ps = models.CharField("Pashto", max_length=50, null=True, blank=True)  # noqa: DJ001
    option_ars = models.CharField("Dari", max_length=50, null=True, blank=True)  # noqa: DJ001

    # The question is part of it, though codes are unique: an answer of the same code to a question of staff is theirs.
    objects = NaturalKeyManager["SurveyTemplateOption"]("survey_template__code", "code")

    def __str__(self) -> str:
        return self.code

    def natural_key(self) -> tuple[object, ...]:
        return (*self.survey_template.natural_key(), self.code)

    def has_text_in(self, language: str) -> bool:
        return bool(getattr(self, option_field(language)))


def option_field(language: str) -> str:
    """The field of an option's text; that of Dari has another name than the language's code."""
    return "option_ars" if language == "prs" else f"option_{language}"


class SurveyTemplateTranslation(models.Model):
    """The question in one language, in Liquid."""

    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.CASCADE, related_name="translations")
    language_code = models.CharField(max_length=5, choices=languages.CHOICES)
    question = models.CharField(max_length=255)

    objects = NaturalKeyManager["SurveyTemplateTranslation"]("survey_template__code", "language_code")

    class Meta:
        unique_together = [("survey_template", "language_code")]

    def __str__(self) -> str:
        return f"{self.survey_template} ({self.language_code})"

    def natural_key(self) -> tuple[object, ...]:
        return (*self.survey_template.natural_key(), self.language_code)


class SurveySchedule(CalendarSchedule):
    """When to ask about calendar events of one type."""

    time_to_live_field = "time_to_live"
    content_field = "survey_template_id"

    time_to_live = models.DurationField(
        default=dt.timedelta(days=7), validators=[MinValueValidator(dt.timedelta(minutes=5))]
    )
    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.PROTECT, related_name="schedules")

    objects = NaturalKeyManager["SurveySchedule"](
        "survey_template__code", "calendar_event_type", "offset_days", "time_of_day"
    )

    def natural_key(self) -> tuple[object, ...]:
        return (*self.survey_template.natural_key(), self.calendar_event_type, self.offset_days, self.time_of_day)


class Survey(models.Model):
    """A question put to one person about one event, and the answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="surveys")
    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.PROTECT)
    event_key = models.CharField(max_length=1000, null=True, blank=True)  # noqa: DJ001
    schedule = models.ForeignKey(SurveySchedule, on_delete=models.PROTECT, null=True, blank=True)
    context = models.JSONField(default=dict, help_text="The event's fields, as texts.")
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    response = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    responded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was found that it is not true any more."
    )
    withdrawn_because = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            # Another date, after a correction, is another question.
            models.UniqueConstraint(
                "event_key", "schedule", KeyTextTransform("date", "context"), name="surveys_asked_once"
            )
        ]

    def __str__(self) -> str:
        return f"survey {self.pk}"
