from django.conf import settings
from django.db import models


class RateLimitBucket(models.Model):
    """How often something was asked for in the period that began with its first request.

    In the database, so that all processes on all machines share it.
    """

    key = models.CharField(max_length=100, primary_key=True)
    started_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    hits = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.key


class JobRecord(models.Model):
    """How a scheduled job fared when it last finished, and what it has created in all."""

    job = models.CharField(max_length=30, primary_key=True)
    succeeded_at = models.DateTimeField()
    seconds = models.FloatField()
    created = models.PositiveIntegerField(help_text="By its last run.")
    created_in_all = models.PositiveBigIntegerField()

    def __str__(self) -> str:
        return self.job


class PhoneSession(models.Model):
    """A phone that is signed in. The token itself is kept nowhere: whoever reads this table can call nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phone_sessions")
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(help_text="To the day.")
    agent = models.CharField(max_length=200, blank=True, default="", help_text="What the phone called itself.")

    def __str__(self) -> str:
        return f"session {self.pk}"


class ImportUpload(models.Model):
    """A file that staff have looked at and may confirm. Here, since the next request may reach another machine."""

    name = models.CharField(max_length=32, primary_key=True)
    content = models.TextField()
    uploaded_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
