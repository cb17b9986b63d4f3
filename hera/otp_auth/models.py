from django.db import models

from hera.core import languages


class SmsOtpChallenge(models.Model):
    """A code sent to a number. Whoever repeats it in time holds that number."""

    phone_number = models.CharField(max_length=255, help_text="E.164")
    secret = models.CharField(max_length=255, help_text="Keyed hash of the code; the code itself is never stored.")
    language_code = models.CharField(
        max_length=5,
        choices=languages.CHOICES,
        blank=True,
        db_default="",
        default="",
        help_text="What the request's Accept-Language asked for; a new profile starts with it.",
    )
    wrong_guesses = models.PositiveSmallIntegerField(default=0, db_default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "SMS OTP Challenge"
        indexes = [models.Index(fields=["phone_number", "secret"])]

    def __str__(self) -> str:
        return f"challenge {self.pk}"
