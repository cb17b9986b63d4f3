from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models

from hera.api.models import PhoneSession
from hera.core import languages
from hera.core.folding import Folded


class Gender(models.TextChoices):
    MALE = "MALE", "Male"
    FEMALE = "FEMALE", "Female"


class UserProfile(models.Model):
    """Who a person is and how she is spoken to. `User.username` is her number in E.164."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    name = models.CharField(max_length=255)
    gender = models.CharField(max_length=20, choices=Gender.choices)
    date_of_birth = models.DateField()
    agree_to_terms_at = models.DateTimeField(help_text="When she consented, UTC.")
    language_code = models.CharField(max_length=5, choices=languages.CHOICES, default="en")
    timezone = models.CharField(max_length=50, default="UTC", help_text="IANA name.")

    class Meta:
        indexes = [
            # The job asks which zones people live in; this index answers without reading everybody.
            models.Index(fields=["timezone"], name="user_profile_timezone"),
            # The panel finds people by words of their names.
            GinIndex(SearchVector(Folded("name"), config="simple"), name="user_profile_folded_words"),
        ]

    def __str__(self) -> str:
        return self.name or f"profile {self.pk}"


class OnboardingProgress(models.Model):
    """How far the app's first questions have been answered."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="onboarding_progress",
    )
    has_filled_profile = models.BooleanField(default=False)
    has_filled_pregnancy_status = models.BooleanField(default=False)
    has_filled_children_info = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "onboarding progresses"

    def __str__(self) -> str:
        return f"onboarding of {self.pk}"


class PhoneNumberChangeRequest(models.Model):
    """A wish to move to a new number, proved by a code sent to that number. At most one a person."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phone_number_change_request"
    )
    new_phone_number = models.CharField(max_length=150, help_text="E.164")
    secret = models.CharField(max_length=255, help_text="Keyed hash of the code.")
    wrong_guesses = models.PositiveSmallIntegerField(default=0, db_default=0)
    expires_at = models.DateTimeField(null=True, blank=True)
    solved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"number change {self.pk}"


class NumberChange(models.Model):
    """A number that changed. The holder of the former one is told, and may take it back for three days."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="number_changes")
    former_number = models.CharField(max_length=150, help_text="E.164")
    new_number = models.CharField(max_length=150, help_text="E.164")
    changed_at = models.DateTimeField()
    former_was_proven = models.BooleanField(
        default=True, db_default=True, help_text="Off: staff had set it, and nobody signed in with it. It gets no link."
    )
    new_is_proven = models.BooleanField(
        default=True, db_default=True, help_text="Off: staff set it, and nobody has signed in with it since."
    )
    taken_back_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the former number's holder said that her data may be erased."
    )

    def __str__(self) -> str:
        return f"change of number {self.pk}"


class SetAsideAccount(models.Model):
    """An account that nobody had used for long when somebody showed to hold its number, who may be somebody else.

    It has no number any more, and is closed: nothing is sent to it. Its number began anew with another account.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="set_aside"
    )
    number = models.CharField(max_length=150, db_index=True, help_text="E.164; whose it was.")
    set_aside_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="Birth dates that were compared with its own.")

    def __str__(self) -> str:
        return f"set aside {self.pk}"


class PushTarget(models.Model):
    """A name under which a person's phone is registered for push.

    Shipped apps register whatever was typed at sign-in, and never register again after a change of number:
    so the number as typed, its E.164 form and all former numbers are kept. A number that a new person signs
    in with is taken from its former owner, who must not have her reminders shown on someone else's phone.
    """

    external_id = models.CharField(max_length=255, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_targets")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"push target {self.pk}"


class WebPushSubscription(models.Model):
    """A browser of hers that takes push messages, for as long as she is signed in there.

    Whoever signs in on that browser and subscribes takes it over: nobody reads what is sent to somebody else.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="web_push_subscriptions")
    session = models.ForeignKey(PhoneSession, on_delete=models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=1000, unique=True, help_text="Of its push service; who knows it can send.")
    p256dh = models.CharField(max_length=100, help_text="The browser's public key, in base64 of web addresses.")
    auth = models.CharField(max_length=50, help_text="What it shares with us, likewise.")
    created_at = models.DateTimeField(help_text="When she subscribed with it last.")

    def __str__(self) -> str:
        return f"browser {self.pk}"


class SignIn(models.Model):
    """A solved sign-in, with the language that the app asked for then."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins")
    language_code = models.CharField(max_length=5, choices=languages.CHOICES, blank=True)
    signed_in_at = models.DateTimeField()

    class Meta:
        get_latest_by = "signed_in_at"

    def __str__(self) -> str:
        return f"sign-in {self.pk}"


CHANNELS = {"push": "push", "sms": "SMS", "whatsapp": "WhatsApp", "web_push": "web push"}


class ChannelOptOut(models.Model):
    """A channel on which a person wants nothing but the codes that she asks for."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="channel_opt_outs")
    channel = models.CharField(max_length=10, choices=CHANNELS)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "channel"], name="user_profile_one_opt_out_a_channel")]

    def __str__(self) -> str:
        return self.channel


class Consent(models.Model):
    """What a person agreed to, and since when she does not any more. Rows are added and ended, never changed back."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consents")
    version = models.CharField(max_length=50, help_text="Of the terms, as HERA_TERMS_VERSION was then.")
    agreed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"consent {self.pk}"
