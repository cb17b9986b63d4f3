"""Live virus conflicts: was a live vaccine given too near to another one (CDSi 6.7)?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from hera.immunization.verdicts import Reason, Status, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import Schedule, TargetDose

# Whether a dose given counted for any of its antigens, as far as has been judged.
Counted = Callable[["Given"], bool]


def objection(
    dose: Given, target: TargetDose, earlier: Iterable[Given], schedule: Schedule, counted: Counted
) -> Verdict | None:
    """A dose in the days after another live vaccine (CALCDTLIVE-1 to 4) does not count; on the same day, it does."""
    for other in earlier:
        conflict = schedule.conflicts.get((other.product, dose.product))
        if conflict is None:
            continue
        until = (conflict.valid_until if counted(other) else conflict.until).after(other.date)
        if conflict.since.after(other.date) <= dose.date < until:
            return Verdict(dose, target, Status.NOT_VALID, Reason.LIVE_CONFLICT, until, other)
    return None


def ends(target: TargetDose, doses: Iterable[Given], schedule: Schedule) -> dt.date | None:
    """From when a live vaccine of a target dose is clear of all live vaccines given (CALCDTCONFLICT-1 to 3)."""
    products = [rule.product for rule in target.preferable]
    return max(
        (
            conflict.until.after(dose.date)
            for dose in doses
            for product in products
            if (conflict := schedule.conflicts.get((dose.product, product))) is not None
        ),
        default=None,
    )
