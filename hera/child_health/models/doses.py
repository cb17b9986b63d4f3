from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hera.child_health.models.children import Child
from hera.child_health.models.vaccines import Vaccine, VaccineDose


class DoseGiven(models.Model):
    """A dose that a child had, as far as somebody knows. Append-only: what was wrong is retracted."""

    class Source(models.TextChoices):
        CARD = "card", "read off a card by staff"
        MOTHER = "mother", "told by the mother"
        SURVEY = "survey", "her answer to a survey"
        IMPORT = "import", "a table brought by staff"
        TICK = "tick", "a vaccine ticked as received"

    class Precision(models.TextChoices):
        DAY = "day", "the day"
        MONTH = "month", "the month"
        YEAR = "year", "the year"
        UNKNOWN = "unknown", "not known"

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="doses_given", db_index=False)
    vaccine_dose = models.ForeignKey(
        VaccineDose, on_delete=models.PROTECT, null=True, blank=True, related_name="given", help_text="Which dose."
    )
    vaccine = models.ForeignKey(
        Vaccine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="given",
        help_text="Of a tick: the doses of this vaccine that were due by `due_by`. It silences those, and proves none.",
    )
    due_by = models.DateField(null=True, blank=True, help_text="Of a tick: the mother's date when it was set.")
    product = models.CharField(max_length=64, blank=True, default="", help_text="The code of a product.")
    text = models.CharField(max_length=255, blank=True, default="", help_text="What the card says.")
    date = models.DateField(null=True, blank=True, help_text="The first day of what is known of its date.")
    precision = models.CharField(max_length=7, choices=Precision.choices, default=Precision.UNKNOWN)
    source = models.CharField(max_length=6, choices=Source.choices)
    country = models.CharField(max_length=2, blank=True, default="", help_text="ISO 3166 code.")
    place = models.CharField(max_length=255, blank=True, default="")
    lot = models.CharField(max_length=64, blank=True, default="")
    campaign = models.BooleanField(default=False, help_text="Given in a campaign.")
    client_key = models.CharField(  # noqa: DJ001  (many have none, and it is unique)
        max_length=255,
        null=True,
        blank=True,
        help_text="The same entry sent twice is one.",
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The member of staff; empty: the mother herself.",
    )
    entered_at = models.DateTimeField()
    retracted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    retracted_at = models.DateTimeField(null=True, blank=True)
    retraction = models.CharField(max_length=255, blank=True, default="", help_text="Why it was retracted.")

    class Meta:
        verbose_name = "dose given"
        verbose_name_plural = "doses given"
        indexes = [
            # What counts of a child, without a look at the table.
            models.Index(
                fields=["child"],
                include=["vaccine_dose", "vaccine", "due_by"],
                condition=Q(retracted_at=None),
                name="child_health_doses_that_count",
            ),
            models.Index(
                fields=["child"], condition=Q(retracted_at__isnull=False), name="child_health_doses_retracted"
            ),
            *(
                models.Index(fields=[who], condition=Q(**{f"{who}__isnull": False}), name=f"dosegiven_{who}")
                for who in ("entered_by", "retracted_by")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["child", "client_key"], condition=Q(retracted_at=None), name="child_health_one_entry"
            )
        ]

    def __str__(self) -> str:
        return f"dose given {self.pk} of child {self.child_id}"
