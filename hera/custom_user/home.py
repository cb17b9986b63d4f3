"""The panel's first page: what stands, what went out, and whether the machine does its work."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from hera.core import clock
from hera.core.models import JobRecord
from hera.custom_user import masking
from hera.custom_user.dashboard import charts, selectors, views
from hera.delivery.outbox import oldest_waiting

if TYPE_CHECKING:
    from django.http import HttpRequest

DAYS = 30
LATE_JOB = dt.timedelta(minutes=15)


def context(request: HttpRequest) -> dict[str, Any]:
    """What this member of staff may see of it: figures, the state of the jobs, or neither."""
    user = request.user
    found: dict[str, Any] = {"cards": [], "jobs": []}
    if user.has_perm(views.PERMISSION):
        found["cards"] = _cards(request)
        found["coverage"] = selectors.coverage()
    if user.has_perm("core.view_jobrecord") or user.has_perm(views.PERMISSION):
        found["jobs"] = _jobs()
        waiting = oldest_waiting()
        found["oldest_minutes"] = int(waiting.total_seconds() // 60) if waiting else 0
    return found


def _cards(request: HttpRequest) -> list[dict[str, Any]]:
    """Each number with its last days and the list behind it, where that may be opened."""
    today = clock.now().date()
    totals, days = selectors.totals(), selectors.daily(today - dt.timedelta(days=DAYS - 1), today)
    people = reverse("admin:custom_user_customuser_changelist")
    may_list = request.user.has_perm(masking.SEE) or request.user.has_perm(masking.SEE_MASKED)
    messages = reverse("admin:delivery_message_changelist") if request.user.has_perm("delivery.view_message") else ""
    rows = (
        (_("People"), totals["people"], "sign_ups", people if may_list else ""),
        (_("Running pregnancies"), totals["pregnancies"], None, f"{people}?pregnant=yes" if may_list else ""),
        (_("Children"), totals["children"], None, f"{people}?has_children=yes" if may_list else ""),
        (_("Reminders today"), totals["reminders_today"], None, messages),
        (_("Messages sent, 30 days"), sum(count for _day, count in days["sent"]), "sent", messages),
        (_("Messages that did not arrive, 30 days"), sum(count for _day, count in days["failed"]), "failed", messages),
        (_("Survey answers, 30 days"), totals["answers"], "answers", ""),
    )
    return [
        {
            "label": label,
            "value": value,
            "link": link,
            "chart": charts.spark([count for _day, count in days[series]], label) if series else "",
        }
        for label, value, series, link in rows
    ]


def _jobs() -> list[dict[str, Any]]:
    late = clock.now() - LATE_JOB
    return [
        {"job": record.job, "at": record.succeeded_at, "is_late": record.succeeded_at < late}
        for record in JobRecord.objects.order_by("job")
    ]
