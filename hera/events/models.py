from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext

from hera.core import languages
from hera.core.natural_keys import NaturalKeyManager
from hera.scheduling.models import CalendarSchedule
from hera.texts.codes import CODE_VALIDATOR, NAME_VALIDATOR


class LockScreen(models.TextChoices):
    """What the push texts of a type may say, since others see them on a lock screen."""

    DISCREET = "discreet", "Names no person and no condition"
    SAFE = "safe", "Marked by staff as safe to show"
    AS_WRITTEN = "as_written", "From an earlier database, not looked at yet"


class Fallback(models.TextChoices):
    """Where a reminder goes that was pushed and not read."""

    NONE = "", "Nowhere"
    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"


class NotificationType(models.Model):
    """A kind of reminder, with its texts in each language."""

    code = models.CharField(max_length=50, unique=True, validators=[CODE_VALIDATOR])
    description = models.CharField(max_length=1000)
    is_active = models.BooleanField(
        default=True, db_default=True, help_text="Off: nothing new is sent of it. What was sent stays with its people."
    )
    lock_screen = models.CharField(
        max_length=10,
        choices=LockScreen.choices,
        default=LockScreen.DISCREET,
        db_default=LockScreen.DISCREET,
        help_text="Push texts show on a lock screen that others see.",
    )
    fallback_channel = models.CharField(
        max_length=10, choices=Fallback.choices, default=Fallback.NONE, db_default=Fallback.NONE, blank=True
    )
    is_of_message = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="The texts of one staff message, and of no other."
    )
    fallback_after = models.PositiveSmallIntegerField(
        "Fallback after (minutes)",
        default=120,
        db_default=120,
        validators=[MinValueValidator(5)],
        help_text="How long a push may stay unread before it is sent by the fallback channel too.",
    )

    objects = NaturalKeyManager["NotificationType"]("code")

    def __str__(self) -> str:
        return self.code

    def natural_key(self) -> tuple[object, ...]:
        return (self.code,)


class NotificationTemplateVariable(models.Model):
    """A name that the texts of a type may use."""

    notification_type = models.ForeignKey(NotificationType, on_delete=models.CASCADE, related_name="variables")
    name = models.CharField(max_length=50, validators=[NAME_VALIDATOR])
    example_values = ArrayField(models.CharField(max_length=255))
    description = models.CharField(max_length=1000)

    objects = NaturalKeyManager["NotificationTemplateVariable"]("notification_type__code", "name")

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[object, ...]:
        return (*self.notification_type.natural_key(), self.name)


class NotificationTemplate(models.Model):
    """The texts of a type in one language, in Liquid."""

    notification_type = models.ForeignKey(NotificationType, on_delete=models.CASCADE, related_name="templates")
    language_code = models.CharField(max_length=5, choices=languages.CHOICES)
    push_title = models.CharField(max_length=100)
    push_body = models.CharField(max_length=255)
    in_app_content = models.CharField(max_length=1000)

    objects = NaturalKeyManager["NotificationTemplate"]("notification_type__code", "language_code")

    class Meta:
        unique_together = [("notification_type", "language_code")]

    def __str__(self) -> str:
        return f"{self.notification_type} ({self.language_code})"

    def natural_key(self) -> tuple[object, ...]:
        return (*self.notification_type.natural_key(), self.language_code)


class NotificationSchedule(CalendarSchedule):
    """When to announce calendar events of one type."""

    time_to_live_field = "push_time_to_live"
    content_field = "notification_type_id"

    push_time_to_live = models.DurationField(
        default=dt.timedelta(days=1), validators=[MinValueValidator(dt.timedelta(minutes=5))]
    )
    notification_type = models.ForeignKey(NotificationType, on_delete=models.PROTECT, related_name="schedules")

    # The type is part of it: a schedule that staff made at the same time for a type of theirs is another one.
    objects = NaturalKeyManager["NotificationSchedule"](
        "notification_type__code", "calendar_event_type", "offset_days", "time_of_day"
    )

    class Meta:
        unique_together = [("calendar_event_type", "offset_days", "time_of_day")]

    def natural_key(self) -> tuple[object, ...]:
        return (
            *self.notification_type.natural_key(),
            self.calendar_event_type,
            self.offset_days,
            self.time_of_day,
        )


