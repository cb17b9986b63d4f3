"""The plans of children and pregnancies as they should be and as they are stored, read and worked out in sets."""

from __future__ import annotations

import datetime as dt
import functools
import json
import logging
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection

from hera.child_health.plan import visits
from hera.child_health.plan.births import BIRTH
from hera.child_health.plan.given_sql import CAN_STAND
from hera.child_health.plan.pregnancies import Birth, Expecting, of_pregnancy
from hera.child_health.plan.silences import silences_sql
from hera.child_health.plan.subject import Record, Silence, Subject, TakenBack, subject_of
from hera.child_health.plan.visits import Had, Planned, Told

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hera.child_health.plan.programme import Programme

log = logging.getLogger(__name__)


class Failure(NamedTuple):
    """What could not be planned: a child or a pregnancy, and the kind of fault."""

    child_id: int | None
    pregnancy_id: int | None
    problem: str


def failures(children: Iterable[int], pregnancies: Iterable[int], problem: Exception) -> list[Failure]:
    """What is kept of these, whom a fault kept from their plans."""
    kind = type(problem).__name__
    return [*(Failure(pk, None, kind) for pk in children), *(Failure(None, pk, kind) for pk in pregnancies)]


class Plans(NamedTuple):
    """Planned visits by child, and by pregnancy; each with the id of its row where it is stored.

    `failures` are of those that could not be planned as they should be.
    """

    children: dict[int, dict[Planned, int | None]]
    pregnancies: dict[int, dict[Planned, int | None]]
    failures: list[Failure]


def plans_of(programme: Programme, children: Sequence[int], pregnancies: Sequence[int]) -> tuple[Plans, Plans]:
    """The plans of these as they should be, and as they are stored."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"children": list(children), "pregnancies": list(pregnancies)})
        of_children, of_pregnancies, rows = map(json.loads, cursor.fetchone())
    wanted, stored = Plans({}, {}, []), Plans(defaultdict(dict), defaultdict(dict), [])
    for child_id, *facts in of_children:
        planned: list[Planned] = []
        try:  # whatever it is, one of them must not keep the others from their plans
            planned, problem = _of_child(programme, facts)
        except Exception as found:
            log.exception("a child could not be planned")
            problem = found
        wanted.children[child_id] = dict.fromkeys(planned)
        if problem is not None:
            wanted.failures.extend(failures([child_id], [], problem))
    for pregnancy_id, *facts in of_pregnancies:
        planned = []
        try:
            planned = of_pregnancy(_expecting(*facts), programme.by_pack)
        except Exception as found:
            log.exception("a pregnancy could not be planned")
            wanted.failures.extend(failures([], [pregnancy_id], found))
        wanted.pregnancies[pregnancy_id] = dict.fromkeys(planned)
    for pk, child_id, pregnancy_id, kind, attempt, week, due, dose_ids, left, *days in rows:
        visit = Planned(kind, attempt, week, _day(due), tuple(dose_ids), tuple(left), *map(_day_or_none, days))
        (stored.pregnancies[pregnancy_id] if child_id is None else stored.children[child_id])[visit] = pk
    return wanted, stored


def subjects_of(children: Sequence[int]) -> dict[int, Subject]:
    """What the plans of these children follow from, by child; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, {"children": list(children), "pregnancies": []})
        of_children, _pregnancies, _rows = map(json.loads, cursor.fetchone())
    return {child_id: _subject(*facts) for child_id, *facts in of_children}


def plans_then(programme: Programme, children: Sequence[int], before: dt.datetime) -> dict[int, list[Planned]]:
    """The plans that these children would have, had nothing been told of them since a moment; none of whom a fault
    keeps from it."""
    with connection.cursor() as cursor:
        cursor.execute(_FACTS_THEN, {"children": list(children), "pregnancies": [], "before": before})
        of_children, _pregnancies, _rows = map(json.loads, cursor.fetchone())
    found = {}
    for child_id, *facts, not_given in of_children:
        said_then = {dose: on for dose, on in (not_given or {}).items() if _day(on) < before.date()}
        try:
            found[child_id], _problem = _of_child(programme, [*facts, said_then])
        except Exception:
            log.exception("a child could not be planned as of a month")
            found[child_id] = []
    return found


def _of_child(programme: Programme, facts: Sequence[Any]) -> tuple[list[Planned], Exception | None]:
    """The visits of a child: by the pack in use, or else by due ages; and the fault that kept it from the pack's."""
    born, gender, known_on, _created_on, records, *_ = facts
    told = problem = None
    try:
        if programme.by_pack is not None:
            return programme.by_pack.of_child(_subject(*facts)), None
        if programme.left is not None:
            child, (pack, on) = _subject(*facts), programme.left
            if child.registered_on < on:
                told = Told(pack.told(child, on), pack.told_itself(child, on), on)
    except OverflowError:  # of a birth near the last day that there is, due ages plan what they can
        log.warning("a child is planned by due ages: its dates lie beyond those of the pack")
    except Exception as found:
        log.exception("a child could not be planned by the pack, and is by due ages")
        problem = found
    *_, not_given = facts
    planned = visits.of_child(
        _day(born),
        _day_or_none(known_on),
        programme.groups(gender),
        programme.doses,
        had_of(records),
        told,
        {int(dose): _day(told_on) for dose, told_on in (not_given or {}).items()},
    )
    return planned, problem


