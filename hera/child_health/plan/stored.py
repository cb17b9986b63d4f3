"""Keeps the stored plan in step with the facts.

A row is out of date when its `plan_version` is not that of now: triggers empty it when a fact changes, whoever changes
it, and another programme has another version. Whoever changes facts plans them anew in the same transaction
(`replan`); what is out of date otherwise, all of it after a change of the programme, is caught up with in chunks before
it is next asked what is due (`catch_up`). A chunk that is interrupted is done again. Nothing is announced by a plan
that is out of date.

Whoever plans a child has locked it. A fact that is written meanwhile waits for that lock (the triggers take it), and
what was locked by somebody else is planned by whoever comes next.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import time
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from hera.child_health.models import Child, Pregnancy
from hera.child_health.plan.programme import DOSES_AND_VERSION, Current, programme_of
from hera.child_health.plan.worked_out import Plans, failures, plans_of
from hera.core import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hera.child_health.plan.visits import Planned

CHUNK = 2000
A_WHILE = dt.timedelta(seconds=20)  # of the minute that a job has
CATCH_UP = "hera.child_health.catch_up_plans"
_LOCK = 20_261_126  # an advisory lock of this module
log = logging.getLogger(__name__)


def replan(user_ids: Iterable[int]) -> None:
    """Plan anew what is out of date of these people, inside the transaction that changed their facts."""
    ids = sorted(set(user_ids))
    with connection.cursor() as cursor:
        cursor.execute(_OF_PEOPLE, {"users": ids})
        doses, version, pack_id, antenatal, children, pregnancies = cursor.fetchone()
    if children or pregnancies:
        _plan(Current(programme_of(doses, pack_id), version, antenatal), children or [], pregnancies or [])


def catch_up(within: dt.timedelta = A_WHILE, *, alone: bool = True) -> int:
    """Plan anew whatever is out of date, in chunks that are committed one by one; returns how many of both kinds.

    A chunk that fails is told of in the log and tried again by the next call: it keeps nobody from what is planned
    already. Whom it fails for is found, has no plan, and is told of (`PlanFailure`); the others have theirs.

    Args:
        within: after so long the rest waits for the next call.
        alone: not while another process does so that is to be alone as well, as the jobs are.
    """
    planned, until = 0, time.monotonic() + within.total_seconds()
    try:
        while found := _next_chunk(alone=alone):
            planned += found
            if time.monotonic() > until:
                break
    except DatabaseError:
        if connection.in_atomic_block:
            raise  # the caller's transaction is lost
        log.exception("visits could not be planned anew")
    return planned


def catch_up_later() -> None:
    """Have the worker catch up, piece by piece, once the caller's transaction commits."""
    with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(CATCH_UP, queueing_lock=CATCH_UP).defer()


def _next_chunk(*, alone: bool) -> int:
    current, children, pregnancies = None, list[int](), list[int]()
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # What the planner believes of how many are out of date is wrong at the very moment when it matters.
                cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL jit = off")
                cursor.execute(_STALE, {"chunk": CHUNK, "lock": _LOCK, "alone": alone})
                doses, version, pack_id, antenatal, *ids = cursor.fetchone()
            children, pregnancies = (found or [] for found in ids)
            if not (children or pregnancies):
                return 0
            current = Current(programme_of(doses, pack_id), version, antenatal)
            return _plan(current, children, pregnancies)
    except (DataError, IntegrityError):  # of a row, not of the connection
        if current is None:
            raise
        log.exception("visits of a chunk could not be written, and are one by one")
        return _one_by_one(current, children, pregnancies)


def _one_by_one(current: Current, children: Sequence[int], pregnancies: Sequence[int]) -> int:
    """Plan these, each by itself; returns how many."""
    ones: list[tuple[list[int], list[int]]] = [*(([pk], []) for pk in children), *(([], [pk]) for pk in pregnancies)]
    return sum(_one(current, of_children, of_pregnancies) for of_children, of_pregnancies in ones)


