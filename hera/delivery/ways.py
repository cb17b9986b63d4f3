"""By which ways a person can be reached without a text, a phone with the app or a browser, and in which order.

A push goes to the phone app first, then to her browsers, then as a text where its type says so. Who has no phone app
signed in and has a browser gets it there first. What is refused for good went nowhere, so that the next way is taken
at once; what was accepted and stays unread waits for its type's time (`fallbacks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import connection

from hera.api.sessions import PAGE
from hera.delivery.models import ChannelRole
from hera.delivery.queueing import queue_sql

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.contrib.auth.models import User

# Conditions on `person`, a row of auth_user. Browsers call themselves Mozilla, each of them; no phone app does.
_BROWSERS = "(SELECT count(*) FROM user_profile_webpushsubscription browser WHERE browser.user_id = person.id)"
_HAS_APP = f"""(EXISTS (
        SELECT FROM api_phonesession phone WHERE phone.user_id = person.id
            AND NOT starts_with(phone.agent, 'Mozilla/') AND phone.agent <> '{PAGE}'
    ) OR EXISTS (SELECT FROM authtoken_token earlier WHERE earlier.user_id = person.id))"""  # noqa: S608
_MUTED = """EXISTS (
        SELECT FROM user_profile_channeloptout muted WHERE muted.user_id = person.id AND muted.channel = '{}'
    )"""
_BY_BROWSER = f"""(EXISTS (SELECT FROM user_profile_webpushsubscription browser WHERE browser.user_id = person.id)
    AND NOT {_MUTED.format("web_push")})"""


def first_sql() -> str:
    """The channel of a first message to `person`, as SQL: `push` or `web_push`."""
    if not has_web_push():
        return "'push'"
    by_app = f"({_HAS_APP} AND NOT {_MUTED.format('push')})"
    return f"CASE WHEN {_BY_BROWSER} AND NOT {by_app} THEN 'web_push' ELSE 'push' END"


def browser_sql() -> str:
    """Whether `person` can be reached by a browser, as SQL."""
    return _BY_BROWSER if has_web_push() else "false"


def has_web_push() -> bool:
    """Whether this environment sends web push."""
    return settings.CHANNELS.kind_for(ChannelRole.WEB_PUSH) != "none"


def queue_next(event_ids: Sequence[int], now: dt.datetime) -> dict[dt.datetime, list[int]]:
    """Queue the other of push and web push for events of which the one was refused for good, in the caller's
    transaction; returns the new messages by when they may go. None where she has no other way, or something is on its
    way or arrived."""
    if not event_ids or not has_web_push():
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"ids": list(event_ids), "now": now})
        return dict(cursor.fetchall())


_NEXT = queue_sql(
    "other.channel",
    f"""
        events_notificationevent event
        JOIN auth_user person ON person.id = event.user_id
        CROSS JOIN (VALUES ('push'), ('web_push')) other(channel)
        WHERE event.id = ANY(%(ids)s) AND event.withdrawn_at IS NULL AND event.read_at IS NULL
            AND event.notification_expires_at > %(now)s
            AND CASE other.channel WHEN 'web_push' THEN {_BY_BROWSER} ELSE NOT {_MUTED.format("push")} END
            AND NOT EXISTS (
                SELECT FROM delivery_message there WHERE there.event_id = event.id
                    AND (there.channel = other.channel OR there.state <> 'failed')
            )
    """,
)


class Way(NamedTuple):
    """A way to reach a person. `browsers` is how many she has, of web push."""

    channel: str
    is_muted: bool
    browsers: int = 0


def ways_of(user: User) -> list[Way]:
    """The ways that a person has, in the order in which they are taken; one statement. The last is a text, on the
    channel that a type says."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {first_sql()}, {_BROWSERS},
                (SELECT coalesce(array_agg(channel), '{{}}') FROM user_profile_channeloptout WHERE user_id = person.id)
            FROM auth_user person WHERE id = %s
            """,  # noqa: S608  (constants of ours)
            [user.pk],
        )
        first, browsers, muted = cursor.fetchone()
    order = [ChannelRole.PUSH, ChannelRole.WEB_PUSH]
    if first == ChannelRole.WEB_PUSH:
        order.reverse()
    has = [role for role in order if role == ChannelRole.PUSH or (browsers and has_web_push())]
    texts = [role for role in (ChannelRole.WHATSAPP, ChannelRole.SMS) if settings.CHANNELS.kind_for(role) != "none"]
    return [Way(role.value, role in muted, browsers if role == ChannelRole.WEB_PUSH else 0) for role in [*has, *texts]]
