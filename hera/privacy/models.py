from django.conf import settings
from django.db import models


class ErasureRequest(models.Model):
    """A wish to be forgotten, proved by a code sent to the person's number. At most one a person."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="erasure_request")
    secret = models.CharField(max_length=64, help_text="Keyed hash of the code.")
    wrong_guesses = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"erasure request {self.pk}"


class InactivityWarning(models.Model):
    """That a person was told her account will be deleted unless she uses it. The row goes when she does."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inactivity_warning")
    warned_at = models.DateTimeField()
    message = models.BigIntegerField(null=True, help_text="The text's id in the outbox.")

    def __str__(self) -> str:
        return f"warning of {self.user_id}"


class ProviderErasure(models.Model):
    """A name that the push provider still has to forget. The row goes when it has."""

    external_id = models.CharField(max_length=255, unique=True)
    asked_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True, default="")

    def __str__(self) -> str:
        return f"erasure at the push provider {self.pk}"


class ErasureCount(models.Model):
    """How many people were erased on a day: all that remains of them."""

    day = models.DateField(primary_key=True)
    people = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.people} on {self.day}"
