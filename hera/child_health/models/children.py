from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hera.child_health.models.told import Told
from hera.child_health.models.vaccines import Vaccine
from hera.user_profile.models import Gender


class Child(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="children")
    name = models.CharField(max_length=255)
    date_of_birth = models.DateField()
    gender = models.CharField(max_length=20, choices=Gender.choices)
    past_vaccinations = models.ManyToManyField(Vaccine, through="PastVaccination", related_name="+")
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was told that there is nothing more to remind of."
    )
    paused_until = models.DateField(
        null=True, blank=True, editable=False, help_text="The first day of reminders again, in the mother's zone."
    )
    known_on = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="The mother's date when it was registered; empty in rows of an older database. What was due before,"
        " nobody has reminded of.",
    )
    doses_not_given = models.JSONField(
        null=True,
        editable=False,
        help_text="By their ids, doses that were told not to have been given, each with the day of that.",
    )
    plan_version = models.IntegerField(
        null=True, editable=False, help_text="The programme by which its visits are planned; empty: anew, please."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "children"
        indexes = [
            models.Index(fields=["user"]),
            models.Index(fields=["date_of_birth"]),
            models.Index(fields=["plan_version"], name="child_health_child_plan"),
        ]

    def __str__(self) -> str:
        return self.name or f"child {self.pk}"


class ChildEnd(Told):
    """Why a child is reminded of nothing any more; `Child.ended_at` says the same for those who ask in sets."""

    class Reason(models.TextChoices):
        DIED = "died", "died"
        MOVED = "moved", "moved away"
        MISTAKE = "mistake", "entered by mistake"
        NOT_SAID = "not_said", "no reason given"

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="ends")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    date = models.DateField(null=True, blank=True)

    class Meta(Told.Meta):
        constraints = [
            models.UniqueConstraint(fields=["child"], condition=Q(taken_back_at=None), name="child_health_one_end")
        ]

    def __str__(self) -> str:
        return f"end {self.pk} of child {self.child_id}"


class ChildPause(Told):
    """Until when nothing is told of a child; `Child.paused_until` says the same for those who ask in sets."""

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="pauses")
    until = models.DateField(help_text="The first day of reminders again, in the mother's zone.")

    class Meta(Told.Meta):
        constraints = [
            models.UniqueConstraint(fields=["child"], condition=Q(taken_back_at=None), name="child_health_one_pause")
        ]

    def __str__(self) -> str:
        return f"pause {self.pk} of child {self.child_id}"
