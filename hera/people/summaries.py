"""People as their list shows them: a page at a time, a fixed number of statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from hera.child_health import as_of
from hera.child_health.models import Child, Pregnancy
from hera.child_health.plan.people import Visits, visits_of
from hera.core import clock, timezones
from hera.people import likeness, told

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.contrib.auth.models import User

    from hera.people.likeness import KnownAs
    from hera.people.masking import Mask


@dataclass(frozen=True)
class Summary:
    """A row of the list. Days on which something is planned tell a birth date: who sees people masked has neither."""

    pk: int
    name: str
    number: str
    born: str
    language: str
    timezone: str
    joined: str
    children: int
    is_pregnant: bool
    next_visit: str
    overdue_since: str


def summaries_of(users: Sequence[User], mask: Mask) -> list[Summary]:
    """These people as somebody sees them who sees through `mask`; their profiles must be read with them."""
    ids = [user.pk for user in users]
    today = clock.today_in(timezones.default())
    before = mask.told_before
    going_on = Child.objects.filter(as_of.went_on("child", before), user__in=ids)
    children = dict(going_on.values_list("user").annotate(many=Count("pk")).order_by())
    running = Pregnancy.objects.filter(
        as_of.went_on("pregnancy", before), user__in=ids, estimated_delivery_date__gte=mask.as_of(today)
    ).values_list("user_id", flat=True)
    pregnant = set(running)
    visits = {} if mask.is_on else visits_of(ids, today)
    known_as = likeness.known_as(users, mask)
    return [
        _summary(
            user,
            mask,
            known_as[user.pk],
            children.get(user.pk, 0),
            visits.get(user.pk, Visits(None, None)),
            user.pk in pregnant,
        )
        for user in users
    ]


def _summary(user: User, mask: Mask, known: KnownAs, children: int, visits: Visits, is_pregnant: bool) -> Summary:
    profile = user.profile
    return Summary(
        pk=user.pk,
        name=mask.name(profile.name),
        number=known.number,
        born=known.born,
        language=known.language,
        timezone=known.timezone,
        joined=told.moment(user.date_joined, mask),
        children=children,
        is_pregnant=is_pregnant,
        next_visit=_day(visits.next, mask),
        overdue_since=_day(visits.overdue_since, mask),
    )


def _day(date: dt.date | None, mask: Mask) -> str:
    return told.day(date, mask) if date else ""
