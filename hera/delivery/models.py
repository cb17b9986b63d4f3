from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from hera.events.models import NotificationEvent


class State(models.TextChoices):
    """Where a message is. The first three are open: somebody still has to do something."""

    QUEUED = "queued", "queued"
    CLAIMED = "claimed", "claimed by a worker"
    RETRYING = "retrying", "to be tried again"
    DELIVERED = "delivered", "accepted by the provider"
    EXPIRED = "expired", "not accepted before its window closed"
    FAILED = "failed", "refused by the provider"
    UNDELIVERABLE = "undeliverable", "nothing fit to be sent"


OPEN_STATES = [State.QUEUED, State.CLAIMED, State.RETRYING]


class ChannelRole(models.TextChoices):
    PUSH = "push", "push"
    SMS = "sms", "SMS"


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
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    purpose = models.CharField(max_length=20, help_text="notification, sign_in or number_change")
    channel = models.CharField(max_length=10, choices=ChannelRole.choices)
    sealed_text = models.BinaryField(null=True)
    state = models.CharField(max_length=15, choices=State.choices, default=State.QUEUED)
    state_at = models.DateTimeField(help_text="Since when it is in this state.")
    reason = models.CharField(max_length=255, blank=True, default="", help_text="Why it is in this state.")
    attempts_made = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(help_text="When it may be tried next.")
    expires_at = models.DateTimeField(help_text="When it is of no use any more.")
    claimed_until = models.DateTimeField(null=True, help_text="When another worker may take over.")
    enqueued_at = models.DateTimeField(help_text="When its latest task was deferred.")
    provider_message_id = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "channel"], name="delivery_one_message_a_channel")]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=Q(state__in=["queued", "claimed", "retrying"]),
                name="delivery_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} message {self.pk}"


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

    def __str__(self) -> str:
        return f"attempt {self.pk} of message {self.message_id}"
