"""What is found about doses given, and how far a person has come in a series (CDSi 3.3)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from hera.immunization.organize_history import Given, Patient
from hera.immunization.schedule import Series, TargetDose


class Status(StrEnum):
    """What a dose given is to a series (CDSi 3.3)."""

    VALID = "valid"
    NOT_VALID = "not valid"
    EXTRANEOUS = "extraneous"  # does not count, and need not be repeated


class Reason(StrEnum):
    """Why a dose given does not count."""

    TOO_YOUNG = "too young"
    TOO_OLD = "too old"
    TOO_SOON = "too soon"
    LIVE_CONFLICT = "live conflict"
    INADVERTENT = "inadvertent"
    WRONG_PRODUCT = "wrong product"
    SERIES_COMPLETE = "series complete"
    SAME_DAY = "same day"
    # Of doses that are held against no series (`set_aside`).
    NOT_COUNTED = "not counted"
    BEFORE_BIRTH = "before birth"
    IN_FUTURE = "in future"
    UNKNOWN_PRODUCT = "unknown product"
    NOT_PLANNED = "not planned"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a dose given counts for a target dose, and why not.

    Args:
        target: the target dose that it was held against; None if none was left.
        counts_from: of one too young, too soon or too near a live vaccine: the day before which, for this reason, it
            cannot count. Another reason may hold beside it.
        minimum_day: of such a one: the day on which the minimum age, interval or gap is reached, without days of grace.
            It is `counts_from` or later.
        other: the earlier dose that it was too near to.
        in_grace: it counts by the days of grace before its minimum age or interval.
    """

    dose: Given
    target: TargetDose | None
    status: Status
    reason: Reason | None = None
    counts_from: dt.date | None = None
    other: Given | None = None
    in_grace: bool = False
    minimum_day: dt.date | None = None


@dataclass
class Track:
    """How far a person has come in a series: built up dose by dose (`evaluate_series`)."""

    patient: Patient
    series: Series
    once_a_day: bool = True
    verdicts: list[Verdict] = field(default_factory=list)
    satisfied: list[tuple[TargetDose, Given]] = field(default_factory=list)
    skipped: set[int] = field(default_factory=set)
    place: int = 0  # of the target dose that comes next

    @property
    def target(self) -> TargetDose | None:
        """The first target dose that is neither satisfied nor skipped."""
        return self.series.doses[self.place] if self.place < len(self.series.doses) else None

    @property
    def valid(self) -> list[Given]:
        """The doses given that count."""
        return [verdict.dose for verdict in self.verdicts if verdict.status is Status.VALID]

    def satisfying(self, number: int) -> Given | None:
        """The dose given that satisfied a target dose, the last one if it recurs."""
        return next((given for target, given in reversed(self.satisfied) if target.number == number), None)
