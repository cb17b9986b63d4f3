"""People as tables for a data analyst: one row a person with numbered records, or a tidy table for each kind of record.

Read a thousand people at a time and written as they are read: the memory does not grow with their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db.models import Count, Max, QuerySet

from hera.child_health.models import (
    Child,
    Pregnancy,
)
from hera.events.models import NotificationEvent
from hera.exports import coarser, pseudonyms
from hera.exports.formats import CHUNK, FORMATS, Row
from hera.exports.records import TABLES, person, that_show
from hera.people.masking import MASKED
from hera.surveys.models import Survey

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from hera.people.masking import Mask

# Of records that can be many, the newest so many have columns of their own in the wide table; all are in the tidy ones.
MOST_COLUMNS = 20
# Kinds of records that the wide table numbers, and the tables that they have.
_NUMBERED = {"pregnancy": "pregnancies", "child": "children", "survey": "surveys", "notification": "notifications"}

Reached = Callable[[int], None]


def people_wide(chosen: QuerySet[User], mask: Mask, order: Sequence[int] = ()) -> Iterator[Row]:
    """One row a person: pregnancy_1_..., child_1_..., survey_1_..., notification_1_...

    Args:
        order: the ids of all of them, as the rows are to come; none: as the ids are.
    """
    most = {
        "pregnancy": _most(chosen, Pregnancy, mask),
        "child": _most(chosen, Child, mask),
        "survey": _most(chosen, Survey, mask),
        "notification": _most(chosen, NotificationEvent, mask),
    }
    heads = {kind: TABLES[table][0] for kind, table in _NUMBERED.items()}
    makers = {kind: TABLES[table][1] for kind, table in _NUMBERED.items()}
    head = [*TABLES["people"][0]]
    for kind, count in most.items():
        head += [f"{kind}_{number}_{column}" for number in range(1, count + 1) for column in heads[kind][1:]]
    yield head
    for users in _chunks(chosen, order):
        records = {kind: _by_person(make(users, mask)) for kind, make in makers.items()}
        for user in users:
            row = [*person(user, mask)]
            for kind, count in most.items():
                mine = records[kind][user.pk][-count:] if count else []
                row += [cell for record in mine for cell in record[1:]]
                row += [""] * ((count - len(mine)) * (len(heads[kind]) - 1))
            yield row


def _tidy(head: Sequence[str], make: Any) -> Any:
    def table(chosen: QuerySet[User], mask: Mask, order: Sequence[int] = ()) -> Iterator[Row]:
        yield list(head)
        for users in _chunks(chosen, order):
            if not order:
                yield from make(users, mask)
                continue
            places = {user.pk: place for place, user in enumerate(users)}
            yield from sorted(make(users, mask), key=lambda row: places[row[0]])

    return table


def as_file(
    kind: str,
    form: str,
    chosen: QuerySet[User],
    mask: Mask,
    reached: Reached | None = None,
    *,
    study_key: bytes | None = None,
) -> Iterator[bytes]:
    """The table as a file, a piece at a time. Masked, small groups are merged.

    Args:
        kind: one of `KINDS`.
        form: one of `FORMATS`.
        reached: is told now and then how many of a hundred are done.
        study_key: of a study: its pseudonyms stand for all ids, and rows come in their order. Masked always.
    """
    mask = MASKED if study_key else mask
    order = pseudonyms.in_order(chosen.order_by().values_list("pk", flat=True), study_key) if study_key else []
    rows = KINDS[kind](chosen, mask, order)
    if reached:
        rows = _telling(rows, reached, order)
    if mask.is_on:
        rows = coarser.rows(kind, rows, chosen)
    if study_key:
        rows = pseudonyms.replaced(rows, study_key)
    return FORMATS[form].write(rows)


def _telling(rows: Iterator[Row], reached: Reached, order: Sequence[int]) -> Iterator[Row]:
    """People come in the order of their ids, or in one of their own."""
    places = {person: place for place, person in enumerate(order)}
    most = len(order) if order else User.objects.aggregate(newest=Max("pk"))["newest"] or 1
    for number, row in enumerate(rows):
        if number and number % CHUNK == 0:
            reached((places[row[0]] if order else row[0]) * 100 // most)
        yield row


def _chunks(chosen: QuerySet[User], order: Sequence[int] = ()) -> Iterator[list[User]]:
    """The people by their ids; each chunk is a query of its own, so that a long export holds no snapshot open."""
    ordered, last = chosen.select_related("profile").order_by("pk"), 0
    for start in range(0, len(order), CHUNK):
        places = {person: place for place, person in enumerate(order[start : start + CHUNK])}
        yield sorted(ordered.filter(pk__in=places), key=lambda user: places[user.pk])
    while not order and (users := list(ordered.filter(pk__gt=last)[:CHUNK])):
        yield users
        last = users[-1].pk


def _most(chosen: QuerySet[User], model: Any, mask: Mask) -> int:
    counts = that_show(model, chosen, mask).values("user").annotate(n=Count("pk"))
    return min(counts.order_by().aggregate(most=Max("n"))["most"] or 0, MOST_COLUMNS)


def _by_person(rows: Iterable[Row]) -> defaultdict[int, list[Row]]:
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


KINDS = {"people-wide": people_wide, **{kind: _tidy(head, make) for kind, (head, make) in TABLES.items()}}
# What the tidy tables begin with; the wide one has the same columns, numbered.
HEADS = {kind: head for kind, (head, _make) in TABLES.items()}