class NotificationEvent(models.Model):
    """One person's event, announced by one schedule, once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_events")
    # Long enough for the ids of every dose of a very full day.
    event_key = models.CharField(max_length=1000, null=True, blank=True)  # noqa: DJ001  (none: sent by staff)
    schedule = models.ForeignKey(NotificationSchedule, on_delete=models.PROTECT, null=True, blank=True)
    notification_type = models.ForeignKey(NotificationType, on_delete=models.PROTECT)
    instant_notification = models.ForeignKey(
        "InstantNotification",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="events",
        db_index=False,  # the unique index of staff messages begins with it
    )
    context = models.JSONField(default=dict, help_text="The event's fields, as texts.")
    notification_available_at = models.DateTimeField()
    notification_expires_at = models.DateTimeField()
    push_notification_sent_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When its owner first came by the link in its text."
    )
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When it was found that it is not true any more."
    )
    withdrawn_because = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            # What may be true again while it is of use.
            models.Index(
                fields=["notification_expires_at"], condition=Q(withdrawn_at__isnull=False), name="events_withdrawn"
            )
        ]
        constraints = [
            # Another date, after a correction, is another announcement.
            models.UniqueConstraint(
                "event_key", "schedule", KeyTextTransform("date", "context"), name="events_announced_once"
            ),
            models.UniqueConstraint(
                fields=["instant_notification", "user"],
                condition=Q(instant_notification__isnull=False),
                name="events_staff_message_once",
            ),
        ]

    def __str__(self) -> str:
        return gettext("notification %(number)s") % {"number": self.pk}


class InstantNotification(models.Model):
    """A message that staff send to chosen numbers, or to everybody whom a filter finds."""

    class State(models.TextChoices):
        DRAFT = "draft", "not sent yet"
        APPROVAL = "approval", "waiting for a second person"
        SCHEDULED = "scheduled", "waiting for its time"
        SENDING = "sending", "being handed to delivery"
        SENT = "sent", "handed to delivery"
        STOPPED = "stopped", "stopped by staff"

    class Repeats(models.TextChoices):
        NEVER = "", "once"
        WEEKLY = "week", "every week"
        MONTHLY = "month", "every month"

    notification_type = models.ForeignKey(NotificationType, on_delete=models.PROTECT)
    texts_from = models.ForeignKey(
        NotificationType,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="messages_by_it",
        db_index=False,
        help_text="The type whose texts it took over when it was confirmed: later changes of these are not its own.",
    )
    phone_numbers = ArrayField(models.CharField(max_length=16), default=list, blank=True)  # E.164 with its plus
    criteria = models.JSONField(null=True, blank=True, help_text="A filter of people; none: to the numbers.")
    # A row that the earlier HERA writes during an upgrade is one that it sends by itself.
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT, db_default=State.SENT)
    send_at = models.DateTimeField(null=True, blank=True, help_text="Empty: as soon as it is confirmed.")
    at_local_time = models.BooleanField("At this time of day where each mother lives", default=False, db_default=False)
    local_turns = models.JSONField(null=True, editable=False, help_text="The zones that have, or had, their turn.")
    repeats = models.CharField(
        max_length=5, choices=Repeats.choices, default=Repeats.NEVER, db_default=Repeats.NEVER, blank=True
    )
    repeats_until = models.DateField("Repeated until", null=True, blank=True)
    run_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, editable=False, related_name="runs", db_index=False
    )
    writers = ArrayField(
        models.IntegerField(),
        null=True,
        editable=False,
        help_text="The accounts that wrote it: none of them approves it.",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    reached_user_id = models.BigIntegerField(default=0, db_default=0, help_text="Everybody up to this id had her turn.")
    people_reached = models.PositiveIntegerField(default=0, db_default=0)
    people_withdrawn = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Reached, and taken back unsent when it was stopped."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    finished_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "staff message"
        constraints = [
            models.UniqueConstraint(fields=["run_of", "send_at"], name="events_one_run_a_time"),
        ]

    def __str__(self) -> str:
        return gettext("staff message %(number)s") % {"number": self.pk}
