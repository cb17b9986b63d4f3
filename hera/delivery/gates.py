"""One gate a channel, shared by all workers: its rate, and the circuit breaker that parks it.

A channel whose provider is down is parked: nothing is sent, nothing is lost, and no message uses up its tries.
When the time is over one message goes as a probe; its answer opens the gate, or parks the channel for longer.
Browsers choose their push services themselves, and whoever is signed in can make one up: that one of them is down says
nothing of the others, so web push is never parked. What a service does not take is tried again, less and less often.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction

from hera.core import clock
from hera.delivery.models import ChannelGate, ChannelRole

OF_MANY_PROVIDERS = frozenset({ChannelRole.WEB_PUSH})
FAILURES_THAT_PARK = 20  # in a row, whichever worker's: more than one batch's bad luck
FIRST_PARKING = dt.timedelta(seconds=15)
LONGEST_PARKING = dt.timedelta(minutes=5)
PROBE = dt.timedelta(seconds=45)  # a call takes 15 s at most; a probe not answered by then died with its worker
WAITING_FOR_PROBE = dt.timedelta(seconds=5)
# Turns are given out this far ahead. Messages beyond are put back, so that a claim never lapses while it waits.
HORIZON = dt.timedelta(seconds=30)


@dataclass(frozen=True)
class Admission:
    """The first `count` of the messages may go, one each `interval` from `starts_at`; the others ask again."""

    count: int
    starts_at: dt.datetime
    interval: dt.timedelta = dt.timedelta(0)
    again_at: dt.datetime | None = None
    reason: str = ""


def admit(channel: str, wanted: int, rate: int | None, *, codes: bool = False) -> Admission:
    """Ask for the turn of `wanted` messages at a channel that takes `rate` messages a second (None: any).

    Codes go before all others that were given a turn: these were promised no moment, and somebody waits for a code.
    """
    now = clock.now()
    if rate is None and not ChannelGate.objects.filter(channel=channel, parked_until__isnull=False).exists():
        return Admission(wanted, now)
    with transaction.atomic():
        ChannelGate.objects.bulk_create([ChannelGate(channel=channel)], ignore_conflicts=True)
        gate = ChannelGate.objects.select_for_update().get(channel=channel)
        _clip(gate, now)
        if gate.parked_until is not None:
            return _while_parked(gate, now)
        return Admission(wanted, now) if rate is None else _turns(gate, wanted, rate, now, codes=codes)


def _clip(gate: ChannelGate, now: dt.datetime) -> None:
    """Bring near what a clock that was ahead has stored: it would hold the channel up for as long as that was."""
    furthest = {
        "parked_until": LONGEST_PARKING,
        "probing_until": PROBE,
        "code_free_at": HORIZON,
        "next_free_at": 2 * HORIZON,  # codes have gone before
    }
    ahead = {name: now + most for name, most in furthest.items() if (getattr(gate, name) or now) > now + most}
    for name, latest in ahead.items():
        setattr(gate, name, latest)
    if ahead:
        gate.save(update_fields=list(ahead))


def _while_parked(gate: ChannelGate, now: dt.datetime) -> Admission:
    assert gate.parked_until is not None
    if gate.parked_until > now:
        return Admission(0, now, again_at=gate.parked_until, reason="the provider is down; the channel is parked")
    if gate.probing_until is not None and gate.probing_until > now:
        return Admission(0, now, again_at=now + WAITING_FOR_PROBE, reason="waiting for a probe of the provider")
    gate.probing_until = now + PROBE
    gate.save(update_fields=["probing_until"])
    return Admission(1, now, again_at=now + WAITING_FOR_PROBE, reason="waiting for a probe of the provider")


def _turns(gate: ChannelGate, wanted: int, rate: int, now: dt.datetime, *, codes: bool) -> Admission:
    free = max((gate.code_free_at if codes else gate.next_free_at) or now, now)
    count = max(0, min(wanted, int((HORIZON - (free - now)).total_seconds() * rate)))
    interval = dt.timedelta(seconds=1) / rate
    free_again = free + count * interval
    if codes:
        gate.code_free_at = free_again
        gate.next_free_at = max(gate.next_free_at or now, now) + count * interval  # the others make up for it
    else:
        gate.next_free_at = free_again
    gate.save(update_fields=["next_free_at", "code_free_at"])
    again_at = free_again if count < wanted else None
    return Admission(count, free, interval, again_at, "waiting for its turn at the channel's rate" if again_at else "")


def report(channel: str, *, working: int, down: int) -> None:
    """Tell what a batch's calls found: the provider working (whatever it answered), or down."""
    if working or channel in OF_MANY_PROVIDERS:
        ChannelGate.objects.filter(channel=channel).exclude(failures=0, parked_until=None).update(
            failures=0, parked_until=None, times_parked=0, probing_until=None
        )
    elif down:
        _count_failures(channel, down)


_PARKS = "(gate.failures + %(down)s >= %(limit)s AND coalesce(gate.parked_until < %(now)s, true))"


def _count_failures(channel: str, down: int) -> None:
    with connection.cursor() as cursor:
        # Parked already: only its probe can have come through, and parks it again. A late answer to a call that
        # was made before does not.
        cursor.execute(
            f"""
            INSERT INTO delivery_channelgate AS gate (channel, failures, times_parked, parked_until)
            VALUES (%(channel)s, %(down)s, %(parks_now)s::int,
                CASE WHEN %(parks_now)s THEN %(now)s + make_interval(secs => %(first)s) END)
            ON CONFLICT (channel) DO UPDATE SET
                failures = gate.failures + %(down)s,
                times_parked = gate.times_parked + CASE WHEN {_PARKS} THEN 1 ELSE 0 END,
                parked_until = CASE WHEN {_PARKS}
                    THEN %(now)s
                        + make_interval(secs => least(%(first)s * 2 ^ least(gate.times_parked, 10), %(longest)s))
                    ELSE gate.parked_until END,
                probing_until = CASE WHEN {_PARKS} THEN NULL ELSE gate.probing_until END
            """,  # noqa: S608  (a constant)
            {
                "channel": channel,
                "down": down,
                "parks_now": down >= FAILURES_THAT_PARK,
                "limit": FAILURES_THAT_PARK,
                "now": clock.now(),
                "first": FIRST_PARKING.total_seconds(),
                "longest": LONGEST_PARKING.total_seconds(),
            },
        )
