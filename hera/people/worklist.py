"""Whom to call today: who is due, overdue, not reached, or of whom a birth was not told, in the order of urgency.

Each kind is one statement that walks an index from its most urgent row on, so that a page costs the same however many
people there are. A child or a pregnancy is a row. Who was called, and is left in peace until a day, is on none before.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.utils.translation import gettext_lazy

from hera.child_health.plan.births import BIRTH
from hera.child_health.plan.late import is_its_own, is_late
from hera.core import clock, timezones
from hera.health_center.places_sql import are_within

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
    """Somebody to call: why, since when, and of which child or pregnancy, or the visit after its birth. `doses` are the
    ids of those missing."""

    kind: Kind
    person: int
    since: dt.date
    child: int | None = None
    pregnancy: int | None = None
    doses: tuple[int, ...] = ()
    is_after_birth: bool = False


_LOST = "('failed', 'expired', 'undeliverable')"


def _goes_there(person: str) -> str:
    near = are_within("goes.geolocation", "center.geolocation", "%(within)s::float8")
    return f"""AND EXISTS (
        SELECT FROM health_center_centerofperson goes
        JOIN health_center_healthcenter center ON center.id = goes.center_id
        WHERE goes.user_id = {person}
            AND (%(centers)s::bigint[] IS NULL OR center.id = ANY(%(centers)s::bigint[]))
            AND (%(within)s::float8 IS NULL OR {near})
    )
    """


def _is_reachable(person: str, *, by_center: bool) -> str:
    account = f"""EXISTS (
        SELECT FROM auth_user account WHERE account.id = {person} AND account.is_active AND NOT account.is_staff
    )
    """
    return account + _goes_there(person) if by_center else account


def _may_be_called(person: str, *, by_center: bool) -> str:
    left_in_peace = f"""NOT EXISTS (
        SELECT FROM people_contact contact
        WHERE contact.person_id = {person} AND contact.is_newest AND contact.next_on > %(today)s
    )
    """
    return f"{left_in_peace} AND {_is_reachable(person, by_center=by_center)}"


def _statements(*, by_center: bool) -> dict[Kind, str]:
    """The statement of each kind; of people who go to some centres, or live near theirs, or of all."""
    of_a_child = f"""
        SELECT child.user_id, visit.due, child.id, NULL::bigint, visit.left, FALSE
        FROM child_health_plannedvisit visit JOIN child_health_child child ON child.id = visit.child_id
        WHERE visit.kind = 'v' AND visit.is_open AND child.ended_at IS NULL
            AND (child.paused_until IS NULL OR child.paused_until <= %(today)s)
            AND {_may_be_called("child.user_id", by_center=by_center)}
    """  # noqa: S608
    of_a_pregnancy = f"""
        SELECT pregnancy.user_id, visit.due, NULL::bigint, pregnancy.id, visit.left, FALSE
        FROM child_health_plannedvisit visit JOIN child_health_pregnancy pregnancy ON pregnancy.id = visit.pregnancy_id
        WHERE visit.is_open AND pregnancy.ended_at IS NULL
            AND {_may_be_called("pregnancy.user_id", by_center=by_center)}
    """  # noqa: S608
    after_a_birth = f"""
        SELECT pregnancy.user_id, visit.due, NULL::bigint, pregnancy.id, visit.left, TRUE
        FROM child_health_plannedvisit visit JOIN child_health_pregnancy pregnancy ON pregnancy.id = visit.pregnancy_id
            CROSS JOIN LATERAL ({BIRTH}) birth
        WHERE visit.kind = 'n' AND visit.is_open AND NOT birth.has_ended
            AND (birth.paused_until IS NULL OR birth.paused_until <= %(today)s)
            AND {_may_be_called("pregnancy.user_id", by_center=by_center)}
    """  # noqa: S608
    return {
        Kind.FOLLOW_UP: f"""
            SELECT contact.person_id, contact.next_on, NULL::bigint, NULL::bigint, '{{}}'::bigint[], FALSE
            FROM people_contact contact
            WHERE contact.is_newest AND contact.is_agreed AND contact.next_on <= %(today)s
                AND {_is_reachable("contact.person_id", by_center=by_center)}
            ORDER BY contact.next_on, contact.id
        """,  # noqa: S608
        Kind.TODAY: f"""
            ({of_a_child} AND visit.due = %(today)s AND {is_its_own()})
            UNION ALL ({of_a_pregnancy} AND visit.kind = 'a' AND visit.due = %(today)s)
            UNION ALL ({after_a_birth} AND visit.due = %(today)s)
            ORDER BY 1, 3, 4
        """,
        # The newest missing visit of each child: whoever comes for it is given all of them. The least late first.
        Kind.OVERDUE: f"""
            {of_a_child} AND visit.due BETWEEN %(today)s - {OVERDUE_FOR.days} AND %(today)s - 1
                AND {is_late("visit", "%(today)s")}
                AND NOT EXISTS (
                    SELECT FROM child_health_plannedvisit later
                    WHERE later.child_id = visit.child_id AND later.kind = 'v' AND later.is_open
                        AND {is_late("later", "%(today)s")} AND (later.due, later.id) > (visit.due, visit.id)
                )
            ORDER BY visit.due DESC, visit.id
        """,
        Kind.BIRTH: f"""
            {of_a_pregnancy} AND visit.kind = 'b'
                AND visit.due BETWEEN %(today)s - {BIRTH_FOR.days} AND %(today)s - {BIRTH_AFTER.days}
            ORDER BY visit.due DESC, visit.id
        """,
        # Her newest message that was lost, where none came through. The lost are walked, and OFFSET has PostgreSQL look
        # at the others of those people alone, where it would join all that were sent.
        Kind.UNREACHED: f"""
            SELECT event.user_id, message.created_at::date, NULL::bigint, NULL::bigint, '{{}}'::bigint[], FALSE
            FROM delivery_message message JOIN events_notificationevent event ON event.id = message.event_id
            WHERE message.state IN {_LOST} AND message.created_at >= %(since)s
                AND {_may_be_called("event.user_id", by_center=by_center)}
                AND NOT EXISTS (
                    SELECT FROM events_notificationevent told JOIN delivery_message other ON other.event_id = told.id
                    WHERE told.user_id = event.user_id AND other.created_at >= %(since)s
                        AND CASE WHEN other.state IN {_LOST}
                            THEN (other.created_at, other.id) > (message.created_at, message.id)
                            ELSE other.state NOT IN ('queued', 'claimed', 'retrying', 'withdrawn') END
                    OFFSET 0
                )
            ORDER BY message.created_at DESC, message.id DESC
        """,  # noqa: S608
    }


_OF_ALL, _BY_CENTER = _statements(by_center=False), _statements(by_center=True)


def of(
    kind: Kind,
    page: int = 1,
    size: int = PAGE,
    centers: Collection[int] | None = None,
    within: float | None = None,
) -> list[Row]:
    """The rows of a kind, the most urgent first; one more than a page where there are more.

    Args:
        page: from 1 on.
        centers: ids of health centres: people who go there only.
        within: kilometres: people only of whom it is known that they have no farther to their centre.
    """
    today = clock.today_in(timezones.default())
    values: dict[str, Any] = {
        "today": today,
        "since": clock.now() - NOT_REACHED_FOR,
        "limit": size + 1,
        "offset": (page - 1) * size,
        "centers": None if centers is None else list(centers),
        "within": within,
    }
    statements = _OF_ALL if centers is None and within is None else _BY_CENTER
    with connection.cursor() as cursor:
        cursor.execute(f"{statements[kind]} LIMIT %(limit)s OFFSET %(offset)s", values)
        return [Row(kind, row[0], row[1], row[2], row[3], tuple(row[4]), row[5]) for row in cursor.fetchall()]


def most_urgent() -> dict[Kind, list[Row]]:
    """The first page of every kind; each with one row more where there are more."""
    return {kind: of(kind) for kind in Kind}


def people_of(rows: Sequence[Row]) -> set[int]:
    """Whom these rows are of."""
    return {row.person for row in rows}
