from django.conf import settings
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
    seed = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        default="",
        help_text="What the code can be made from again, with the secret key, when it is asked for once more.",
    )
    place = models.CharField(
        max_length=64, blank=True, db_default="", default="", help_text="Keyed hash of the network that asked for it."
    )
    wrong_guesses = models.PositiveSmallIntegerField(default=0, db_default=0)
    stray_guesses = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Wrong guesses from elsewhere: they end it for others, and not for her."
    )
    strays = models.JSONField(
        default=dict, db_default={}, help_text="How many of these from each network, by its keyed hash."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "SMS OTP Challenge"
        indexes = [models.Index(fields=["phone_number", "secret"])]

    def __str__(self) -> str:
        return f"challenge {self.pk}"


class KnownPlace(models.Model):
    """A network from which a person has signed in: her requests from there are not held up by anybody else's."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known_places")
    place = models.CharField(max_length=64, help_text="Keyed hash of her id and the network.")
    signed_in_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="otp_auth_one_row_a_place")]

    def __str__(self) -> str:
        return f"known place {self.pk}"
