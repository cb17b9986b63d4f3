"""Questions that do not render: noted when somebody's app asks for them, since only staff can mend them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Q

from hera.core import clock
from hera.surveys.models import SurveyTemplate

if TYPE_CHECKING:
    from collections.abc import Collection

NOTED_EVERY = dt.timedelta(minutes=10)  # not at every look of every phone


def note(template_ids: Collection[int]) -> None:
    """Remember that questions of these templates did not render just now."""
    if not template_ids:
        return
    now = clock.now()
    is_old = Q(unreadable_at__isnull=True) | Q(unreadable_at__lt=now - NOTED_EVERY)
    SurveyTemplate.objects.filter(is_old, pk__in=template_ids).update(unreadable_at=now)


def codes(since: dt.timedelta) -> list[str]:
    """The codes of surveys whose question did not render for somebody since then."""
    found = SurveyTemplate.objects.filter(unreadable_at__gte=clock.now() - since)
    return list(found.order_by("code").values_list("code", flat=True))
