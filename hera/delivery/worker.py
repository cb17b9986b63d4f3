"""Sending a batch: claim, compose, send side by side, record.

Between these steps the process may be killed at any instruction. Before the claim, nothing has happened; after
it, the claim lapses and another worker sends again, with the same idempotency key.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections, connection

from hera.core import clock
from hera.delivery import claims, composing, gates, retry, text_gate
from hera.delivery.channels import registry
from hera.delivery.channels.base import (
    REQUESTS_AT_ONCE,
    Accepted,
    BrowserMessage,
    Channel,
    ChoosesNumbers,
    Outgoing,
    Refused,
    Result,
    TextMessage,
    TryAgain,
)
from hera.delivery.claims import Verdict
from hera.delivery.composing import Loaded
from hera.delivery.models import Attempt, Message, State
from hera.events.content import Asked, Content, Undeliverable, contents_for
from hera.scheduling.still_true import Reason
from hera.texts.rendering import NoTimeToRender
from hera.user_profile import web_push

log = logging.getLogger(__name__)
P = ParamSpec("P")
R = TypeVar("R")

# No send begins with less than this left of the claim: it could end after another worker has taken over.
MARGIN = dt.timedelta(seconds=20)
RENDERED_LATER = dt.timedelta(seconds=5)
TOO_SLOW = TryAgain("this worker was too slow to begin within its claim")


class Channels:
    """The open channels of one worker process, kept from batch to batch."""

    def __init__(self) -> None:
        self._open: dict[str, Channel] = {}
        self.in_flight = asyncio.Semaphore(REQUESTS_AT_ONCE)

    def for_role(self, role: str) -> Channel:
        if role not in self._open:
            self._open[role] = registry.open_channel(role, settings.CHANNELS)
        return self._open[role]

    async def aclose(self) -> None:
        for channel in self._open.values():
            await channel.aclose()
        self._open.clear()


@dataclass(frozen=True)
class NotBegun:
    """It was not handed over: it is not true any more, her number or browser is another, or somebody else has it."""

    reason: Reason | None
    is_moved: bool = False


class _Beginner:
    """Begins messages at the last moment before they are handed over, those that are ready together in one go."""

    def __init__(
        self,
        kinds: Mapping[int, str],
        numbers: Mapping[int, str],
        browsers: Mapping[int, Sequence[int]],
        claimed_until: dt.datetime,
    ) -> None:
        self._kinds = kinds
        self._numbers = numbers
        self._browsers = browsers
        self._claimed_until = claimed_until
        self._ready: dict[int, asyncio.Future[Attempt | NotBegun]] = {}
        self._running: asyncio.Task[None] | None = None

    async def begin(self, message_id: int) -> Attempt | NotBegun:
        """The attempt to hand over this message, or why there is none."""
        answer: asyncio.Future[Attempt | NotBegun] = asyncio.get_running_loop().create_future()
        self._ready[message_id] = answer
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        while self._ready:
            ready, self._ready = self._ready, {}
            try:
                kinds = {pk: self._kinds[pk] for pk in ready}
                numbers = {pk: self._numbers[pk] for pk in ready if pk in self._numbers}
                browsers = {pk: self._browsers[pk] for pk in ready if pk in self._browsers}
                begun = await _in_thread(claims.begin)(kinds, self._claimed_until, numbers, browsers)
            except Exception as problem:  # noqa: BLE001  (each message that waits for it says so)
                for answer in ready.values():
                    answer.set_exception(problem)
                continue
            for pk, answer in ready.items():
                answer.set_result(begun.attempts.get(pk) or NotBegun(begun.withdrawn.get(pk), pk in begun.moved))
        self._running = None


@dataclass
class _Sending:
    """A message on its way to its provider."""

    message: Message
    content: Outgoing
    not_before: dt.datetime
    attempt: Attempt | None = None


async def send_batch(message_ids: Sequence[int], channels: Channels) -> None:
    """Send those of these messages that are open and due. Which they are is decided by the claim."""
    claimed, claimed_until = await _in_thread(claims.claim)(message_ids)
    if not claimed:
        return
    wanted, verdicts = await _in_thread(_look_at)(claimed)
    # Not in the thread of the database: codes are claimed there meanwhile.
    texts = await asyncio.to_thread(contents_for, [asked for _, asked in wanted if isinstance(asked, Asked)])
    composed = _compose(wanted, texts, verdicts)
    reachable, unreachable = _reachable(composed, channels)
    admitted, held = await _in_thread(text_gate.admit)(reachable)
    sendings, put_back = await _in_thread(_admit)(admitted)
    kinds = {sending.message.pk: channels.for_role(sending.message.channel).kind for sending in sendings}
    numbers = {
        sending.message.pk: sending.content.to for sending in sendings if isinstance(sending.content, TextMessage)
    }
    browsers = {
        sending.message.pk: [browser.id for browser in sending.content.browsers]
        for sending in sendings
        if isinstance(sending.content, BrowserMessage)
    }
    beginner = _Beginner(kinds, numbers, browsers, claimed_until)

    async def send(sending: _Sending) -> Result | NotBegun:
        await asyncio.sleep(max(0.0, (sending.not_before - clock.now()).total_seconds()))
        async with channels.in_flight:
            if clock.now() > claimed_until - MARGIN:
                return TOO_SLOW
            begun = await beginner.begin(sending.message.pk)
            if isinstance(begun, NotBegun):
                return begun
            sending.attempt = begun
            return await channels.for_role(sending.message.channel).send(sending.content)

    results = await asyncio.gather(*map(send, sendings), return_exceptions=True)
    confirming = {role: channels.for_role(role).confirms for role in {sending.message.channel for sending in sendings}}
    verdicts += [*unreachable, *held, *put_back]
    verdicts += [
        verdict
        for sending, result in zip(sendings, results, strict=True)
        if (verdict := _verdict(sending, result, confirms=confirming[sending.message.channel]))
    ]
    unpaid = _unpaid(admitted, put_back, sendings, results)
    await _in_thread(_record)(verdicts, claimed_until, sendings, results, unpaid)


def _reachable(
    composed: list[tuple[Message, Outgoing]], channels: Channels
) -> tuple[list[tuple[Message, Outgoing]], list[Verdict]]:
    """What its channel can send as it is set up, and the verdicts on the rest."""
    reachable: list[tuple[Message, Outgoing]] = []
    verdicts: list[Verdict] = []
    for message, content in composed:
        channel = channels.for_role(message.channel)
        reason = ""
        if isinstance(content, TextMessage) and isinstance(channel, ChoosesNumbers):
            reason = channel.cannot_reach(content.to)
        if reason:
            verdicts.append(Verdict(message.pk, State.UNDELIVERABLE, reason))
        else:
            reachable.append((message, content))
    return reachable, verdicts


def _admit(composed: list[tuple[Message, Outgoing]]) -> tuple[list[_Sending], list[Verdict]]:
    """Which messages may go now, and when; the others are put back into the queue, with no try used up."""
    lanes: defaultdict[tuple[str, bool], list[tuple[Message, Outgoing]]] = defaultdict(list)
    for message, content in composed:
        lanes[message.channel, message.is_code].append((message, content))
    sendings: list[_Sending] = []
    put_back: list[Verdict] = []
    for (channel, codes), messages in lanes.items():
        admission = gates.admit(channel, len(messages), settings.CHANNELS.rates[channel], codes=codes)
        sendings += [
            _Sending(message, content, admission.starts_at + number * admission.interval)
            for number, (message, content) in enumerate(messages[: admission.count])
        ]
        put_back += [
            Verdict(message.pk, State.QUEUED, admission.reason, admission.again_at)
            for message, _ in messages[admission.count :]
        ]
    return sendings, put_back


def _unpaid(
    admitted: list[tuple[Message, Outgoing]],
    put_back: list[Verdict],
    sendings: list[_Sending],
    results: list[Result | NotBegun | BaseException],
) -> dict[int, str]:
    """The texts for which nothing is to be paid, with their numbers: not handed over in the end, or refused."""
    back = {verdict.message_id for verdict in put_back}
    back |= {
        sending.message.pk
        for sending, result in zip(sendings, results, strict=True)
        if result is TOO_SLOW or isinstance(result, Refused | NotBegun)
    }
    return {
        message.pk: content.to
        for message, content in admitted
        if message.pk in back and isinstance(content, TextMessage)
    }


def _record(
    verdicts: list[Verdict],
    claimed_until: dt.datetime,
    sendings: list[_Sending],
    results: list[Result | NotBegun | BaseException],
    unpaid: dict[int, str],
) -> None:
    text_gate.give_back(unpaid, claimed_until)
    # Before what is next is decided: who has no other browser is sent it another way.
    gone = [one for result in results if isinstance(result, Accepted | TryAgain | Refused) for one in result.gone]
    if gone:
        web_push.remove_gone(gone)
    claims.record(verdicts, claimed_until)
    for channel in {sending.message.channel for sending in sendings}:
        of_channel = [
            result
            for sending, result in zip(sendings, results, strict=True)
            if sending.message.channel == channel and not isinstance(result, NotBegun)
        ]
        down = sum(_is_down(result) for result in of_channel)
        gates.report(channel, working=len(of_channel) - down, down=down)


def _is_down(result: Result | NotBegun | BaseException) -> bool:
    """No answer, or one that says that the provider itself has a problem; 429 is an answer to us."""
    if result is TOO_SLOW:
        return False  # nobody was called
    return isinstance(result, TryAgain) and (
        result.status_code is None or result.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _look_at(message_ids: Sequence[int]) -> tuple[list[tuple[Loaded, TextMessage | Asked]], list[Verdict]]:
    """What is to be sent, or which texts it takes to know; and the verdicts on what cannot or need not be sent now."""
    now = clock.now()
    wanted: list[tuple[Loaded, TextMessage | Asked]] = []
    verdicts: list[Verdict] = []
    for loaded in composing.load(message_ids):
        message = loaded.message
        try:
            found = composing.wanted(loaded, now)
        except Undeliverable as reason:
            verdicts.append(Verdict(message.pk, State.UNDELIVERABLE, str(reason)))
        except composing.Withdrawn as found_out:
            verdicts.append(claims.withdrawn(message.pk, found_out.reason))
        except Exception as problem:
            # A defect of ours must not hold up the others; after its mend the message may still go out.
            log.exception("message %s could not be composed", message.pk)
            later = now + retry.LONGEST_WAIT
            verdicts.append(Verdict(message.pk, State.RETRYING, f"internal error: {type(problem).__name__}", later))
        else:
            if isinstance(found, composing.Postponed):
                verdicts.append(Verdict(message.pk, State.RETRYING, "quiet hours", found.until))
            else:
                wanted.append((loaded, found))
    return wanted, verdicts


def _compose(
    wanted: Sequence[tuple[Loaded, TextMessage | Asked]],
    texts: Sequence[Content | Undeliverable | NoTimeToRender],
    verdicts: list[Verdict],
) -> list[tuple[Message, Outgoing]]:
    """What to send, with its texts; `verdicts` gets those on what has none."""
    rendered = iter(texts)
    outgoing: list[tuple[Message, Outgoing]] = []
    for loaded, found in wanted:
        message = loaded.message
        if isinstance(found, TextMessage):
            outgoing.append((message, found))
            continue
        match next(rendered):
            case Content() as content:
                try:
                    outgoing.append((message, composing.compose(loaded, content)))
                except composing.Withdrawn as found_out:
                    verdicts.append(claims.withdrawn(message.pk, found_out.reason))
            case Undeliverable() as reason:
                verdicts.append(Verdict(message.pk, State.UNDELIVERABLE, str(reason)))
            case NoTimeToRender() as reason:
                verdicts.append(Verdict(message.pk, State.QUEUED, str(reason), clock.now() + RENDERED_LATER))
    return outgoing


def _verdict(sending: _Sending, result: Result | NotBegun | BaseException, *, confirms: bool) -> Verdict | None:
    """What becomes of a message; None if that is somebody else's to say."""
    message, attempt = sending.message, sending.attempt
    if isinstance(result, NotBegun):
        return _verdict_on_not_begun(message.pk, result)
    if isinstance(result, BaseException):
        log.error("message %s: the channel raised", message.pk, exc_info=result)
        result = TryAgain(f"internal error: {type(result).__name__}")
    if attempt is None:  # nobody was called
        return Verdict(message.pk, State.RETRYING, _error_of(result), clock.now() + retry.wait_after(1, None))
    now = clock.now()
    attempt.finished_at = now
    attempt.status_code = result.status_code
    match result:
        case Accepted():
            attempt.outcome = Attempt.Outcome.ACCEPTED
            attempt.provider_message_id = result.provider_message_id[:255]
            return Verdict(
                message.pk,
                State.SENT if confirms else State.DELIVERED,
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


def _verdict_on_not_begun(message_id: int, result: NotBegun) -> Verdict | None:
    if result.is_moved:  # it is composed anew, for the number of now
        return Verdict(message_id, State.QUEUED, claims.MOVED, clock.now())
    return claims.withdrawn(message_id, result.reason) if result.reason else None


def _error_of(result: Result) -> str:
    return "" if isinstance(result, Accepted) else result.error


def _in_thread(step: Callable[P, R]) -> Callable[P, asyncio.Future[R]]:
    """A database step, off the event loop, on a connection that is looked at first."""

    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        if not connection.in_atomic_block:
            close_old_connections()
        return step(*args, **kwargs)

    return sync_to_async(run)  # type: ignore[return-value]
