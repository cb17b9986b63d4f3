"""For how long a table that was brought can be taken back.

Apart from `brought`, which loads what reads tables: the worker only forgets them.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from hera.core import clock
from hera.panel.models import BroughtTable

if TYPE_CHECKING:
    from django.db.models import QuerySet

KEPT = dt.timedelta(days=30)


def standing() -> QuerySet[BroughtTable]:
    """The tables that can be taken back, as far as their age goes."""
    return BroughtTable.objects.filter(at__gt=clock.now() - KEPT)


def delete_old() -> int:
    """Forget tables that can no longer be taken back; returns how many rows of them."""
    return BroughtTable.objects.filter(at__lte=clock.now() - KEPT).delete()[0]
