"""When a planned visit of a child is late, in SQL: one rule, for all who ask the stored plan about many at once.

`calendar.status_on` is the same rule for one visit; a test holds the two together.
"""

from __future__ import annotations


def is_its_own(visit: str = "visit") -> str:
    """Whether a row of the plan is a visit of its own.

    What due ages plan once more names doses that are planned on their own days already; a pack's tries, which know from
    when they may be given, have days of their own.
    """
    return f"({visit}.attempt = 1 OR {visit}.earliest IS NOT NULL)"


def is_late(visit: str = "visit", today: str = "%s") -> str:
    """Whether a visit with doses left is overdue.

    By due ages it is the day after it was due; a pack says from when it is late, and of some not at all.

    Args:
        today: a placeholder of the statement, which is in it twice.
    """
    return (
        f"({visit}.due < {today} AND CASE WHEN {visit}.earliest IS NULL THEN {visit}.attempt = 1"
        f" ELSE {visit}.overdue_after < {today} END)"
    )
