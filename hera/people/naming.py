"""Filters that staff have typed, and whom they name: somebody who is erased is not to be found in them any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from django.contrib.auth.models import User
from django.db.models import Case, Q, Value, When

from hera.people.filter import PeopleFilter

if TYPE_CHECKING:
    from collections.abc import Iterable

NAMING = ("number", "name")  # the fields of the filter into which staff type who somebody is
FEWEST_DIGITS = 7  # what is shorter begins or ends the numbers of many


class Filtered(Protocol):
    """What was asked for by a filter."""

    criteria: Any


FilteredT = TypeVar("FilteredT", bound=Filtered)


def that_name(user: User, asked: Iterable[FilteredT]) -> list[FilteredT]:
    """Those of which a name or a number finds her by itself; all asked at once, by the filter's own conditions."""
    asked = list(asked)
    texts = {
        (field, str(one.criteria[field]))
        for one in asked
        for field in NAMING
        if one.criteria and one.criteria.get(field)
    }
    conditions: dict[tuple[str, str], Q] = {}
    for field, text in texts:
        form = PeopleFilter({field: text})
        if (field != "number" or sum(map(str.isdigit, text)) >= FEWEST_DIGITS) and form.is_valid():
            conditions[field, text] = form.condition()
    if not conditions:
        return []
    found: dict[str, Any] = {
        f"text_{number}": Case(When(condition, then=Value(True)), default=Value(False))
        for number, condition in enumerate(conditions.values())
    }
    finds_her = User.objects.filter(pk=user.pk).values_list(*found.values())[0]
    hers = {key for key, finds in zip(conditions, finds_her, strict=True) if finds}
    return [one for one in asked if any((field, str((one.criteria or {}).get(field))) in hers for field in NAMING)]
