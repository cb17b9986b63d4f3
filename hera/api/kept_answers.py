"""Answers that are given again to a repeated call (`repeats`), until they are old."""

from __future__ import annotations

import datetime as dt

from hera.api.models import KeptAnswer
from hera.core import clock

KEPT = dt.timedelta(days=7)


def delete_old() -> int:
    """Forget answers that are given no more; returns how many."""
    return KeptAnswer.objects.filter(created_at__lte=clock.now() - KEPT).delete()[0]
