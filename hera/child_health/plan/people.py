"""Who has something planned between two days, for who asks about many people at once."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django.db import connection
from django.db.models.expressions import RawSQL

from hera.child_health.plan.late import is_its_own, is_late

if TYPE_CHECKING:
    from collections.abc import Iterable

_EVERYBODY = (0, 2**31 - 1)
_OF_CHILDREN = f"""
    SELECT child.user_id FROM child_health_child child
    WHERE child.user_id BETWEEN %s AND %s AND child.ended_at IS NULL AND child.id IN (
        SELECT visit.child_id FROM child_health_plannedvisit visit
        WHERE visit.kind = 'v' AND visit.is_open AND {is_its_own()} AND visit.due BETWEEN %s AND %s
    )
"""  # noqa: S608  (constants)
_OVERDUE = f"""
    SELECT child.user_id FROM child_health_child child
    WHERE child.user_id BETWEEN %s AND %s AND child.ended_at IS NULL AND child.id IN (
        SELECT visit.child_id FROM child_health_plannedvisit visit
        WHERE visit.kind = 'v' AND visit.is_open AND {is_late()}
    )
"""  # noqa: S608
_OF_PREGNANCIES = """
    SELECT pregnancy.user_id FROM child_health_pregnancy pregnancy
    WHERE pregnancy.user_id BETWEEN %s AND %s AND pregnancy.ended_at IS NULL AND pregnancy.id IN (
        SELECT visit.pregnancy_id FROM child_health_plannedvisit visit
        WHERE visit.kind = 'a' AND visit.is_open AND visit.due BETWEEN %s AND %s
    )
"""
# Of each of these people: the next day on which something is planned, and since when something is overdue.
_VISITS = f"""
    SELECT user_id, min(due) FILTER (WHERE due >= %s), min(due) FILTER (WHERE is_late)
    FROM (
        SELECT child.user_id, visit.due, {is_late()} AS is_late
        FROM child_health_child child JOIN child_health_plannedvisit visit ON visit.child_id = child.id
        WHERE child.user_id = ANY(%s) AND child.ended_at IS NULL AND visit.kind = 'v' AND visit.is_open
            AND {is_its_own()}
        UNION ALL
        SELECT pregnancy.user_id, visit.due, FALSE
        FROM child_health_pregnancy pregnancy JOIN child_health_plannedvisit visit ON visit.pregnancy_id = pregnancy.id
        WHERE pregnancy.user_id = ANY(%s) AND visit.is_open
            AND (visit.kind = 'a' AND pregnancy.ended_at IS NULL OR visit.kind = 'n')
    ) visits
    GROUP BY user_id
"""  # noqa: S608


class Visits(NamedTuple):
    """What is before somebody: the next day, and since when something is overdue; None where there is none."""

    next: dt.date | None
    overdue_since: dt.date | None


def visits_of(user_ids: Iterable[int], today: dt.date) -> dict[int, Visits]:
    """What is planned for each of these people; who has nothing planned is left out. One statement."""
    ids = list(user_ids)
    with connection.cursor() as cursor:
        cursor.execute(_VISITS, [today, today, today, ids, ids])
        return {user: Visits(following, since) for user, following, since in cursor.fetchall()}


def with_a_vaccination(first: dt.date, last: dt.date, within: tuple[int, int] | None) -> RawSQL:
    """Ids of people with a child that has doses planned between these days which it has not had, as far as is known.

    Args:
        within: ids of whom it is asked about only.
    """
    return RawSQL(_OF_CHILDREN, [*(within or _EVERYBODY), first, last])  # noqa: S611  (a constant)


def with_a_vaccination_overdue(today: dt.date, within: tuple[int, int] | None) -> RawSQL:
    """Ids of people with a child that has doses overdue on a day which it has not had, as far as is known.

    Args:
        within: as above.
    """
    return RawSQL(_OVERDUE, [*(within or _EVERYBODY), today, today])  # noqa: S611  (a constant)


def with_an_antenatal_visit(first: dt.date, last: dt.date, within: tuple[int, int] | None) -> RawSQL:
    """Ids of people who have an antenatal visit planned between these days; of these ids only, if `within` says so."""
    return RawSQL(_OF_PREGNANCIES, [*(within or _EVERYBODY), first, last])  # noqa: S611  (a constant)
