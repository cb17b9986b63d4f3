"""The facts on which it depends whether an announcement is still true (`still_true`), read of many people at once."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
from typing import TYPE_CHECKING

from django.db import connection

from hera.child_health.plan.births import BIRTH
from hera.child_health.plan.given_sql import STANDS
from hera.child_health.plan.programme import DOSES, PACK_IN_USE, SINCE, programme_of
from hera.child_health.plan.visits import ANTENATAL, POSTNATAL
from hera.core import timezones
from hera.scheduling.still_true import BirthFacts, ChildFacts, Facts, PregnancyFacts, Visit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from hera.child_health.calendar import Dose


def load(user_ids: Iterable[int], now: dt.datetime) -> tuple[dict[int, Facts], Mapping[int, Dose]]:
    """The facts of these people by id, and the doses of active vaccines by id; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_LOAD, [sorted(set(user_ids))])
        doses, people = cursor.fetchone()
    found = {}
    for user_id, number, is_active, zone, facts in json.loads(people):
        today = now.astimezone(timezones.effective(zone or "", number)).date()
        found[user_id] = dataclasses.replace(_facts(facts, today), is_active=is_active)
    return found, programme_of(doses).doses


def of_person(as_json: str, today: dt.date) -> Facts:
    """The facts of one person, as `columns_of` gives them."""
    return _facts(json.loads(as_json), today)


def _facts(as_json: Any, today: dt.date) -> Facts:
    children, pregnancies, by_pack, since = as_json
    since = _day(since) if since else None
    return Facts(
        today,
        children={
            pk: ChildFacts(
                _day(born),
                gender,
                is_ended=ended,
                paused_until=_day(paused) if paused else None,
                given=frozenset(dose for dose, _, _ in records or () if dose is not None),
                ticked=tuple((vaccine, _day(by)) for dose, vaccine, by in records or () if dose is None and by),
                planned=tuple(
                    Visit(attempt, _day(due), tuple(doses), tuple(left)) for attempt, due, doses, left in visits
                ),
                by_pack=by_pack,
                since=since,
            )
            for pk, born, gender, ended, paused, records, visits in children
        },
        pregnancies={pk: _pregnancy(row, since, by_pack=by_pack) for pk, *row in pregnancies},
    )


def _pregnancy(row: list[Any], since: dt.date | None, *, by_pack: bool) -> PregnancyFacts:
    start, declared_on, visits_made, delivery, is_ended, planned, birth = row
    before = frozenset((attempt, week, _day(due)) for kind, attempt, week, due in planned if kind == ANTENATAL)
    after = frozenset((number, _day(due)) for kind, _attempt, number, due in planned if kind == POSTNATAL)
    return PregnancyFacts(
        _day(start),
        _day(declared_on),
        visits_made,
        _day(delivery),
        is_ended=is_ended,
        by_pack=before if by_pack else None,
        birth=BirthFacts(birth[0], _day(birth[1]) if birth[1] else None, after if by_pack else None) if birth else None,
        since=since,
    )


@functools.lru_cache(maxsize=8192)
def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _of(user: str) -> str:
    """The facts of the person whose id this is, as JSON in SQL."""
    return f"""json_build_array(
        (SELECT coalesce(json_agg(json_build_array(child.id, child.date_of_birth, child.gender,
                child.ended_at IS NOT NULL, child.paused_until,
                (SELECT json_agg(json_build_array(given.vaccine_dose_id, given.vaccine_id, given.due_by))
                    FROM child_health_dosegiven given WHERE given.child_id = child.id AND {STANDS}),
                (SELECT coalesce(json_agg(json_build_array(attempt, due, doses, "left") ORDER BY planned.id), '[]')
                    FROM child_health_plannedvisit planned
                    WHERE planned.child_id = child.id AND (attempt > 1 OR {PACK_IN_USE} IS NOT NULL))
            )), '[]')
            FROM child_health_child child WHERE child.user_id = {user}),
        (SELECT coalesce(json_agg(json_build_array(id, estimated_start_date,
                coalesce(declared_on, (created_at AT TIME ZONE 'UTC')::date),
                declared_number_of_prenatal_visits, estimated_delivery_date, ended_at IS NOT NULL,
                (SELECT coalesce(json_agg(json_build_array(kind, attempt, week, due)), '[]')
                    FROM child_health_plannedvisit planned
                    WHERE planned.pregnancy_id = pregnancy.id AND kind IN ('a', 'n') AND {PACK_IN_USE} IS NOT NULL),
                (SELECT json_build_array(has_ended, paused_until) FROM ({BIRTH}) birth)
            )), '[]')
            FROM child_health_pregnancy pregnancy WHERE user_id = {user}),
        {PACK_IN_USE} IS NOT NULL, {SINCE}
    )"""  # noqa: S608  (our own text)


def columns_of(user: str) -> str:
    """For a statement that reads something else of hers: the programme (`programme_of`), and her facts (`of_person`).

    Args:
        user: her id, as the statement calls it.
    """
    return f"{DOSES}, {_of(user)}::text"


_LOAD = f"""
    SELECT {DOSES}, (
        SELECT coalesce(json_agg(json_build_array(
            person.id, person.username, person.is_active, profile.timezone, {_of("person.id")})), '[]')::text
        FROM auth_user person LEFT JOIN user_profile_userprofile profile ON profile.user_id = person.id
        WHERE person.id = ANY(%s)
    )
"""  # noqa: S608  (our own text)
