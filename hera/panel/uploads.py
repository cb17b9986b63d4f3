"""Tables that staff bring, kept between their preview and their confirmation (`imports`)."""

from __future__ import annotations

import datetime as dt

from hera.core import clock
from hera.panel.models import ImportUpload

KEPT = dt.timedelta(days=1)


def delete_old() -> int:
    """Forget files that nobody confirmed; returns how many."""
    return ImportUpload.objects.filter(uploaded_at__lt=clock.now() - KEPT).delete()[0]
