from django.conf import settings
from django.db import models


class PhoneSession(models.Model):
    """A phone that is signed in. The token itself is kept nowhere: whoever reads this table can call nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phone_sessions")
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(help_text="To the day.")
    agent = models.CharField(max_length=200, blank=True, default="", help_text="What the phone called itself.")

    def __str__(self) -> str:
        return f"session {self.pk}"
