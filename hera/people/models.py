from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Contact(models.Model):
    """That staff called or met a person, what came of it, and from when the worklist has her again."""

    class Outcome(models.TextChoices):
        WILL_COME = "will_come", "she will come"
        CAME = "came", "she came"
        NO_ANSWER = "no_answer", "no answer"
        PHONE_OFF = "phone_off", "the phone is off, or is not hers"
        MOVED = "moved", "moved away"
        REFUSED = "refused", "she does not want it"
        LOSS = "loss", "a pregnancy or a child was lost"
        OTHER = "other", "something else"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="contacts", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    words = models.CharField("note", max_length=500, blank=True)
    next_on = models.DateField(help_text="Before this day the worklist leaves her out.")
    is_agreed = models.BooleanField(default=False, help_text="Whether somebody chose that day: she is called on it.")
    is_newest = models.BooleanField(default=True, help_text="Whether no contact with her was noted after it.")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(is_newest=True), name="people_newest_contact")
        ]
        indexes = [
            models.Index(fields=["person", "-at"], name="people_contact_person"),
            models.Index(fields=["next_on"], condition=Q(is_newest=True, is_agreed=True), name="people_contact_next"),
            # For whoever leaves the staff.
            models.Index(fields=["entered_by"], condition=Q(entered_by__isnull=False), name="people_contact_by"),
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"
