"""What the settings allow of texts, for the gate that each passes, and at the door, where whoever asks can be told."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings

from hera.core import limits, phone_numbers
from hera.core.limits import Limit
from hera.delivery import budget
from hera.delivery.models import PURPOSES_THAT_PASS, Message
from hera.texts.segments import segments

WAITS = "waits for the next "
_NOWHERE = phone_numbers.PhoneNumber("", "", "", "001")


@dataclass(frozen=True)
class Held:
    """Why a text does not go now, and from when on it may; None: never."""

    reason: str
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Text:
    """A text whose turn it is."""

    message_id: int
    purpose: str
    is_code: bool
    number: phone_numbers.PhoneNumber
    segments: int
    cost: Decimal


@dataclass
class Counts:
    """What has been handed over up to now, which every text that goes adds to."""

    day: dt.date
    of_purpose: Counter[str] = field(default_factory=Counter)  # today
    of_prefix: Counter[str] = field(default_factory=Counter)  # today
    of_day: int = 0
    of_month: int = 0
    cost: Decimal = Decimal(0)  # of the month
    of_person: Counter[str] = field(default_factory=Counter)  # today, by number, without codes

    def take(self, text: Text) -> None:
        self.of_purpose[text.purpose] += 1
        self.of_prefix[text.number.country_code] += 1
        self.of_day += 1
        self.of_month += 1
        self.cost += text.cost
        if not text.is_code:
            self.of_person[text.number.e164] += 1


def text_of(message: Message, to: str, text: str) -> Text:
    """What is asked of a message and its text: to whom, in how many parts, and for how much."""
    try:
        number = phone_numbers.parse(to)
    except phone_numbers.InvalidPhoneNumber:  # the gateway will say so
        number = phone_numbers.PhoneNumber(to, *phone_numbers.split(to), _NOWHERE.region)
    parts, prices = segments(text), settings.HERA.text_prices
    cost = prices.cost(message.channel, number.e164, number.region, parts) if prices else Decimal(0)
    return Text(message.pk, message.purpose, message.is_code, number, parts, cost)


def why_not(text: Text, counts: Counts) -> Held | None:
    """The cap that this text would exceed; None if it may go.

    No cap that others share holds up a sign-in code, or what tells an old number of a change (ADR 13).
    """
    allowed = settings.HERA
    if not text.is_code and counts.of_person[text.number.e164] >= allowed.text_limit_per_person:
        return Held(f"{allowed.text_limit_per_person} texts have gone to this person today")
    if text.purpose in PURPOSES_THAT_PASS:
        return None
    of_purpose = allowed.text_limits.get(text.purpose)
    of_prefix = counts.of_prefix[text.number.country_code]
    tomorrow, next_month = budget.start_of_tomorrow(counts.day), budget.start_of_next_month(counts.day)
    shared = (
        # Codes are counted by purpose at the door, by `code_caps`, where whoever asks can be told.
        (
            of_purpose is not None and not text.is_code and counts.of_purpose[text.purpose] >= of_purpose,
            Held(_beyond_purpose(text.purpose, of_purpose or 0), tomorrow),
        ),
        (0 < allowed.text_limit_per_prefix <= of_prefix, Held(_beyond_prefix(), tomorrow)),
        (0 < allowed.text_limit <= counts.of_day, Held(_beyond_day(), tomorrow)),
        (0 < allowed.text_limit_per_month <= counts.of_month, Held(_beyond_month(), next_month)),
        (
            allowed.text_budget is not None and counts.cost + text.cost > allowed.text_budget,
            Held(_beyond_budget(), next_month),
        ),
    )
    return next((held for is_reached, held in shared if is_reached), None)


def in_force() -> list[str]:
    """The reasons why texts wait that the settings still name."""
    by_purpose = [_beyond_purpose(purpose, most) for purpose, most in settings.HERA.text_limits.items()]
    return [*by_purpose, _beyond_prefix(), _beyond_day(), _beyond_month(), _beyond_budget()]


def _beyond_purpose(purpose: str, most: int) -> str:
    return f"{WAITS}day: HERA_TEXT_DAILY_LIMITS ({purpose}={most})"


def _beyond_prefix() -> str:
    return f"{WAITS}day: HERA_TEXT_DAILY_LIMIT_PER_PREFIX ({settings.HERA.text_limit_per_prefix})"


def _beyond_day() -> str:
    return f"{WAITS}day: HERA_TEXT_DAILY_LIMIT ({settings.HERA.text_limit})"


def _beyond_month() -> str:
    return f"{WAITS}month: HERA_TEXT_MONTHLY_LIMIT ({settings.HERA.text_limit_per_month})"


def _beyond_budget() -> str:
    return f"{WAITS}month: the budget is used up (HERA_TEXT_BUDGET, {settings.HERA.text_budget} {budget.currency()})"


def counted(people: set[str]) -> Counts:
    """What has been handed over up to now; of these people's numbers too."""
    counts = Counts(budget.today())
    for day, purpose, code, texts, cost in budget.sums(counts.day):
        counts.of_month += texts
        counts.cost += cost
        if day == counts.day:
            counts.of_day += texts
            counts.of_purpose[purpose] += texts
            counts.of_prefix[code] += texts
    if people:
        counts.of_person.update(limits.spent_by(of_a_person(), people))
    return counts


def of_a_person() -> Limit:
    """The day's texts to one number, without codes."""
    return Limit("text-person-day", settings.HERA.text_limit_per_person, dt.timedelta(days=1))
