from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from hera.child_health.models.told import Told

if TYPE_CHECKING:
    from hera.child_health.models.children import Child


class Pregnancy(models.Model):
    """What a mother declared, and the dates estimated from it (`pregnancy_dates`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pregnancies")
    declared_pregnancy_week = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(42)]
    )
    declared_date_of_last_menstrual_period = models.DateField(null=True, blank=True)
    declared_number_of_prenatal_visits = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(9)]
    )
    declared_on = models.DateField(
        null=True,
        blank=True,
        help_text="The mother's date when she declared this; empty in rows of an older database, where it is the "
        "UTC date of their creation. Visits are planned as seen from this day.",
    )
    visits_missed = models.JSONField(
        null=True,
        editable=False,
        help_text="The days of visits to which she says she did not come, each with the day on which she said so.",
    )
    estimated_start_date = models.DateField()
    estimated_delivery_date = models.DateField()
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was told that it is over; empty while it runs."
    )
    plan_version = models.IntegerField(
        null=True, editable=False, help_text="The rule by which its visits are planned; empty: anew, please."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "pregnancies"
        indexes = [
            models.Index(fields=["user"]),
            models.Index(fields=["estimated_delivery_date"]),
            models.Index(fields=["plan_version"], name="child_health_pregnancy_planned"),
        ]

    def __str__(self) -> str:
        return gettext("pregnancy %(number)s") % {"number": self.pk}


class PregnancyOutcome(Told):
    """How a pregnancy ended, as somebody told; `Pregnancy.ended_at` says the same for those who ask in sets."""

    class Kind(models.TextChoices):
        BIRTH = "birth", "birth"
        LOSS = "loss", "loss"
        MOVED = "moved", "moved away"
        MISTAKE = "mistake", "entered by mistake"
        NOT_SAID = "not_said", "wants no reminders of it"
        SUPERSEDED = "superseded", "superseded by a newer one"

    pregnancy = models.ForeignKey(Pregnancy, on_delete=models.CASCADE, related_name="outcomes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    date = models.DateField(null=True, blank=True)
    gestation_weeks = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Completed weeks, if known.")
    children: models.ManyToManyField[Child, models.Model] = models.ManyToManyField(
        "Child", related_name="+", help_text="The records that this birth made."
    )

    class Meta(Told.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["pregnancy"], condition=Q(taken_back_at=None), name="child_health_one_outcome"
            )
        ]

    def __str__(self) -> str:
        return f"outcome {self.pk} of pregnancy {self.pregnancy_id}"
