"""Live virus conflicts: was a live vaccine given too near to another one (CDSi 6.7)?

Two on one day do not disturb each other. A gap ends earlier after a vaccine that counted: CDSi's days of grace.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from hera.immunization.organize_history import is_between
from hera.immunization.verdicts import Reason, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hera.immunization.ages import Period
    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import Schedule, TargetDose

# Whether a dose given counted for any of its antigens, as far as has been judged.
Counted = Callable[["Given"], bool]


def objection(
    dose: Given, target: TargetDose, earlier: Iterable[Given], schedule: Schedule, counted: Counted
) -> Verdict | None:
    """A dose in the days after another live vaccine (CALCDTLIVE-1 to 4); of several gaps the one that ends last."""
    found: tuple[dt.date, dt.date, Given] | None = None
    for other in earlier:
        conflict = schedule.conflicts.get((other.product, dose.product))
        if conflict is None or not is_between(dose.date, other.date, conflict.since, conflict.until):
            continue
        until = (conflict.valid_until if counted(other) else conflict.until).after(other.date)
        if dose.date < until and (found is None or until > found[0]):
            found = until, conflict.until.after(other.date), other
    if found is None:
        return None
    until, minimum_day, other = found
    return Verdict(dose, target, Status.NOT_VALID, Reason.LIVE_CONFLICT, until, other, minimum_day=minimum_day)


def gaps(target: TargetDose, doses: Iterable[Given], schedule: Schedule) -> Iterator[tuple[Period, Given]]:
    """How long after which live vaccines given one of a target dose has to wait (CALCDTCONFLICT-1 to 3)."""
    for dose in doses:
        for rule in target.preferable if dose.product in schedule.live else ():
            if (conflict := schedule.conflicts.get((dose.product, rule.product))) is not None:
                yield conflict.until, dose
