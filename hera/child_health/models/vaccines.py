from __future__ import annotations

from django.db import models
from django.utils.translation import gettext

from hera.child_health.dose_names import dose_name


class Vaccine(models.Model):
    """A vaccine of the country's programme. Only active ones ever reach a parent."""

    name = models.CharField(max_length=255)
    nickname = models.CharField(  # noqa: DJ001  (null in existing databases)
        max_length=100, null=True, blank=True, help_text="Shown to parents in place of the name."
    )
    applicable_for_male = models.BooleanField(default=True)
    applicable_for_female = models.BooleanField(default=True)
    is_active = models.BooleanField(default=False)
    was_active = models.BooleanField(
        default=False,
        db_default=True,
        editable=False,
        help_text="Whether it ever was on calendars: what was announced of it is known by its doses.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        return self.nickname or self.name


class VaccineDose(models.Model):
    """A dose, due at an age in whole weeks."""

    vaccine = models.ForeignKey(Vaccine, on_delete=models.CASCADE, related_name="doses")
    name = models.CharField(max_length=50)
    week_age = models.PositiveSmallIntegerField()
    notes_for_parent = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    is_active = models.BooleanField(
        default=True, db_default=True, help_text="Off: on no calendar any more. What was announced of it stays known."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["week_age", "id"]
        indexes = [models.Index(fields=["vaccine"]), models.Index(fields=["week_age"])]

    def __str__(self) -> str:
        return gettext("%(dose)s at %(week)s weeks") % {"dose": dose_name(self.name), "week": self.week_age}
