from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Source(models.TextChoices):
    """Who told it, and where."""

    MOTHER = "mother", "the mother"
    SURVEY = "survey", "her answer to a survey"
    STAFF = "staff", "a member of staff"
    UPGRADE = "upgrade", "the upgrade of an earlier database"


class Told(models.Model):
    """Something that was told about a record, with who and when. It is taken back, never changed or deleted."""

    source = models.CharField(max_length=10, choices=Source.choices)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The member of staff; empty: the mother herself.",
    )
    recorded_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        abstract = True
        # For whoever leaves the staff: few rows have one.
        indexes = [
            models.Index(fields=[who], condition=Q(**{f"{who}__isnull": False}), name=f"%(class)s_{who}")
            for who in ("entered_by", "taken_back_by")
        ]