def _subject(
    born: str,
    gender: str,
    known_on: str | None,
    created_on: str,
    records: Sequence[Any] | None,
    taken_back: Sequence[Any] | None,
    silences: Sequence[Any] | None,
    not_given: dict[str, str] | None,
) -> Subject:
    known = _day_or_none(known_on)
    words = [TakenBack(dose, vaccine, _day_or_none(by), _day(on)) for dose, vaccine, by, on in taken_back or ()]
    words += [TakenBack(int(dose), None, None, _day(on)) for dose, on in (not_given or {}).items()]
    return subject_of(
        _day(born),
        gender,
        known or _day(created_on),
        [_record(*record) for record in records or ()],
        of_older_database=known is None,
        taken_back=words,
        silences=(Silence(_day(since), _day(until)) for since, until in silences or ()),
    )


def _expecting(
    start: str,
    delivery: str,
    declared_on: str,
    visits_made: int | None,
    missed: dict[str, str] | None,
    born: str | None,
    birth_known_on: str | None,
) -> Expecting:
    return Expecting(
        _day(start),
        _day(delivery),
        _day(declared_on),
        visits_made,
        {_day(due): _day(said_on) for due, said_on in (missed or {}).items()},
        Birth(_day(born), _day(birth_known_on)) if born and birth_known_on else None,
    )


def _record(dose_id: int | None, vaccine_id: int | None, due_by: str | None, *rest: Any) -> Record:
    _stands, campaign, day, precision, product, text, source, entered_on, pk = rest
    return Record(
        dose_id,
        vaccine_id,
        _day_or_none(due_by),
        _day_or_none(day),
        precision,
        product,
        text,
        source,
        campaign,
        _day(entered_on),
        pk,
    )


def had_of(records: Iterable[Sequence[Any]] | None) -> Had:
    """What a child had, by due ages, of its records: dose, vaccine, the day by which a tick counts, and more."""
    if not records:
        return visits.NOTHING
    counting = [record[:3] for record in records if record[_STANDS]]
    return Had(
        frozenset(dose for dose, _, _ in counting if dose is not None),
        tuple((vaccine, _day(by)) for dose, vaccine, by in counting if dose is None and vaccine is not None and by),
    )


@functools.lru_cache(maxsize=8192)
def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _day_or_none(text: str | None) -> dt.date | None:
    return _day(text) if text else None


_STANDS = 3  # of the columns of the records in `_facts`


def _facts(*, then: bool = False) -> str:
    """The statement that reads what plans follow from. It is read after they are locked: what was committed meanwhile
    is in it.

    Args:
        then: as it was at the moment `%(before)s`.
    """
    now = "given.retracted_at IS NULL"
    counting = f"given.entered_at < %(before)s AND ({now} OR given.retracted_at >= %(before)s)" if then else now
    retracted = "given.retracted_at < %(before)s" if then else "given.retracted_at IS NOT NULL"
    taken_back_at = "(CASE WHEN taken_back_at < %(before)s THEN taken_back_at END)" if then else "taken_back_at"
    silences = f"SELECT since, until FROM ({silences_sql(taken_back_at)}) silence WHERE since < until"  # noqa: S608
    silences += " AND since < %(before)s::date" if then else ""
    # Of `child`, its records that were not retracted.
    records = f"""
        SELECT json_agg(json_build_array(vaccine_dose_id, vaccine_id, due_by, {CAN_STAND}, campaign, date, precision,
            product, text, source, (entered_at AT TIME ZONE 'UTC')::date, given.id))
        FROM child_health_dosegiven given WHERE given.child_id = child.id AND {counting}
    """  # noqa: S608  (our own text)
    return f"""
        SELECT
            (SELECT coalesce(json_agg(json_build_array(id, date_of_birth, gender, known_on,
                    (created_at AT TIME ZONE 'UTC')::date, ({records}),
                    (SELECT json_agg(json_build_array(vaccine_dose_id, vaccine_id, due_by,
                            (retracted_at AT TIME ZONE 'UTC')::date))
                        FROM child_health_dosegiven given
                        WHERE given.child_id = child.id AND {retracted} AND NOT campaign
                            AND (retracted_at AT TIME ZONE 'UTC')::date > (entered_at AT TIME ZONE 'UTC')::date),
                    (SELECT json_agg(json_build_array(since, until)) FROM ({silences}) silence),
                    doses_not_given)), '[]')::text
                FROM child_health_child child WHERE id = ANY(%(children)s)),
            (SELECT coalesce(json_agg(json_build_array(id, estimated_start_date, estimated_delivery_date,
                    coalesce(declared_on, (created_at AT TIME ZONE 'UTC')::date),
                    declared_number_of_prenatal_visits, visits_missed, birth.born, birth.known_on)), '[]')::text
                FROM child_health_pregnancy pregnancy
                LEFT JOIN LATERAL ({BIRTH}) birth ON NOT birth.has_ended
                WHERE id = ANY(%(pregnancies)s)),
            (SELECT coalesce(json_agg(json_build_array(id, child_id, pregnancy_id, kind, attempt, week, due, doses,
                    "left", earliest, overdue_after, latest)), '[]')::text
                FROM (
                    SELECT * FROM child_health_plannedvisit WHERE child_id = ANY(%(children)s)
                    UNION ALL SELECT * FROM child_health_plannedvisit WHERE pregnancy_id = ANY(%(pregnancies)s)
                ) visit)
    """  # noqa: S608  (our own text)


_FACTS, _FACTS_THEN = _facts(), _facts(then=True)
