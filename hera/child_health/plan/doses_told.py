"""Which of a child's records are doses for the engine to judge, which only silence a dose, and which do neither.

Pure functions of records. Dated records of a known product are judged. What was told without a day (a year, a card that
cannot be read) silences its dose and proves none. A date before the birth, or after the day on which it was told, is
neither: staff are asked about it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Container, Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from hera.child_health.plan.subject import BELIEVED, SEEN
from hera.immunization.organize_history import Given

if TYPE_CHECKING:
    from hera.child_health.plan.subject import Record

# Between two doses of one vaccine there are four weeks at least, in any schedule: two days that are nearer to each
# other are two accounts of one dose.
APART = dt.timedelta(days=28)
_A_DAY_AHEAD = dt.timedelta(days=1)  # where the mother lives, and by UTC, which entries are kept by

ProductOf = Callable[["Record"], str | None]


class DosesTold(NamedTuple):
    """What a child's records say.

    Args:
        given: the doses that have a day, each once; their keys are those of the records.
        with_day: the day on which each numbered dose that has a day was told, by its id.
        without_day: ids of the doses that were told without one, and that nobody who is believed more has a day of.
    """

    given: tuple[Given, ...]
    with_day: dict[int, dt.date]
    without_day: frozenset[int]


def doses_told(records: Iterable[Record], product_of: ProductOf, born: dt.date, numbered: Container[int]) -> DosesTold:
    """What the records of a child say.

    Args:
        product_of: the product of a record, as the pack calls it; None if nobody can tell.
        numbered: the ids of the pack's doses.
    """
    by_what: defaultdict[Hashable, list[Record]] = defaultdict(list)
    undated: dict[int, Record] = {}
    for one in sorted(records, key=_rank):
        if not is_possible(one, born):
            continue
        if has_day(one) and product_of(one) is not None:
            # What was given in a campaign is kept away from by live vaccines, and stands for no dose.
            by_what[one.dose_id or product_of(one), one.campaign].append(one)
        elif one.dose_id is not None and one.dose_id in numbered and not one.campaign:
            undated.setdefault(one.dose_id, one)
    kept = [one for several in by_what.values() for one in _each_once(several)]
    best: dict[int, Record] = {}
    for one in sorted(kept, key=_rank):
        if one.dose_id in numbered and one.dose_id is not None and not one.campaign:
            best.setdefault(one.dose_id, one)
    return DosesTold(
        tuple(
            Given(latest(one), product_of(one) or "", counts=not one.campaign, key=one.pk)
            for one in sorted(kept, key=lambda one: one.pk)
        ),
        {dose: one.entered_on for dose, one in best.items()},
        frozenset(
            dose
            for dose, one in undated.items()
            if dose not in best or BELIEVED.index(one.source) < BELIEVED.index(best[dose].source)
        ),
    )


def is_possible(record: Record, born: dt.date) -> bool:
    """Whether it can have been on its day, as seen when it was told."""
    if record.day is None:
        return True
    return latest(record) >= born and record.day <= record.entered_on + _A_DAY_AHEAD


def has_day(record: Record) -> bool:
    """Whether its day is known well enough to be judged."""
    return record.day is not None and record.precision in {"day", "month"}


def is_another(one: Record, other: Record) -> bool:
    """Whether two records of one number, both with a day, are two doses, and not two accounts of one.

    A schedule may ask for a number again: after a dose that did not count, or where a child needs one more than its
    series has names for. Then the second was given after the first was told; or one card has both.
    """
    first, second = sorted((one, other), key=lambda record: (latest(record), record.pk))
    if latest(second) - latest(first) < APART:
        return False
    assert second.day is not None
    is_of_one_card = first.source in SEEN and (first.source, first.entered_on) == (second.source, second.entered_on)
    return is_of_one_card or second.day > first.entered_on


def latest(record: Record) -> dt.date:
    """The last day that it can have been."""
    assert record.day is not None
    if record.precision == "day":
        return record.day
    month = 12 if record.precision == "year" else record.day.month
    last = (record.day.replace(month=month, day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return max(record.day, min(last, record.entered_on))


def _each_once(records: Iterable[Record]) -> list[Record]:
    """Those of the records of one dose that are doses of their own; the first of several accounts is believed."""
    kept: list[Record] = []
    for one in records:
        same = _is_same_day if one.campaign or one.dose_id is None else _is_same_dose
        if not any(same(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_same_day(one: Record, other: Record) -> bool:
    return one.day == other.day


def _is_same_dose(one: Record, other: Record) -> bool:
    return not is_another(one, other)


def _rank(record: Record) -> tuple[int, int, int]:
    """Of accounts of one dose, who has seen the card is believed first; then the later day, so that nothing is planned
    early."""
    return BELIEVED.index(record.source), -latest(record).toordinal() if record.day else 0, record.pk
