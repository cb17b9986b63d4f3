"""Parameters of calls, as clients send them."""

from __future__ import annotations

import datetime as dt

from hera.core import digits


def date_or_none(text: str) -> dt.date | None:
    """An ISO date; None for what is none, which a filter then leaves out as the earlier HERA did."""
    try:
        return dt.date.fromisoformat(digits.plain(text))
    except ValueError:
        return None
