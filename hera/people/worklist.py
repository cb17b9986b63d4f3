"""Whom to call today: who is due, overdue, not reached, or of whom a birth was not told, in the order of urgency.

Each kind is one statement that walks an index from its most urgent row on, so that a page costs the same however many
people there are. A child or a pregnancy is a row. Who was called, and is left in peace until a day, is on none before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, models
from django.utils.translation import gettext_lazy

from hera.core import clock, timezones

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = 50
# Longer overdue, nobody is brought back by a call; the filter of people finds them.
OVERDUE_FOR = dt.timedelta(days=365)
# A birth that is not told by then was forgotten; after half a year nothing is asked of it any more.
BIRTH_AFTER, BIRTH_FOR = dt.timedelta(days=14), dt.timedelta(days=180)
NOT_REACHED_FOR = dt.timedelta(days=7)


class Kind(models.TextChoices):
    """Why somebody is on the list, the most urgent first."""

    FOLLOW_UP = "follow_up", gettext_lazy("To be called again")
    TODAY = "today", gettext_lazy("Due today")
    OVERDUE = "overdue", gettext_lazy("Overdue")
    BIRTH = "birth", gettext_lazy("Birth or loss not told")
    UNREACHED = "unreached", gettext_lazy("Not reached")


@dataclass(frozen=True)
class Row:
    """Somebody to call: why, since when, and of which child or pregnancy. `doses` are the ids of those missing."""

    kind: Kind
    person: int
    since: dt.date
    child: int | None = None
    pregnancy: int | None = None
    doses: tuple[int, ...] = ()


_LEFT_IN_PEACE = """
    NOT EXISTS (
        SELECT FROM people_contact contact
        WHERE contact.person_id = {person} AND contact.is_newest AND contact.next_on > %(today)s
    )
"""
_REACHABLE_ACCOUNT = """
    EXISTS (SELECT FROM auth_user account WHERE account.id = {person} AND account.is_active AND NOT account.is_staff)
"""
_OF_A_CHILD = f"""
    SELECT child.user_id, visit.due, child.id, NULL::bigint, visit.left
    FROM child_health_plannedvisit visit JOIN child_health_child child ON child.id = visit.child_id
    WHERE visit.kind = 'v' AND visit.is_open AND child.ended_at IS NULL
        AND (child.paused_until IS NULL OR child.paused_until <= %(today)s)
        AND {_LEFT_IN_PEACE.format(person="child.user_id")} AND {_REACHABLE_ACCOUNT.format(person="child.user_id")}
"""  # noqa: S608  (constants)
# As `plan.people` has it: what due ages plan once more names doses that are planned already; a pack says what is late.
_FIRST_OR_BY_A_PACK = "(visit.attempt = 1 OR visit.earliest IS NOT NULL)"
_LATE = "CASE WHEN {visit}.earliest IS NULL THEN {visit}.attempt = 1 ELSE {visit}.overdue_after < %(today)s END"
_OF_A_PREGNANCY = f"""
    SELECT pregnancy.user_id, visit.due, NULL::bigint, pregnancy.id, visit.left
    FROM child_health_plannedvisit visit JOIN child_health_pregnancy pregnancy ON pregnancy.id = visit.pregnancy_id
    WHERE visit.is_open AND pregnancy.ended_at IS NULL AND {_LEFT_IN_PEACE.format(person="pregnancy.user_id")}
        AND {_REACHABLE_ACCOUNT.format(person="pregnancy.user_id")}
"""  # noqa: S608
_STATEMENTS = {
    Kind.FOLLOW_UP: f"""
        SELECT contact.person_id, contact.next_on, NULL::bigint, NULL::bigint, '{{}}'::bigint[]
        FROM people_contact contact
        WHERE contact.is_newest AND contact.is_agreed AND contact.next_on <= %(today)s
            AND {_REACHABLE_ACCOUNT.format(person="contact.person_id")}
        ORDER BY contact.next_on, contact.id
    """,  # noqa: S608
    Kind.TODAY: f"""
        ({_OF_A_CHILD} AND visit.due = %(today)s AND {_FIRST_OR_BY_A_PACK})
        UNION ALL ({_OF_A_PREGNANCY} AND visit.kind IN ('a', 'n') AND visit.due = %(today)s)
        ORDER BY 1, 3, 4
    """,
    # The newest missing visit of each child: whoever comes for it is given all that is missing. The least late first.
    Kind.OVERDUE: f"""
        {_OF_A_CHILD} AND visit.due BETWEEN %(today)s - {OVERDUE_FOR.days} AND %(today)s - 1
            AND {_LATE.format(visit="visit")}
            AND NOT EXISTS (
                SELECT FROM child_health_plannedvisit later
                WHERE later.child_id = visit.child_id AND later.kind = 'v' AND later.is_open
                    AND later.due < %(today)s AND (later.due, later.id) > (visit.due, visit.id)
                    AND {_LATE.format(visit="later")}
            )
        ORDER BY visit.due DESC, visit.id
    """,
    Kind.BIRTH: f"""
        {_OF_A_PREGNANCY} AND visit.kind = 'b'
            AND visit.due BETWEEN %(today)s - {BIRTH_FOR.days} AND %(today)s - {BIRTH_AFTER.days}
        ORDER BY visit.due DESC, visit.id
    """,
    Kind.UNREACHED: f"""
        SELECT person, max(tried)::date, NULL::bigint, NULL::bigint, '{{}}'::bigint[]
        FROM (
            SELECT event.user_id AS person, message.created_at AS tried,
                message.state IN ('failed', 'expired', 'undeliverable') AS is_lost
            FROM delivery_message message JOIN events_notificationevent event ON event.id = message.event_id
            WHERE message.created_at >= %(now)s - interval '{NOT_REACHED_FOR.days} days'
                AND message.state NOT IN ('queued', 'claimed', 'retrying', 'withdrawn')
        ) messages
        WHERE {_LEFT_IN_PEACE.format(person="person")} AND {_REACHABLE_ACCOUNT.format(person="person")}
        GROUP BY person HAVING bool_and(is_lost)
        ORDER BY 2 DESC, person
    """,  # noqa: S608
}


def of(kind: Kind, page: int = 1, size: int = PAGE) -> list[Row]:
    """The rows of a kind, the most urgent first; one more than a page where there are more.

    Args:
        page: from 1 on.
    """
    today = clock.today_in(timezones.default())
    values: dict[str, dt.date | int] = {
        "today": today,
        "now": clock.now(),
        "limit": size + 1,
        "offset": (page - 1) * size,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"{_STATEMENTS[kind]} LIMIT %(limit)s OFFSET %(offset)s", values)
        return [Row(kind, row[0], row[1], row[2], row[3], tuple(row[4])) for row in cursor.fetchall()]


def most_urgent() -> dict[Kind, list[Row]]:
    """The first page of every kind; each with one row more where there are more."""
    return {kind: of(kind) for kind in Kind}


def people_of(rows: Sequence[Row]) -> set[int]:
    """Whom these rows are of."""
    return {row.person for row in rows}
