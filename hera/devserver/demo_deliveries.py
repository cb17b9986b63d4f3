"""What became of the demo country's messages: the worker's own steps around a call that nobody makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from hera.core import clock
from hera.delivery import claims, composing
from hera.delivery.claims import Verdict
from hera.delivery.models import OPEN_STATES, Attempt, ChannelRole, Message, State
from hera.events.content import Undeliverable

if TYPE_CHECKING:
    import datetime as dt

    from hera.delivery.composing import Loaded

# Of how many messages one is refused, and one finds no worker in time. They are counted, so that each kind occurs.
_REFUSED, _EXPIRES = 13, 17
_LEFT = 5
_REFUSALS = (
    "All included players are not subscribed",
    "The phone is registered for push no more",
    "Notification content must not be null for any languages",
)


class Deliveries:
    """A worker that pretends to have called the provider of pushes."""

    def __init__(self) -> None:
        self._due = 0
        self._sent = 0

    def deliver(self, *, leaves_some: bool) -> list[int]:
        """End what is out of time, and what is due, if need be but for some; returns the people whom it reached."""
        claims.expire()
        now = clock.now()
        due = Message.objects.filter(state__in=OPEN_STATES, not_before__lte=now, expires_at__gte=now)
        ids = list(due.order_by("pk").values_list("pk", flat=True))
        first, self._due = self._due, self._due + len(ids)
        wanted = [pk for number, pk in enumerate(ids, start=first) if not leaves_some or number % _EXPIRES != _LEFT]
        if not wanted:
            return []
        claimed, until = claims.claim(wanted)
        verdicts: list[Verdict] = []
        sent: list[Loaded] = []
        for loaded in composing.load(claimed):
            try:
                found = composing.wanted(loaded, now)
            except Undeliverable as reason:
                verdicts.append(Verdict(loaded.message.pk, State.UNDELIVERABLE, str(reason)))
            except composing.Withdrawn as found_out:
                verdicts.append(claims.withdrawn(loaded.message.pk, found_out.reason))
            else:
                if isinstance(found, composing.Postponed):
                    verdicts.append(Verdict(loaded.message.pk, State.RETRYING, "quiet hours", found.until))
                else:
                    sent.append(loaded)
        kind = settings.CHANNELS.kind_for(ChannelRole.PUSH)
        begun = claims.begin({loaded.message.pk: kind for loaded in sent}, until)
        sent = [loaded for loaded in sent if loaded.message.pk in begun.attempts]
        attempts = [begun.attempts[loaded.message.pk] for loaded in sent]
        outcomes = [_verdict(attempt, self._sent + place, now) for place, attempt in enumerate(attempts)]
        self._sent += len(attempts)
        claims.record([*verdicts, *outcomes], until)
        return [
            loaded.message.event.user_id
            for loaded, verdict in zip(sent, outcomes, strict=True)
            if loaded.message.event and verdict.state == State.DELIVERED
        ]


def _verdict(attempt: Attempt, number: int, now: dt.datetime) -> Verdict:
    attempt.finished_at = now
    if number % _REFUSED:
        attempt.outcome, attempt.status_code = Attempt.Outcome.ACCEPTED, 200
        return Verdict(attempt.message_id, State.DELIVERED, attempt=attempt)
    reason = _REFUSALS[number // _REFUSED % len(_REFUSALS)]
    attempt.outcome, attempt.status_code, attempt.error = Attempt.Outcome.REFUSED, 400, reason
    return Verdict(attempt.message_id, State.FAILED, reason, attempt=attempt)
