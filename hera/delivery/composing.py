"""From a claimed message to what a provider is given: a person's language, targets and quiet hours."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from hera.core import clock, timezones
from hera.delivery import links, sealing, ways, withdrawing
from hera.delivery.channels.base import Browser, BrowserMessage, Outgoing, PushMessage, TextMessage
from hera.delivery.models import ChannelRole, Message
from hera.events.content import Asked, Content, Undeliverable, template_for
from hera.scheduling.still_true import Reason, Standing
from hera.texts import relative_days
from hera.texts.template_checks import variables_of
from hera.user_profile.models import ChannelOptOut, PushTarget, UserProfile, WebPushSubscription

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Manager

    from hera.events.models import NotificationTemplate

# Any constant will do: the keys only have to be the same at every try, and different for every message.
_NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")


@dataclass(frozen=True)
class Postponed:
    """Not now: it would come in the person's quiet hours."""

    until: dt.datetime


class Withdrawn(Exception):  # noqa: N818
    """It is not true any more, or she may not be told so."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Loaded(NamedTuple):
    """A message, the names under which its person's phones are registered, the channels she wants nothing by, what
    is left of what it tells, and her browsers where it goes to those."""

    message: Message
    push_targets: list[str]
    opted_out: list[str]
    stands: Standing
    browsers: tuple[Browser, ...] = ()


def load(message_ids: Iterable[int]) -> list[Loaded]:
    """Messages with what composing and sending them needs, in a fixed number of queries.

    A worker spends its time here: no column is read for nothing, what many share (a type) is read once, and of a
    person's rows only the one text that matters.
    """
    messages = list(
        Message.objects.filter(pk__in=message_ids)
        .select_related("event__user__profile")
        .prefetch_related("event__notification_type__templates", "event__schedule")
        .only(*_READ)
        .order_by("id")
    )
    people = {message.event.user_id for message in messages if message.event}
    targets = _by_person(PushTarget.objects, people, "external_id")
    opted_out = _by_person(ChannelOptOut.objects, people, "channel")
    browsers = _browsers(
        {message.event.user_id for message in messages if message.event and message.channel == ChannelRole.WEB_PUSH}
    )
    stands = withdrawing.standings([message.event_id for message in messages if message.event_id], clock.now())
    owners = [message.event.user_id if message.event else 0 for message in messages]
    return [
        Loaded(
            message,
            targets.get(owner, []),
            opted_out.get(owner, []),
            stands.get(message.event_id or 0) or Standing(None, {}),
            tuple(browsers[owner]) if message.channel == ChannelRole.WEB_PUSH else (),
        )
        for message, owner in zip(messages, owners, strict=True)
    ]


def _by_person(rows: Manager[Any], people: set[int], field: str) -> dict[int, list[str]]:
    found: defaultdict[int, list[str]] = defaultdict(list)
    for person, text in rows.filter(user__in=people).order_by("pk").values_list("user_id", field):
        found[person].append(text)
    return found


def _browsers(people: set[int]) -> defaultdict[int, list[Browser]]:
    found: defaultdict[int, list[Browser]] = defaultdict(list)
    if people:
        for one in WebPushSubscription.objects.filter(user__in=people).order_by("pk"):
            found[one.user_id].append(Browser(one.pk, one.endpoint, one.p256dh, one.auth))
    return found


_READ = (
    "purpose",
    "channel",
    "sealed_text",
    "attempts_made",
    "expires_at",
    "created_at",
    "counted_on",
    "event__context",
    "event__created_at",
    "event__notification_type",
    "event__schedule",
    "event__user__username",
    "event__user__is_active",
    "event__user__profile__language_code",
    "event__user__profile__timezone",
)


def wanted(loaded: Loaded, now: dt.datetime) -> TextMessage | Postponed | Asked:
    """What to hand to the provider, or the texts that it takes to know.

    Raises:
        Undeliverable: if there is nothing fit to be sent.
        Withdrawn: if it is not true any more, or she wants nothing by this channel.
    """
    message = loaded.message
    if message.event is None:
        return _code(message)
    event = message.event
    user = event.user
    if loaded.stands.reason is not None:
        raise Withdrawn(loaded.stands.reason)
    profile: UserProfile | None = getattr(user, "profile", None)
    if profile is None:
        raise Undeliverable("the person has no profile")
    if message.channel == ChannelRole.WEB_PUSH and not ways.has_web_push():  # switched off since it was queued
        raise Undeliverable("this environment sends no web push any more (HERA_WEB_PUSH_CHANNEL)")
    zone = timezones.effective(profile.timezone, user.username)
    if message.channel in loaded.opted_out:
        raise Withdrawn(Reason.OPTED_OUT)
    quiet_until = end_of_quiet_hours(now.astimezone(zone))
    if quiet_until is not None and quiet_until < message.expires_at:
        return Postponed(quiet_until)
    templates = list(event.notification_type.templates.all())
    return Asked(profile.language_code, templates, _with_link(loaded.stands.context, event.pk, templates))


def _with_link(
    context: Mapping[str, object], event_id: int, templates: Sequence[NotificationTemplate]
) -> Mapping[str, object]:
    if not links.is_used(templates):
        return context
    try:
        return {**context, "link": links.address_of(event_id)}
    except ValueError as problem:
        raise Undeliverable(str(problem)) from None


def compose(loaded: Loaded, content: Content) -> Outgoing:
    """What to hand to the provider, once its texts are known.

    Raises:
        Withdrawn: if it is about a day that is over.
    """
    message = loaded.message
    event = message.event
    assert event is not None
    user = event.user
    expires_at = _of_use_until(loaded, content)
    if expires_at <= clock.now():
        raise Withdrawn(Reason.DAY_OVER)
    if message.channel == ChannelRole.WEB_PUSH:
        return BrowserMessage(
            browsers=loaded.browsers,
            title=content.push_title,
            body=content.push_body,
            url=links.app_page(event.pk),
            idempotency_key=idempotency_key(message),
            expires_at=expires_at,
        )
    if message.channel != ChannelRole.PUSH:
        return TextMessage(user.username, content.as_text_message(), idempotency_key(message), expires_at)
    return PushMessage(
        # The number as E.164 first, then as typed at sign-in, and former numbers.
        external_ids=tuple(dict.fromkeys([user.username, *loaded.push_targets])),
        title=content.push_title,
        body=content.push_body,
        idempotency_key=idempotency_key(message),
        expires_at=expires_at,
        data={"notification_event_id": str(event.pk)},
    )


def _of_use_until(loaded: Loaded, content: Content) -> dt.datetime:
    """When it is of no use any more (UTC). A text that says today, or tomorrow, and no date is of use on its day only,
    however long its window is open."""
    message = loaded.message
    event = message.event
    assert event is not None
    said = f"{content.push_title} {content.push_body}"
    if event.schedule is None or not relative_days.named_in(said):
        return message.expires_at
    profile = event.user.profile
    template = template_for(profile.language_code, event.notification_type.templates.all())
    if "date" in variables_of(template.push_title) | variables_of(template.push_body):
        return message.expires_at
    day = dt.date.fromisoformat(event.context["date"]) + dt.timedelta(days=event.schedule.offset_days + 1)
    zone = timezones.effective(profile.timezone, event.user.username)
    return min(message.expires_at, timezones.instant(zone, day, dt.time()))


def _code(message: Message) -> TextMessage:
    sealed = sealing.unseal(message.sealed_text) if message.sealed_text else None
    if sealed is None:
        raise Undeliverable("its text was sealed with another secret key")
    return TextMessage(sealed.to, sealed.text, idempotency_key(message), message.expires_at)


def idempotency_key(message: Message) -> str:
    """The same for every try of one message, so that a retry after a lost answer is no second message.

    The instant of creation keeps apart what a database made anew numbers alike.
    """
    event = message.event
    subject = f"event-{event.pk}" if event else f"message-{message.pk}"
    made_at = (event or message).created_at.isoformat()
    return str(uuid.uuid5(_NAMESPACE, f"{settings.HERA.environment}/{message.channel}/{subject}/{made_at}"))


def end_of_quiet_hours(local: dt.datetime) -> dt.datetime | None:
    """When the quiet hours end that `local` lies in (UTC); None outside them."""
    if settings.HERA.quiet_hours is None:
        return None
    begin, end = settings.HERA.quiet_hours
    time = local.time()
    is_quiet = begin <= time < end if begin < end else time >= begin or time < end
    if not is_quiet:
        return None
    day = local.date() if time < end else local.date() + dt.timedelta(days=1)
    zone = local.tzinfo
    assert zone is not None
    return dt.datetime.combine(day, end, tzinfo=zone).astimezone(dt.UTC)
