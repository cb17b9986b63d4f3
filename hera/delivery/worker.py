"""Sending a batch: claim, compose, send side by side, record.

Between these steps the process may be killed at any instruction. Before the claim, nothing has happened; after
it, the claim lapses and another worker sends again, with the same idempotency key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection

from hera.core import clock
from hera.delivery import claims, composing, retry
from hera.delivery.channels import registry
from hera.delivery.channels.base import Accepted, Channel, Outgoing, Refused, Result, TryAgain
from hera.delivery.claims import Verdict
from hera.delivery.models import Attempt, State
from hera.events.content import Undeliverable

if TYPE_CHECKING:
    from hera.delivery.models import Message

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

REQUESTS_AT_ONCE = 32
# No send begins with less than this left of the claim: it could end after another worker has taken over.
MARGIN = dt.timedelta(seconds=20)


class Channels:
    """The open channels of one worker process, kept from batch to batch."""

    def __init__(self) -> None:
        self._open: dict[str, Channel] = {}

    def for_role(self, role: str) -> Channel:
        kind = settings.CHANNELS.kind_for(role)
        if kind not in self._open:
            self._open[kind] = registry.open_channel(kind, settings.CHANNELS)
        return self._open[kind]

    async def aclose(self) -> None:
        for channel in self._open.values():
            await channel.aclose()
        self._open.clear()


async def send_batch(message_ids: Sequence[int], channels: Channels) -> None:
    """Send those of these messages that are open and due. Which they are is decided by the claim."""
    claimed, claimed_until = await _in_thread(claims.claim)(message_ids)
    if not claimed:
        return
    outgoing, verdicts = await _in_thread(_compose)(claimed)
    kinds = [channels.for_role(message.channel).kind for message, _ in outgoing]
    attempts = await _in_thread(claims.begin_attempts)([message.pk for message, _ in outgoing], kinds)
    in_flight = asyncio.Semaphore(REQUESTS_AT_ONCE)

    async def send(message: Message, content: Outgoing) -> Result:
        async with in_flight:
            if clock.now() > claimed_until - MARGIN:
                return TryAgain("this worker was too slow to begin within its claim")
            return await channels.for_role(message.channel).send(content)

    results = await asyncio.gather(*(send(*pair) for pair in outgoing), return_exceptions=True)
    verdicts += [
        _verdict(message, attempt, result)
        for (message, _), attempt, result in zip(outgoing, attempts, results, strict=True)
    ]
    await _in_thread(claims.record)(verdicts, claimed_until)


def _compose(message_ids: Sequence[int]) -> tuple[list[tuple[Message, Outgoing]], list[Verdict]]:
    """What to send, and the verdicts on what cannot or need not be sent now."""
    now = clock.now()
    outgoing: list[tuple[Message, Outgoing]] = []
    verdicts: list[Verdict] = []
    for message in composing.load(message_ids):
        try:
            content = composing.compose(message, now)
        except Undeliverable as reason:
            verdicts.append(Verdict(message.pk, State.UNDELIVERABLE, str(reason)))
        except Exception as problem:
            # A defect of ours must not hold up the others; after its mend the message may still go out.
            log.exception("message %s could not be composed", message.pk)
            later = now + retry.LONGEST_WAIT
            verdicts.append(Verdict(message.pk, State.RETRYING, f"internal error: {problem!r}", later))
        else:
            if isinstance(content, composing.Postponed):
                verdicts.append(Verdict(message.pk, State.RETRYING, "quiet hours", content.until))
            else:
                outgoing.append((message, content))
    return outgoing, verdicts


def _verdict(message: Message, attempt: Attempt, result: Result | BaseException) -> Verdict:
    if isinstance(result, BaseException):
        log.error("message %s: the channel raised", message.pk, exc_info=result)
        result = TryAgain(f"internal error: {result!r}")
    now = clock.now()
    attempt.finished_at = now
    attempt.status_code = result.status_code
    match result:
        case Accepted():
            attempt.outcome = Attempt.Outcome.ACCEPTED
            attempt.provider_message_id = result.provider_message_id[:255]
            return Verdict(
                message.pk,
                State.DELIVERED,
                provider_message_id=result.provider_message_id,
                attempt=attempt,
            )
        case Refused():
            attempt.outcome, attempt.error = Attempt.Outcome.REFUSED, result.error[:255]
            return Verdict(message.pk, State.FAILED, result.error, attempt=attempt)
        case TryAgain():
            attempt.outcome, attempt.error = Attempt.Outcome.TO_RETRY, result.error[:255]
            next_try = now + retry.wait_after(message.attempts_made + 1, result.retry_after)
            if next_try > message.expires_at:
                return Verdict(message.pk, State.EXPIRED, result.error, attempt=attempt)
            return Verdict(message.pk, State.RETRYING, result.error, next_try, attempt=attempt)


def _in_thread(step: Callable[P, R]) -> Callable[P, asyncio.Future[R]]:
    """A database step, off the event loop, on a connection that is looked at first."""

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            close_old_connections()
        return step(*args, **kwargs)

    return sync_to_async(run)  # type: ignore[return-value]
