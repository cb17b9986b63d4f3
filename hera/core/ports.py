"""What the left side of the house hands to the right side, by name.

Data flows one way: facts, calendar, due, event, delivery, provider. Sign-in and events end in something to
deliver, and what staff do is written down, but who does either must not know how; the settings name the modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from django.http import HttpRequest


class Outbox(Protocol):
    """Takes over messages inside the caller's transaction: they are kept if, and only if, it commits."""

    def enqueue_notifications(self, event_ids: Sequence[int]) -> None:
        """Queue the delivery of committed-to-be NotificationEvents."""

    def oldest_waiting(self) -> dt.timedelta | None:
        """For how long the oldest message that could be sent now has been waiting; None if none is."""

    def enqueue_code(self, *, purpose: str, to: str, text: str, expires_at: dt.datetime) -> None:
        """Queue a text message with a one-time code; its text is kept sealed until it is sent.

        Every code, for whatever purpose, is counted against the day's caps here.

        Raises:
            LimitReached: if the number, the purpose, the calling code or the day has had all that the settings allow,
                or if this purpose waits for the next day or month.
        """

    def enqueue_texts(self, *, purpose: str, texts: Mapping[str, str], expires_at: dt.datetime) -> dict[str, int]:
        """Queue text messages to many, given by number; kept sealed, and behind the codes; returns their ids."""


def outbox() -> Outbox:
    """The outbox that the setting HERA_OUTBOX names."""
    return cast("Outbox", import_string(settings.HERA_OUTBOX))


class Announcements(Protocol):
    """What people were told, or are about to be told, of the facts."""

    def look_again(self, user_ids: Sequence[int]) -> None:
        """Facts of these people have changed, in the caller's transaction: withdraw what is no longer true of what is
        on its way, and what waits for an answer; bring back what is true again and still of use."""

    def programme_changed(self) -> None:
        """Staff have changed what is given to everybody, in the caller's transaction: once it commits, the worker looks
        again at what waits for an answer. Of what is on its way it is asked when it is sent."""


def announcements() -> Announcements:
    """The module that the setting HERA_ANNOUNCEMENTS names."""
    return cast("Announcements", import_module(settings.HERA_ANNOUNCEMENTS))


class Action(models.TextChoices):
    """What a member of staff did, as the audit trail names it."""

    SIGN_IN = "sign_in", "signed in"
    VIEW = "view", "looked at"
    ADD = "add", "added"
    CHANGE = "change", "changed"
    DELETE = "delete", "deleted"
    EXPORT = "export", "exported"
    MESSAGE = "message", "sent a message"


class AuditTrail(Protocol):
    """Keeps who of the staff did what."""

    def record(
        self, request: HttpRequest, action: Action, *, about: str = "", person: int | None = None, **detail: Any
    ) -> None:
        """Note what this member of staff does to `about`; `person` is the id of the person whose record it is.

        Of `criteria` (field: what was typed) the fields are kept, and keyed hashes.
        """

    def record_of(self, actor: str, action: Action, *, about: str, **detail: Any) -> None:
        """Note what was done by nobody who is signed in: by a command (`core.operator.name`), or by HERA itself."""

    def record_change(
        self, request: HttpRequest, *, about: str, person: int, values: Mapping[str, tuple[Any, Any]]
    ) -> None:
        """Note a change with the old and new value of each field; they go with the person, and are kept for 30 days."""

    def record_all(
        self, request: HttpRequest, action: Action, done: Iterable[tuple[str, int | None, dict[str, Any]]]
    ) -> Sequence[models.Model]:
        """Note several things done at once: of each `about`, `person` and the detail."""

    def asked(self, criteria: Mapping[str, Any] | None) -> dict[str, str]:
        """Criteria without what was typed: each field with a keyed hash of it."""

    def problems(self) -> list[str]:
        """What is wrong with the trail, each with its mend; empty if all is well."""

    def notes(self) -> list[str]:
        """What should be better about it, each with its mend."""


def audit_trail() -> AuditTrail:
    """The trail that the setting HERA_AUDIT_TRAIL names."""
    return cast("AuditTrail", import_string(settings.HERA_AUDIT_TRAIL))
