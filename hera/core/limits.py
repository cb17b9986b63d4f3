"""Limits that all processes share."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from hera.core import clock
from hera.core.models import RateLimitBucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest


_SKEW = dt.timedelta(minutes=1)  # by which clocks of processes may differ; what is stored further ahead is a mistake


@dataclass(frozen=True)
class Limit:
    """At most `hits` in `period`, counted from the first of them."""

    scope: str
    hits: int
    period: dt.timedelta


@dataclass(frozen=True)
class Steps:
    """Waits that grow: after the n-th request in `memory`, counted from the first, the next waits for `waits[n-1]`.

    The last wait is the longest that there is, and a request that is refused makes nothing longer: who asks in
    somebody else's name can slow her down by that much, and no more.
    """

    scope: str
    waits: tuple[dt.timedelta, ...]
    memory: dt.timedelta


class LimitReached(Exception):  # noqa: N818
    """Too many requests; `retry_after` is in whole seconds.

    `says` is for whoever asked, where that it was too often would not be true of her.
    """

    def __init__(self, retry_after: int, says: str = "") -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after
        self.says = says


def spend(limit: Limit, subject: str) -> None:
    """Count one request of `subject` against `limit`, in one statement and whatever else runs.

    Raises:
        LimitReached: if this request is over the limit.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_ratelimitbucket AS bucket (key, started_at, expires_at, hits)
            VALUES (%(key)s, %(now)s, %(end)s, 1)
            ON CONFLICT (key) DO UPDATE SET
                hits = CASE WHEN bucket.expires_at <= %(now)s THEN 1 ELSE bucket.hits + 1 END,
                started_at = CASE WHEN bucket.expires_at <= %(now)s THEN %(now)s ELSE bucket.started_at END,
                -- A clock that was ahead for a moment must not leave a limit that lasts for weeks.
                expires_at = CASE WHEN bucket.expires_at <= %(now)s THEN %(end)s
                    ELSE least(bucket.expires_at, %(end)s) END
            RETURNING hits, expires_at
            """,
            {"key": _key(limit, subject), "now": now, "end": now + limit.period},
        )
        hits, expires_at = cursor.fetchone()
    if hits > limit.hits:
        raise LimitReached(max(1, int((expires_at - now).total_seconds()) + 1))


def step(steps: Steps, subject: str) -> None:
    """Count one request of `subject`, if the wait after its last is over; in one statement and whatever else runs.

    Raises:
        LimitReached: if it has to wait. Such a request is not counted.
    """
    now, key = clock.now(), _key(steps, subject)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_ratelimitbucket AS bucket (key, started_at, expires_at, hits)
            VALUES (%(key)s, %(now)s, %(end)s, 1)
            ON CONFLICT (key) DO UPDATE SET
                hits = CASE WHEN bucket.expires_at <= %(now)s THEN 1 ELSE bucket.hits + 1 END,
                -- Whoever waited for the row here may have looked at its clock before the one that held it: of two
                -- clocks that are nearly together the later one counts, so that no wait ends in the past.
                started_at = CASE WHEN bucket.started_at > %(ahead)s THEN %(now)s
                    ELSE greatest(bucket.started_at, %(now)s) END,
                expires_at = CASE WHEN bucket.expires_at <= %(now)s THEN %(end)s
                    ELSE least(bucket.expires_at, %(end)s) END
            WHERE bucket.expires_at <= %(now)s
                OR bucket.started_at > %(ahead)s
                OR bucket.started_at + (%(waits)s::interval[])[least(bucket.hits, %(longest)s)]
                    <= greatest(bucket.started_at, %(now)s)
            RETURNING hits
            """,
            {
                "key": key,
                "now": now,
                "end": now + steps.memory,
                "ahead": now + _SKEW,
                "waits": list(steps.waits),
                "longest": len(steps.waits),
            },
        )
        if cursor.fetchone() is not None:
            return
        cursor.execute("SELECT hits, started_at FROM core_ratelimitbucket WHERE key = %s", [key])
        hits, latest = cursor.fetchone() or (1, now)
    wait = steps.waits[min(hits, len(steps.waits)) - 1]
    raise LimitReached(max(1, int((latest + wait - now).total_seconds()) + 1))


