from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from hera.events.models import NotificationEvent


class State(models.TextChoices):
    """Where a message is. The first three are open: somebody still has to do something."""

    QUEUED = "queued", "queued"
    CLAIMED = "claimed", "claimed by a worker"
    RETRYING = "retrying", "to be tried again"
    SENT = "sent", "accepted by the provider, which will tell whether it arrived"
    DELIVERED = "delivered", "arrived, or accepted by a provider that does not tell"
    EXPIRED = "expired", "not accepted before its window closed"
    FAILED = "failed", "refused by the provider"
    UNDELIVERABLE = "undeliverable", "nothing fit to be sent"
    SET_ASIDE = "set_aside", "set aside: workers were lost with it"
    WITHDRAWN = "withdrawn", "withdrawn before it was sent"


SENT_STATES = [State.SENT, State.DELIVERED]
LOST_STATES = [State.FAILED, State.EXPIRED, State.UNDELIVERABLE]
OPEN_STATES = [State.QUEUED, State.CLAIMED, State.RETRYING]


class ChannelRole(models.TextChoices):
    PUSH = "push", "push"
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    WEB_PUSH = "web_push", "web push"


# Messages for which nobody holds a phone in her hand; all others are one-time codes.
OPT_OUT = "opt_out"  # that she gets no more texts
PURPOSES_THAT_WAIT = ("notification", "inactivity", OPT_OUT)
SIGN_IN = "sign_in"
# What no cap of a day or a month, and no budget, holds up: what opens an account, and what takes it back (ADR 13).
PURPOSES_THAT_PASS = (SIGN_IN, "number_changed")
# Codes that go to a number which somebody typed, and that may be anybody's. Not `number_changed`: it goes to a number
# that a code has proven, which no account has any more, and its link is all that brings her account back.
PURPOSES_OF_TYPED_NUMBERS = (SIGN_IN, "number_change", "staff_phone")


class Message(models.Model):
    """The outbox: one thing to be delivered to one person on one channel.

    Either an event (its text is rendered when it is sent) or a one-time code (its text is kept sealed, and is
    deleted as soon as it is no longer needed).
    """

    event = models.ForeignKey(
        NotificationEvent,
        on_delete=models.CASCADE,
        null=True,
        related_name="messages",
        db_index=False,  # the unique index begins with it
    )
    purpose = models.CharField(max_length=20, help_text="notification, or what a text is for, such as sign_in")
    channel = models.CharField(max_length=10, choices=ChannelRole.choices)
    sealed_text = models.BinaryField(null=True)
    state = models.CharField(max_length=15, choices=State.choices, default=State.QUEUED)
    state_at = models.DateTimeField(help_text="Since when it is in this state.")
    reason = models.CharField(max_length=255, blank=True, default="", help_text="Why it is in this state.")
    attempts_made = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(help_text="When it may be tried next.")
    expires_at = models.DateTimeField(help_text="When it is of no use any more.")
    claims_lapsed = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a worker was lost while it held it."
    )
    claimed_until = models.DateTimeField(null=True, help_text="When another worker may take over.")
    begun_at = models.DateTimeField(
        null=True, help_text="When its worker began to hand it over; from then on it is not withdrawn."
    )
    enqueued_at = models.DateTimeField(help_text="When its latest task was deferred.")
    provider_message_id = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()
    counted_on = models.DateField(
        null=True, help_text="The day among whose texts it is counted; blank before its turn."
    )
    segments = models.PositiveSmallIntegerField(null=True, help_text="Into how many segments its text is cut.")
    cost = models.DecimalField(
        max_digits=12, decimal_places=5, null=True, help_text="By the gateway's prices, in their currency."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "channel"], name="delivery_one_message_a_channel")]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["queued", "claimed", "retrying"]),
                name="delivery_open",
            ),
            # What a receipt can still change.
            models.Index(fields=["provider_message_id"], condition=Q(state="sent"), name="delivery_sent"),
            # What staff may have to mend; the newest are asked for.
            models.Index(
                fields=["state_at"], condition=Q(state__in=["set_aside", "undeliverable"]), name="delivery_to_mend"
            ),
            # Whom nothing reached: the worklist walks these from the newest on.
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["failed", "expired", "undeliverable"]),
                name="delivery_lost",
            ),
            # Rows are added in this order and never move far: a few kilobytes find the messages of the last days.
            BrinIndex(fields=["created_at"], name="delivery_created", autosummarize=True),
        ]

    def __str__(self) -> str:
        return gettext("message %(number)s") % {"number": self.pk}

    @property
    def is_code(self) -> bool:
        return self.purpose not in PURPOSES_THAT_WAIT


class Attempt(models.Model):
    """One call to a provider, recorded before it is made and completed after it."""

    class Outcome(models.TextChoices):
        STARTED = "started", "no answer recorded"
        ACCEPTED = "accepted", "accepted"
        TO_RETRY = "retry", "to be tried again"
        REFUSED = "refused", "refused for good"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    channel_kind = models.CharField(max_length=20, help_text="The provider's folder, such as onesignal.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.STARTED)
    provider_message_id = models.CharField(max_length=255, blank=True, default="")
    status_code = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=255, blank=True, default="")

    class Meta:
        indexes = [BrinIndex(fields=["started_at"], name="delivery_attempted", autosummarize=True)]

    def __str__(self) -> str:
        said = {"number": self.pk, "message": self.message_id}
        return gettext("attempt %(number)s of message %(message)s") % said


class TextSpending(models.Model):
    """What one day's texts of one purpose to one calling code were, and cost. Nobody is named: it outlives messages."""

    day = models.DateField(help_text="In the country's time zone.")
    purpose = models.CharField(max_length=20)
    calling_code = models.CharField(max_length=3, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    texts = models.IntegerField()
    segments = models.IntegerField()
    cost = models.DecimalField(max_digits=14, decimal_places=5)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "purpose", "calling_code", "currency"], name="delivery_one_sum_a_day_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.day}"


class Receipt(models.Model):
    """What a provider told later of a message that it had accepted. It may tell more than once, and early."""

    class Arrival(models.TextChoices):
        ARRIVED = "arrived", "arrived"
        LOST = "lost", "did not arrive"

    channel_kind = models.CharField(max_length=20)
    provider_message_id = models.CharField(max_length=255)
    arrival = models.CharField(max_length=10, choices=Arrival.choices)
    reason = models.CharField(max_length=255, blank=True, default="")
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel_kind", "provider_message_id", "arrival"], name="delivery_one_receipt_an_arrival"
            )
        ]

    def __str__(self) -> str:
        return f"receipt {self.pk}"


class ChannelGate(models.Model):
    """What all workers share of one channel: when its next message may go, and whether its provider is down."""

    channel = models.CharField(max_length=10, choices=ChannelRole.choices, primary_key=True)
    next_free_at = models.DateTimeField(null=True, help_text="Up to when its rate is used up.")
    code_free_at = models.DateTimeField(null=True, help_text="The same for codes, which wait for each other only.")
    failures = models.PositiveIntegerField(default=0, help_text="Calls in a row that found the provider down.")
    parked_until = models.DateTimeField(null=True, help_text="Nothing is sent before; then one message as a probe.")
    times_parked = models.PositiveIntegerField(default=0, help_text="In a row; each time it is parked for longer.")
    probing_until = models.DateTimeField(null=True, help_text="When a probe without an answer counts as lost.")

    def __str__(self) -> str:
        return self.channel
