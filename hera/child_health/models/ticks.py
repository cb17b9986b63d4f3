from __future__ import annotations

from django.db import models

from hera.child_health.models.children import Child
from hera.child_health.models.vaccines import Vaccine


class PastVaccination(models.Model):
    """A vaccine ticked as received."""

    child = models.ForeignKey(Child, on_delete=models.CASCADE)
    vaccine = models.ForeignKey(Vaccine, on_delete=models.PROTECT)
    is_shown = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Whether her app has read it: what an app was not shown, it cannot have meant to remove.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("child", "vaccine")]
        indexes = [models.Index(fields=["child"]), models.Index(fields=["vaccine"])]

    def __str__(self) -> str:
        return f"vaccine {self.vaccine_id} of child {self.child_id}"


class PastVaccinationChange(models.Model):
    """Append-only: each tick set or removed, so that a list wiped by a client's defect can be restored."""

    class Source(models.TextChoices):
        CLIENT = "client", "the app's child page"
        SURVEY = "survey", "the answer to a survey"
        STAFF = "staff", "a case worker in the panel"

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="past_vaccination_changes")
    vaccine = models.ForeignKey(Vaccine, on_delete=models.PROTECT, related_name="changes_of_ticks")
    is_ticked = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source.choices)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{'tick' if self.is_ticked else 'untick'} of vaccine {self.vaccine_id} for child {self.child_id}"
