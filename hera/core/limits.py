"""Limits that all processes share."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from hera.core import clock
from hera.core.models import RateLimitBucket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest


@dataclass(frozen=True)
class Limit:
    """At most `hits` in `period`, counted from the first of them."""

    scope: str
    hits: int
    period: dt.timedelta


class LimitReached(Exception):  # noqa: N818
    """Too many requests; `retry_after` is in whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after


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
                expires_at = CASE WHEN bucket.expires_at <= %(now)s THEN %(end)s ELSE bucket.expires_at END
            RETURNING hits, expires_at
            """,
            {"key": _key(limit, subject), "now": now, "end": now + limit.period},
        )
        hits, expires_at = cursor.fetchone()
    if hits > limit.hits:
        raise LimitReached(max(1, int((expires_at - now).total_seconds()) + 1))


def spent(limit: Limit, subject: str) -> int:
    """How much of the limit is used in the period that runs."""
    running = RateLimitBucket.objects.filter(key=_key(limit, subject), expires_at__gt=clock.now())
    return running.values_list("hits", flat=True).first() or 0


def spent_by(limit: Limit, subjects: Iterable[str]) -> dict[str, int]:
    """Of each subject, how much of the limit is used in the period that runs; in one statement."""
    keys = {_key(limit, subject): subject for subject in subjects}
    running = RateLimitBucket.objects.filter(key__in=keys, expires_at__gt=clock.now())
    return {keys[key]: hits for key, hits in running.values_list("key", "hits")}


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
                hits = CASE WHEN bucket.expires_at <= %(now)s THEN 0 ELSE bucket.hits END + excluded.hits,
                started_at = CASE WHEN bucket.expires_at <= %(now)s THEN %(now)s ELSE bucket.started_at END,
                expires_at = CASE WHEN bucket.expires_at <= %(now)s THEN %(end)s ELSE bucket.expires_at END
            """,
            {
                "now": now,
                "end": now + limit.period,
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


def forget(limit: Limit, subject: str) -> None:
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


def _key(limit: Limit, subject: str) -> str:
    # Keyed, so that the table does not tell which numbers sign in.
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{limit.scope}:{subject}".encode(), hashlib.sha256)
    return f"{limit.scope}:{digest.hexdigest()[:32]}"