def _one(current: Current, children: list[int], pregnancies: list[int]) -> int:
    with transaction.atomic():
        free_children = Child.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=children)
        free_pregnancies = Pregnancy.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=pregnancies)
        children = list(free_children.values_list("pk", flat=True))
        pregnancies = list(free_pregnancies.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                return _plan(current, children, pregnancies)
        except (DataError, IntegrityError) as problem:
            log.exception("a plan could not be written")
            nothing = Plans({pk: {} for pk in children}, {pk: {} for pk in pregnancies}, [])
            nothing.failures.extend(failures(children, pregnancies, problem))
            return _write(current, nothing, plans_of(current.programme, children, pregnancies)[1])


def _plan(current: Current, children: Sequence[int], pregnancies: Sequence[int]) -> int:
    """Plan these, which are locked until the transaction ends; returns how many there were.

    What stays as it is keeps its row.
    """
    return _write(current, *plans_of(current.programme, children, pregnancies))


def _write(current: Current, wanted: Plans, stored: Plans) -> int:
    gone: list[int | None] = []
    made: list[dict[str, Any]] = []
    for pk, planned in wanted.children.items():
        gone += [row for visit, row in stored.children[pk].items() if visit not in planned]
        made += [_row(pk, None, visit) for visit in planned if visit not in stored.children[pk]]
    for pk, planned in wanted.pregnancies.items():
        gone += [row for visit, row in stored.pregnancies[pk].items() if visit not in planned]
        made += [_row(None, pk, visit) for visit in planned if visit not in stored.pregnancies[pk]]
    parameters: dict[str, Any] = {
        "children": list(wanted.children),
        "pregnancies": list(wanted.pregnancies),
        "version": current.of_children,
        "antenatal": current.of_pregnancies,
        "gone": gone,
        "made": json.dumps(made),  # one text: a statement takes any number of rows
        "failed": json.dumps([failure._asdict() for failure in wanted.failures]),
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, parameters)
    return len(wanted.children) + len(wanted.pregnancies)


def _row(child_id: int | None, pregnancy_id: int | None, visit: Planned) -> dict[str, Any]:
    return {
        "child_id": child_id,
        "pregnancy_id": pregnancy_id,
        "kind": visit.kind,
        "attempt": visit.attempt,
        "week": visit.week,
        "due": visit.due.isoformat(),
        "doses": f"{{{','.join(map(str, visit.doses))}}}",
        "left": f"{{{','.join(map(str, visit.left))}}}",
        "is_open": visit.is_open,
        "earliest": _text(visit.earliest),
        "overdue_after": _text(visit.overdue_after),
        "latest": _text(visit.latest),
    }


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


# What is not of now is nobody's, or of an earlier or a later version: three looks into an index, each of which ends
# with what is asked for. Whoever is locked is somebody else's.
_STALE_ID = """
    SELECT id FROM (
        SELECT id FROM {table} WHERE plan_version IS NULL LIMIT %(chunk)s FOR NO KEY UPDATE SKIP LOCKED
    ) unplanned
    UNION ALL SELECT id FROM (
        SELECT id FROM {table} WHERE plan_version < {version} LIMIT %(chunk)s FOR NO KEY UPDATE SKIP LOCKED
    ) lower
    UNION ALL SELECT id FROM (
        SELECT id FROM {table} WHERE plan_version > {version} LIMIT %(chunk)s FOR NO KEY UPDATE SKIP LOCKED
    ) higher
    LIMIT %(chunk)s
"""
_STALE_CHILDREN = _STALE_ID.format(table="child_health_child", version="(SELECT version FROM programme)")
_STALE_PREGNANCIES = _STALE_ID.format(table="child_health_pregnancy", version="(SELECT antenatal FROM programme)")
_STALE = f"""
    WITH programme AS MATERIALIZED ({DOSES_AND_VERSION})
    SELECT doses, version, pack, antenatal,
        (SELECT array_agg(id) FROM ({_STALE_CHILDREN}) child),
        (SELECT array_agg(id) FROM ({_STALE_PREGNANCIES}) pregnancy)
    FROM programme WHERE NOT %(alone)s OR pg_try_advisory_xact_lock(%(lock)s)
    UNION ALL SELECT '', 0, NULL, 0, NULL, NULL
    LIMIT 1
"""  # noqa: S608  (our own text)
# What this person's transaction changed, it has locked; what somebody else has locked, that one plans.
_OF_PEOPLE = f"""
    WITH programme AS MATERIALIZED ({DOSES_AND_VERSION})
    SELECT doses, version, pack, antenatal,
        (SELECT array_agg(id) FROM (
            SELECT child.id FROM child_health_child child
            WHERE child.user_id = ANY(%(users)s) AND child.plan_version IS DISTINCT FROM programme.version
            FOR NO KEY UPDATE SKIP LOCKED
        ) child),
        (SELECT array_agg(id) FROM (
            SELECT pregnancy.id FROM child_health_pregnancy pregnancy
            WHERE pregnancy.user_id = ANY(%(users)s) AND pregnancy.plan_version IS DISTINCT FROM programme.antenatal
            FOR NO KEY UPDATE SKIP LOCKED
        ) pregnancy)
    FROM programme
"""  # noqa: S608  (our own text)

_WRITE = """
    WITH gone AS (
        DELETE FROM child_health_plannedvisit WHERE id = ANY(%(gone)s)
    ), made AS (
        INSERT INTO child_health_plannedvisit
            (child_id, pregnancy_id, kind, attempt, week, due, doses, "left", is_open, earliest, overdue_after, latest)
        SELECT child_id, pregnancy_id, kind, attempt, week, due, doses::bigint[], "left"::bigint[], is_open, earliest,
            overdue_after, latest
        FROM json_to_recordset(%(made)s::json) AS made(
            child_id bigint, pregnancy_id bigint, kind text, attempt smallint, week integer, due date,
            doses text, "left" text, is_open boolean, earliest date, overdue_after date, latest date
        )
    ), mended AS (
        DELETE FROM child_health_planfailure
        WHERE child_id = ANY(%(children)s) OR pregnancy_id = ANY(%(pregnancies)s)
    ), failed AS (
        INSERT INTO child_health_planfailure (child_id, pregnancy_id, problem, failed_at)
        SELECT child_id, pregnancy_id, problem, %(now)s
        FROM json_to_recordset(%(failed)s::json) AS failed(child_id bigint, pregnancy_id bigint, problem text)
    ), planned_children AS (
        UPDATE child_health_child SET plan_version = %(version)s WHERE id = ANY(%(children)s)
    )
    UPDATE child_health_pregnancy SET plan_version = %(antenatal)s WHERE id = ANY(%(pregnancies)s)
"""
