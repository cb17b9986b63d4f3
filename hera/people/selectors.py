"""Reads of people: whom a filter finds, and their list, a page at a time.

A page is answered in a moment, however many there are and whatever is asked.

Ids are looked at from the newest down, a stretch at a time, until a page is full and the time is spent. Some
combinations of criteria hold for a handful among a million people, and no index can foresee them all: what was not
looked at in time is one link away.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db.models import Exists, Max, OuterRef, Q
from django.utils.translation import gettext as _

from hera.child_health.models import Child
from hera.core import clock
from hera.core.ids import id_in
from hera.people.filter import PeopleFilter
from hera.people.masking import OPEN, Mask
from hera.people.small_groups import FEWEST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from hera.people.filter import Ids

PAGE = 50
COUNTED = 10_000
SECONDS = 0.15
_SECONDS_FOR_FIVE = 5.0  # masked, for finding as many as may be shown
# A stretch takes as long as people's records are many. The first is short enough for the slowest criteria.
_FIRST_STRETCH = 2_000
_GROWTH = 8
_A_DAY_AHEAD = dt.timedelta(days=1)  # somewhere it is tomorrow by UTC already


def people() -> QuerySet[User]:
    """Everybody who may be reminded: accounts of the app that are active and have a profile."""
    return User.objects.filter(is_active=True, is_staff=False, profile__isnull=False)


def chosen(criteria: Mapping[str, str], mask: Mask = OPEN) -> QuerySet[User]:
    """The people whom kept criteria find, for somebody who sees through `mask`.

    Raises:
        ValueError: if they are not ones that `PeopleFilter` can have kept.
    """
    unknown = set(criteria) - set(PeopleFilter.base_fields)
    form = PeopleFilter(criteria)
    form.mask = mask
    if unknown or not form.is_valid():
        raise ValueError(f"this filter of people cannot be read: {sorted(unknown) or form.errors.as_json()}")
    return people().filter(form.condition())


def with_a_child_reminded_of(found: QuerySet[User]) -> QuerySet[User]:
    """Those of whose children one at least is reminded of: what is about children says nothing to the others.

    A pause may be over where she lives while it is not here: such a one is found.
    """
    last = clock.now().date() + _A_DAY_AHEAD
    reminded_of = Child.objects.filter(user=OuterRef("pk"), ended_at=None)
    return found.filter(Exists(reminded_of.filter(Q(paused_until=None) | Q(paused_until__lte=last))))


@dataclass(frozen=True)
class Page:
    """Some of the people found, newest first.

    `after` is the id after which the next page begins, None where nobody is left. `count` is how many were found
    in what was looked at; `is_all` says that it was everybody.
    """

    users: list[User]
    after: int | None
    count: int
    is_all: bool

    @property
    def is_page_full(self) -> bool:
        return len(self.users) == PAGE


def page_of(form: PeopleFilter, after: str = "", seconds: float = SECONDS) -> Page:
    """One page of whom the filter finds. Call after `form.is_valid`.

    Args:
        after: the `after` of the page before; anything that is no id is the first page.
        seconds: for which it looks on.
    """
    newest = User.objects.aggregate(newest=Max("pk"))["newest"] or 0
    top = min(id_in(after) - 1, newest) if id_in(after) else newest
    found, reached = _look(form, top, seconds)
    is_all = reached <= 1
    shown = found[:PAGE]
    rest = None if is_all else reached
    next_after = shown[-1] if len(found) > PAGE else rest
    users = {user.pk: user for user in User.objects.select_related("profile").filter(pk__in=shown)}
    return Page([users[pk] for pk in shown if pk in users], next_after, len(found), is_all)


def too_few(form: PeopleFilter) -> str:
    """Why nobody is shown of whom a masked filter finds, in one sentence; blank where somebody may be.

    Whoever knows of somebody what the filter asks for would find her by it.
    """
    if not form.mask.is_on or not form.criteria():
        return ""
    found = page_of(form)
    if found.count < FEWEST and not found.is_all:
        found = page_of(form, seconds=_SECONDS_FOR_FIVE)
    return "" if found.count >= FEWEST else so_few()


def so_few() -> str:
    """The sentence that stands where fewer than five people would."""
    return _("Fewer than 5 people: nothing is shown, since somebody could be known by it.")


def _look(form: PeopleFilter, top: int, seconds: float) -> tuple[list[int], int]:
    """Ids found, from `top` down, and the last one that was looked at."""
    found: list[int] = []
    stretch = _FIRST_STRETCH
    until = time.monotonic() + seconds
    while top >= 1:
        low = max(1, top - stretch + 1)
        began = time.monotonic()
        found += _found(form, (low, top))
        if len(found) > COUNTED:
            return found[:COUNTED], found[COUNTED - 1]
        top = low - 1
        if form.is_by_index and len(found) < PAGE:
            stretch = top  # few, so the index finds all the rest at once
            continue
        left, took = until - time.monotonic(), time.monotonic() - began
        if left <= 0:
            break
        stretch = min(stretch * _GROWTH, max(1, int(stretch * left / took)))
    return found, top + 1


def _found(form: PeopleFilter, within: Ids) -> list[int]:
    return list(people().filter(form.condition(within)).order_by("-pk").values_list("pk", flat=True)[: COUNTED + 1])


MOST_CLOSED = 10


def closed_accounts(form: PeopleFilter) -> list[User]:
    """Accounts that staff closed, of the number or name that is asked for: on no list, and found to be opened again."""
    if not form.is_by_index:
        return []
    closed = User.objects.filter(is_active=False, is_staff=False).select_related("profile")
    return list(closed.filter(form.condition()).order_by("-pk")[:MOST_CLOSED])