def spent(limit: Limit, subject: str) -> int:
    """How much of the limit is used in the period that runs."""
    running = _running(limit).filter(key=_key(limit, subject))
    return running.values_list("hits", flat=True).first() or 0


def spent_by(limit: Limit, subjects: Iterable[str]) -> dict[str, int]:
    """Of each subject, how much of the limit is used in the period that runs; in one statement."""
    keys = {_key(limit, subject): subject for subject in subjects}
    running = _running(limit).filter(key__in=keys)
    return {keys[key]: hits for key, hits in running.values_list("key", "hits")}


def _running(limit: Limit) -> QuerySet[RateLimitBucket]:
    """Counts whose period runs. One that ends later than a period from now was begun by a clock that was ahead."""
    now = clock.now()
    return RateLimitBucket.objects.filter(expires_at__gt=now, expires_at__lte=now + limit.period + _SKEW)


def add(limit: Limit, counts: Mapping[str, int]) -> None:
    """Count so much for each subject, in one statement. Nobody is refused: the caller has looked, under a lock."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_ratelimitbucket AS bucket (key, started_at, expires_at, hits)
            SELECT key, %(now)s, %(end)s, hits
            FROM unnest(%(keys)s::text[], %(hits)s::int[]) AS new(key, hits) ORDER BY key
            ON CONFLICT (key) DO UPDATE SET
                hits = CASE WHEN bucket.expires_at > %(now)s AND bucket.expires_at <= %(latest)s
                    THEN bucket.hits ELSE 0 END + excluded.hits,
                started_at = CASE WHEN bucket.expires_at > %(now)s AND bucket.expires_at <= %(latest)s
                    THEN bucket.started_at ELSE %(now)s END,
                expires_at = CASE WHEN bucket.expires_at > %(now)s THEN least(bucket.expires_at, %(end)s)
                    ELSE %(end)s END
            """,
            {
                "now": now,
                "end": now + limit.period,
                "latest": now + limit.period + _SKEW,
                "keys": [_key(limit, subject) for subject in counts],
                "hits": list(counts.values()),
            },
        )


def take_back(limit: Limit, counts: Mapping[str, int]) -> None:
    """Count so much less for each subject: what was counted did not happen."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_ratelimitbucket bucket SET hits = greatest(bucket.hits - less.hits, 0)
            FROM unnest(%s::text[], %s::int[]) AS less(key, hits) WHERE bucket.key = less.key
            """,
            [[_key(limit, subject) for subject in counts], list(counts.values())],
        )


def forget(limit: Limit | Steps, subject: str) -> None:
    """Start the subject's count anew, as after a successful sign-in."""
    RateLimitBucket.objects.filter(key=_key(limit, subject)).delete()


def delete_expired() -> int:
    """Remove buckets whose period is over; returns how many."""
    return RateLimitBucket.objects.filter(expires_at__lte=clock.now()).delete()[0]


def client_address(request: HttpRequest) -> str:
    """The caller's address, seen past the proxies that the settings say stand before us.

    Each trusted proxy appends the address it was called from, so only the last ones can be believed.
    """
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    proxies = settings.HERA.trusted_proxies
    if proxies and len(forwarded) >= proxies:
        return forwarded[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def network_of(address: str) -> str:
    """Whom a limit counts as one caller: an IPv4 address, or the network that an IPv6 customer is given.

    Whoever has one IPv6 address has 2^64 of them; HERA_IPV6_PREFIX says how much of it names the customer.
    """
    try:
        read = ipaddress.ip_address(_without_port(address.strip()).partition("%")[0])
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv4Address):
        return str(read)
    if read.ipv4_mapped:
        return str(read.ipv4_mapped)
    return str(ipaddress.ip_network((read, min(settings.HERA.ipv6_prefix, 128)), strict=False))


def _without_port(address: str) -> str:
    """Some proxies append the port that they were called from, which is another for every connection."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _key(limit: Limit | Steps, subject: str) -> str:
    # Keyed, so that the table does not tell which numbers sign in.
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{limit.scope}:{subject}".encode(), hashlib.sha256)
    return f"{limit.scope}:{digest.hexdigest()[:32]}"
