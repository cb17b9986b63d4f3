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
