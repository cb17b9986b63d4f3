from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models

from hera.core import languages
from hera.scheduling.windows import Schedule

CALENDAR_EVENT_TYPES = [("vaccination", "Vaccination"), ("prenatal_checkup", "Antenatal visit")]
CODE_VALIDATOR = RegexValidator(r"^[a-z0-9._]{10,50}$", "Use 10 to 50 of the characters a-z, 0-9, dot and underscore.")
# An answer `yes` to this survey ticks the vaccines that it is about.
HAVE_YOU_VISITED = "vaccination.have_you_visited"


class SurveyType(models.TextChoices):
    MULTIPLE_CHOICE = "MULTIPLE_CHOICE", "Multiple choice"
    TEXT = "TEXT", "Text"


class SurveyTemplate(models.Model):
    """A question, with its wording in each language and its options."""

    survey_type = models.CharField(max_length=255, choices=SurveyType.choices)
    code = models.CharField(max_length=50, unique=True, validators=[CODE_VALIDATOR])
    description = models.CharField(max_length=1000)

    def __str__(self) -> str:
        return self.code


class SurveyTemplateOption(models.Model):
    """An answer that can be chosen. Clients show the first on the filled button."""

    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.CASCADE, related_name="options")
    code = models.CharField(max_length=20, unique=True)
    option_en = models.CharField("English", max_length=50)
    option_tr = models.CharField("Turkish", max_length=50, null=True, blank=True)  # noqa: DJ001
    option_ar = models.CharField("Arabic", max_length=50, null=True, blank=True)  # noqa: DJ001
    option_ps = models.CharField("Pashto", max_length=50, null=True, blank=True)  # noqa: DJ001
    option_ars = models.CharField("Dari", max_length=50, null=True, blank=True)  # noqa: DJ001

    def __str__(self) -> str:
        return self.code

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

    class Meta:
        unique_together = [("survey_template", "language_code")]

    def __str__(self) -> str:
        return f"{self.survey_template} ({self.language_code})"


class SurveySchedule(models.Model):
    """When to ask about calendar events of one type."""

    calendar_event_type = models.CharField(max_length=50, choices=CALENDAR_EVENT_TYPES)
    offset_days = models.SmallIntegerField(help_text="Days after the event; negative: before it.")
    time_of_day = models.TimeField(help_text="In the mother's time zone.")
    time_to_live = models.DurationField(
        default=dt.timedelta(days=7), validators=[MinValueValidator(dt.timedelta(minutes=5))]
    )
    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.CASCADE, related_name="schedules")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.calendar_event_type} {self.offset_days:+d} days at {self.time_of_day:%H:%M}"

    def as_schedule(self) -> Schedule:
        return Schedule(self.pk, self.calendar_event_type, self.offset_days, self.time_of_day, self.time_to_live)


class Survey(models.Model):
    """A question put to one person about one event, and the answer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="surveys")
    survey_template = models.ForeignKey(SurveyTemplate, on_delete=models.CASCADE)
    event_key = models.CharField(max_length=1000, null=True, blank=True)  # noqa: DJ001
    schedule = models.ForeignKey(SurveySchedule, on_delete=models.SET_NULL, null=True, blank=True)
    context = models.JSONField(default=dict, help_text="The event's fields, as texts.")
    available_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    response = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    responded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("event_key", "schedule")]

    def __str__(self) -> str:
        return f"survey {self.pk}"
