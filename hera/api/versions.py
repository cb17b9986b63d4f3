"""What a phone has already: the tag of a list (`ETag`) changes with whatever the list is made of.

Whoever writes to a table that lists read leaves a row in `ListChange`, in the same transaction, by triggers (migration
0002): of the person whose lists may have changed, or of nobody, where everybody's may. A tag is a hash of her rows and
of all else that an answer depends on: who asks and how, the code that answers, and until when the answer is true by
itself, which it says openly. To see that a phone has what there is to have takes one look at these rows.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

import hera
from hera.core import clock, languages, prepared

if TYPE_CHECKING:
    from hera.api.calls import Call

# The tables that lists read; each has a trigger for each way of writing (TRIGGERS).
TABLES = (
    "auth_user",
    "child_health_adoptedpack",
    "child_health_child",
    "child_health_childend",
    "child_health_dosegiven",
    "child_health_pastvaccination",
    "child_health_plannedvisit",
    "child_health_pregnancy",
    "child_health_pregnancyoutcome",
    "child_health_pregnancyoutcome_children",
    "child_health_vaccine",
    "child_health_vaccinedose",
    "events_notificationevent",
    "events_notificationschedule",
    "events_notificationtemplate",
    "events_notificationtype",
    "surveys_survey",
    "surveys_surveyschedule",
    "surveys_surveytemplate",
    "surveys_surveytemplateoption",
    "surveys_surveytemplatetranslation",
    "user_profile_userprofile",
)
TRIGGERS = frozenset(
    (table, f"api_lists_have_changed_by_{event}") for table in TABLES for event in ("insert", "update", "delete")
) | {("events_instantnotification", "api_lists_have_changed")}
# Beside `person`, her account. In the order of stamps, which are random: rows of one state are always told alike.
STAMPS = """
    (SELECT string_agg(stamp::text, ' ' ORDER BY stamp) FROM (
        SELECT stamp FROM api_listchange WHERE user_id IS NULL
        UNION ALL SELECT stamp FROM api_listchange WHERE user_id = person.id
    ) change)
"""
# What has to be known of a caller who may be told that nothing is new; the tag covers everything else.
_KNOWN = f"""
    SELECT session.last_used_at, session.agent, {STAMPS}
    FROM api_phonesession session JOIN auth_user person ON person.id = session.user_id
    WHERE session.key_hash = %(key_hash)s AND person.is_active
"""  # noqa: S608  (our own text)
_MERGED_AFTER = dt.timedelta(days=1)
_LONGEST = dt.timedelta(days=2).total_seconds()  # from now, wherever she lives
_MERGE = """
    WITH several AS (
        SELECT coalesce(user_id, 0) AS of_person FROM api_listchange WHERE made_at < %(before)s
        GROUP BY 1 HAVING count(*) > 1
    ), gone AS (
        DELETE FROM api_listchange
        WHERE made_at < %(before)s AND coalesce(user_id, 0) IN (SELECT of_person FROM several)
        RETURNING user_id
    ), merged AS (
        INSERT INTO api_listchange (user_id, stamp, made_at)
        SELECT user_id, gen_random_uuid(), %(now)s::timestamptz FROM gone GROUP BY user_id
    )
    SELECT (SELECT count(*) FROM gone) - (SELECT count(DISTINCT coalesce(user_id, 0)) FROM gone)
"""


def tag(call: Call, key_hash: str, stamps: str | None, until: dt.datetime) -> str:
    """The tag of an answer, as `ETag` has it, without its quotes.

    Args:
        key_hash: of the token that is asked with: nobody learns from a tag whether hers is another's.
        stamps: what `STAMPS` gives.
        until: the answer is the same, if nothing is written, before this moment.
    """
    whole_second = int(until.timestamp())
    parts = (
        key_hash,
        call.address,
        call.scheme,
        call.said_language,
        languages.default(),
        stamps,
        whole_second,
        _code(),
    )
    return f"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}-{whole_second:x}"


def known(call: Call, key_hash: str) -> tuple[dt.datetime, str, str] | None:
    """When her phone was last noted, what it calls itself, and its tag, if it has what there is to have; one query."""
    now = clock.now().timestamp()
    # No answer is true for longer than until her midnight: what says more was not told by HERA.
    running = {one: until for one in call.has if (until := _until(one)) is not None and 0 < until - now < _LONGEST}
    if not running:
        return None
    found = prepared.row(_KNOWN, {"key_hash": key_hash})
    if found is None:
        return None
    last_used_at, agent, stamps = found
    for one, until in running.items():
        if tag(call, key_hash, stamps, dt.datetime.fromtimestamp(until, dt.UTC)) == one:
            return last_used_at, agent, one
    return None


def merge() -> int:
    """Put the older rows of each person into one, which changes her tags once; returns how many rows went.

    A row is never only deleted: her rows would be again what they were before it, and an old tag right.
    """
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_MERGE, {"before": now - _MERGED_AFTER, "now": now})
        went: int = cursor.fetchone()[0]
    return went


def _until(tag_of_phone: str) -> int | None:
    _, _, until = tag_of_phone.partition("-")
    try:
        return int(until, 16) if len(until) < 12 else None  # noqa: PLR2004  (of hexadecimal digits: 500,000 years)
    except ValueError:
        return None


@functools.cache
def _code() -> str:
    """A hash of the code that answers, and of its words: a release may answer otherwise."""
    whole = hashlib.sha256()
    root = Path(hera.__file__).parent
    for path in sorted((*root.rglob("*.py"), *root.rglob("*.mo"))):
        whole.update(path.read_bytes())
    return whole.hexdigest()
