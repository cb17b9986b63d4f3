"""What Prometheus reads: of the database, so that it is the same whichever web process is asked.

Numbers only; nothing in them says who somebody is. Each reading costs a fixed number of indexed queries.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from hera.child_health.plan import checking
from hera.core import clock
from hera.core.models import JobRecord
from hera.delivery import budget
from hera.delivery import selectors as delivery
from hera.delivery.code_caps import codes_today
from hera.delivery.models import OPEN_STATES, Attempt, ChannelGate, Message
from hera.delivery.outbox import oldest_waiting

if TYPE_CHECKING:
    from prometheus_client import Metric

WINDOW = dt.timedelta(minutes=15)


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Database())
    return generate_latest(registry)


class _Database:
    def collect(self) -> Iterator[Metric]:
        yield from _jobs()
        yield from _queue()
        yield from _attempts()
        yield from _gates()
        yield from _codes()
        yield from _money()
        yield from _plans()


def _jobs() -> Iterator[Metric]:
    created = CounterMetricFamily("hera_job_created", "Events that a job has created.", labels=["job"])
    seconds = GaugeMetricFamily("hera_job_duration_seconds", "Work of the last run.", labels=["job"])
    success = GaugeMetricFamily("hera_job_last_success_timestamp_seconds", "End of the last run.", labels=["job"])
    for record in JobRecord.objects.order_by("job"):
        created.add_metric([record.job], record.created_in_all)
        seconds.add_metric([record.job], record.seconds)
        success.add_metric([record.job], record.succeeded_at.timestamp())
    yield from (created, seconds, success)


def _queue() -> Iterator[Metric]:
    waiting = GaugeMetricFamily("hera_messages_open", "Messages not at their end.", labels=["channel", "state"])
    counted = Message.objects.filter(state__in=OPEN_STATES).values_list("channel", "state").annotate(n=Count("id"))
    for channel, state, count in counted.order_by("channel", "state"):
        waiting.add_metric([channel, state], count)
    yield waiting
    yield GaugeMetricFamily(
        "hera_messages_set_aside",
        "Messages that workers were lost with, until staff put them back.",
        value=delivery.count_set_aside(),
    )
    yield GaugeMetricFamily(
        "hera_messages_without_text_recent",
        "Messages of the last hour that did not go out, because a text of theirs does not render.",
        value=sum(delivery.texts_that_stop_messages(dt.timedelta(hours=1)).values()),
    )
    age = oldest_waiting()
    yield GaugeMetricFamily(
        "hera_oldest_due_message_age_seconds",
        "For how long the oldest message that could be sent now has waited.",
        value=age.total_seconds() if age else 0,
    )


def _attempts() -> Iterator[Metric]:
    recent = GaugeMetricFamily(
        "hera_attempts_recent",
        f"Calls to providers in the last {int(WINDOW.total_seconds() / 60)} minutes.",
        labels=["kind", "outcome", "status"],
    )
    counted = (
        Attempt.objects.filter(started_at__gte=clock.now() - WINDOW)
        .values_list("channel_kind", "outcome", "status_code")
        .annotate(n=Count("id"))
        .order_by("channel_kind", "outcome", "status_code")
    )
    for kind, outcome, status, count in counted:
        recent.add_metric([kind, outcome, str(status or "none")], count)
    yield recent


def _codes() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "hera_codes_today", "Codes asked for in the day that runs, for whatever purpose.", value=codes_today()
    )
    limit = settings.HERA.otp_daily_limit_total
    yield GaugeMetricFamily("hera_codes_daily_limit", "How many of them are sent at most.", value=limit)


def _money() -> Iterator[Metric]:
    """Of the month that runs; without a budget its metric is left out, and no alarm can compare with it."""
    month = budget.month()
    yield GaugeMetricFamily("hera_texts_month", "Text messages handed over in this month.", value=month.texts)
    cost = GaugeMetricFamily("hera_texts_month_cost", "What they cost by the price list.", labels=["currency"])
    cost.add_metric([month.currency], float(month.cost))
    yield cost
    if month.budget is not None:
        allowed = GaugeMetricFamily("hera_texts_month_budget", "What they may cost.", labels=["currency"])
        allowed.add_metric([month.currency], float(month.budget))
        yield allowed


def _gates() -> Iterator[Metric]:
    parked = GaugeMetricFamily("hera_channel_parked", "1 while its provider is down.", labels=["channel"])
    for gate in ChannelGate.objects.order_by("channel"):
        parked.add_metric([gate.channel], int(gate.parked_until is not None))
    yield parked


def _plans() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "hera_plans_failed",
        "Children and pregnancies whose visits could not be planned, up to 100.",
        value=len(checking.failures()),
    )
    last = checking.last_check()
    if last is not None:
        yield GaugeMetricFamily(
            "hera_plans_differing", "Stored plans that were not what they should be, of a sample.", value=last.differing
        )
