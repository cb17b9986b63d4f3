from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class AdoptedPack(models.Model):
    """A country's pack as it was when it was adopted. That which was not left is in use; there is one at most."""

    name = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    text = models.TextField(help_text="The file, to the byte.")
    data = models.JSONField(help_text="What it holds, as the engine reads it: a file takes seconds to read.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    before = models.JSONField(
        default=dict, help_text="The vaccines and doses that were on calendars before, by id, as they were."
    )
    follows = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="What was in use before."
    )
    adopted_on = models.DateField(help_text="The country's date.")
    adopted_at = models.DateTimeField()
    adopted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The member of staff; empty: the operator, by a command.",
    )
    left_at = models.DateTimeField(null=True, blank=True, help_text="Since when another programme holds.")
    left_on = models.DateField(null=True, blank=True, help_text="The country's date of it.")

    class Meta:
        verbose_name = "adopted pack"
        verbose_name_plural = "adopted packs"
        constraints = [
            models.UniqueConstraint(
                models.ExpressionWrapper(Q(left_at=None), output_field=models.BooleanField()),
                condition=Q(left_at=None),
                name="child_health_one_pack",
            )
        ]

    def __str__(self) -> str:
        return self.name
