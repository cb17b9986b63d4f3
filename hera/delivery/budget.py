"""What texts cost: the sums of each day, and how the month stands against its budget."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from hera.core import clock, timezones
from hera.core.months import months_later
from hera.delivery.models import TextSpending

if TYPE_CHECKING:
    from collections.abc import Mapping

NEAR = Decimal("0.8")  # of the budget: then staff are told
_CENT = Decimal("0.01")
_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Kind:
    """What sums are kept of."""

    day: dt.date
    purpose: str
    calling_code: str


@dataclass
class Amount:
    texts: int = 0
    segments: int = 0
    cost: Decimal = _NOTHING


@dataclass(frozen=True)
class Month:
    """How a month stands: what its texts were and cost, and what they may cost (None: no limit)."""

    texts: int
    cost: Decimal
    currency: str
    budget: Decimal | None
    days: Mapping[dt.date, Decimal] = field(default_factory=dict)  # what each day's texts cost

    @property
    def share(self) -> Decimal:
        """The part of the budget that is spent; 0 without one."""
        return self.cost / self.budget if self.budget else _NOTHING

    @property
    def is_near(self) -> bool:
        return self.share >= NEAR

    @property
    def is_used_up(self) -> bool:
        """Whether another text of the usual price does not fit."""
        prices = settings.HERA.text_prices
        return self.budget is not None and prices is not None and self.cost + prices.sms.default > self.budget

    @property
    def rounded(self) -> Decimal:
        """The cost in whole cents."""
        return self.cost.quantize(_CENT, ROUND_HALF_UP)


def currency() -> str:
    """The currency of the price list; blank without one."""
    prices = settings.HERA.text_prices
    return prices.currency if prices else ""


def today() -> dt.date:
    """The day that runs in the country's time zone, by which sums are kept."""
    return clock.today_in(timezones.default())


def first_of_month(day: dt.date) -> dt.date:
    """The first day of the month that this day is in."""
    return day.replace(day=1)


def start_of_tomorrow(day: dt.date) -> dt.datetime:
    """When the day after this one begins, in the country's time zone."""
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=timezones.default())


def start_of_next_month(day: dt.date) -> dt.datetime:
    """When the month after this day's begins, in the country's time zone."""
    return dt.datetime.combine(months_later(day, 1), dt.time(), tzinfo=timezones.default())


def month() -> Month:
    """How the month that runs stands, in one statement over its few rows."""
    first = first_of_month(today())
    texts, by_day = 0, dict[dt.date, Decimal]()
    rows = TextSpending.objects.filter(day__gte=first, day__lt=start_of_next_month(first).date())
    for day, money, count, cost in rows.values_list("day", "currency", "texts", "cost"):
        texts += count
        if money == currency():
            by_day[day] = by_day.get(day, _NOTHING) + cost
    return Month(texts, sum(by_day.values(), _NOTHING), currency(), settings.HERA.text_budget, by_day)


def sums(day: dt.date) -> list[tuple[dt.date, str, str, int, Decimal]]:
    """Of the month up to this day: day, purpose, calling code, texts, and their cost in today's currency."""
    rows = TextSpending.objects.filter(day__gte=first_of_month(day), day__lte=day)
    return [
        (on, purpose, code, texts, cost if money == currency() else _NOTHING)
        for on, purpose, code, money, texts, cost in rows.values_list(
            "day", "purpose", "calling_code", "currency", "texts", "cost"
        )
    ]


def add(amounts: Mapping[Kind, Amount], *, sign: int = 1) -> None:
    """Add these to the sums, or with `sign` -1 take them out again; in one statement."""
    kinds = sorted(amounts, key=lambda kind: (kind.day, kind.purpose, kind.calling_code))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO delivery_textspending AS spent (day, purpose, calling_code, currency, texts, segments, cost)
            SELECT day, purpose, calling_code, %(currency)s, texts, segments, cost
            FROM unnest(%(days)s::date[], %(purposes)s::text[], %(codes)s::text[], %(texts)s::int[],
                %(segments)s::int[], %(costs)s::numeric[]) AS new(day, purpose, calling_code, texts, segments, cost)
            ON CONFLICT (day, purpose, calling_code, currency) DO UPDATE SET
                texts = spent.texts + excluded.texts,
                segments = spent.segments + excluded.segments,
                cost = spent.cost + excluded.cost
            """,
            {
                "currency": currency(),
                "days": [kind.day for kind in kinds],
                "purposes": [kind.purpose for kind in kinds],
                "codes": [kind.calling_code for kind in kinds],
                "texts": [sign * amounts[kind].texts for kind in kinds],
                "segments": [sign * amounts[kind].segments for kind in kinds],
                "costs": [sign * amounts[kind].cost for kind in kinds],
            },
        )


def warnings(stands: Month) -> list[str]:
    """What whoever runs the server should know of the month's money; one sentence, or none."""
    if stands.budget is None or not stands.is_near:
        return []
    of = f"{stands.rounded} of {stands.budget} {stands.currency}"
    if stands.is_used_up:
        return [f"the month's texts have cost {of}: all but sign-in codes wait, until HERA_TEXT_BUDGET is raised"]
    return [f"the month's texts have cost {of}: beyond it all but sign-in codes wait (HERA_TEXT_BUDGET)"]
