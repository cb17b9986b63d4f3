"""Estimated dates of a pregnancy and the plan of its antenatal visits: pure functions of dates.

The visits at weeks 10, 24, 34 and 38 and the catch-up rule are those of HERA's programme (Turkey's
antenatal care protocol asks for four visits); weeks count from the last menstrual period.
"""

from __future__ import annotations

import datetime as dt

PLANNED_WEEKS = (10, 24, 34, 38)
LAST_GAP_ENDS_IN_WEEK = 42
TERM = dt.timedelta(days=280)  # Naegele's rule
GRACE_AFTER_TERM = dt.timedelta(days=7)
RUNS_ON = dt.timedelta(days=28)  # after the estimated date, unless its end was told
# A week may be counted as begun or as completed, and is often a guess: what differs by more is a slip.
AGREE_WITHIN = dt.timedelta(weeks=2)
LAST_WEEK = 43  # a visit later than this is of a wrong declaration
VIABLE_AFTER = dt.timedelta(weeks=22)  # WHO, ICD-10: the perinatal period begins at 22 completed weeks
# Rows of an older database may begin in a wrong century: of what is longer than this, no date can be believed.
LONGEST = dt.timedelta(days=2 * 365)


def start_from_week(week: int, today: dt.date) -> dt.date:
    """The estimated start of a pregnancy that is `week` whole weeks old today."""
    return today - dt.timedelta(weeks=week)


def delivery_date(start: dt.date, today: dt.date) -> dt.date:
    """280 days after the start; a week from now if that day has come already."""
    expected = start + TERM
    return expected if expected > today else today + GRACE_AFTER_TERM


def week_on(start: dt.date, day: dt.date) -> int:
    """Weeks from the start to `day`, rounded up; 0 before the start."""
    return max(0, -(-(day - start).days // 7))


def contradict(week: int | None, period: dt.date | None, today: dt.date) -> bool:
    """Whether a week of pregnancy and the first day of the last period, both told today, cannot both be right."""
    if week is None or period is None:
        return False
    return abs(start_from_week(week, today) - period) > AGREE_WITHIN


def visit_weeks(declared_week: int, visits_made: int) -> list[int]:
    """The weeks in which visits are planned, as seen from the week of declaration.

    Weeks still ahead, and for each week that has passed without a visit a catch-up visit half way (rounded
    down) between two of the stops: the declared week, the weeks ahead, and week 42.
    """
    if declared_week >= PLANNED_WEEKS[-1]:
        return [declared_week + 1]
    ahead = [week for week in PLANNED_WEEKS if week > declared_week]
    missed = max(0, len(PLANNED_WEEKS) - len(ahead) - visits_made)
    stops = [declared_week, *ahead, LAST_GAP_ENDS_IN_WEEK]
    gaps = zip(stops, stops[1:], strict=False)
    catch_up = [(first + second) // 2 for first, second in gaps][:missed]
    return sorted(ahead + catch_up)


def visit_date(start: dt.date, week: int) -> dt.date:
    """The Monday of that week."""
    day = start + dt.timedelta(weeks=week)
    return day - dt.timedelta(days=day.weekday())
