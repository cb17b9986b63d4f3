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
