"""The one gate that every text passes on its way to a gateway: codes, fallbacks, staff messages, warnings.

A text is counted when it is handed over, once however often it is tried: by its purpose, its calling code, its day, its
month and what it costs, and by its number where it is no code. Whoever counts holds one lock, so that workers
together never exceed a cap. What does not fit waits for the next day or month, or is not sent, and its reason says so.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from hera.core import clock, limits, phone_numbers
from hera.core.limits import Limit
from hera.delivery import budget
from hera.delivery.budget import Amount, Kind
from hera.delivery.channels.base import Outgoing, TextMessage
from hera.delivery.claims import Verdict
from hera.delivery.models import PURPOSES_OF_TYPED_NUMBERS, SIGN_IN, Message, State
from hera.texts.segments import segments

log = logging.getLogger(__name__)
Composed = tuple[Message, Outgoing]
_LOCK = 5_720_166  # any constant will do; it is this gate's
WAITS = "waits for the next "
UNKNOWN = "codes go to known numbers only (HERA_OTP_ONLY_KNOWN_NUMBERS)"
NOT_SERVED = "its number is of a country that is not served (HERA_OTP_ALLOWED_COUNTRIES)"
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


def admit(composed: Sequence[Composed]) -> tuple[list[Composed], list[Verdict]]:
    """Which of these messages may be handed over, and the verdicts on the others. Pushes pass: they cost nothing."""
    texts = {message.pk: _text(message, content) for message, content in composed if isinstance(content, TextMessage)}
    # What was counted at an earlier try is not counted again.
    counted = {message.pk for message, _ in composed if message.counted_on is not None}
    new = [text for key, text in texts.items() if key not in counted]
    held = _count(new) if new else {}
    admitted = [(message, content) for message, content in composed if message.pk not in held]
    return admitted, [_verdict(key, why) for key, why in held.items()]


def _verdict(message_id: int, why: Held) -> Verdict:
    state = State.UNDELIVERABLE if why.until is None else State.QUEUED
    return Verdict(message_id, state, why.reason, why.until)


def _text(message: Message, content: TextMessage) -> Text:
    try:
        number = phone_numbers.parse(content.to)
    except phone_numbers.InvalidPhoneNumber:  # the gateway will say so
        number = phone_numbers.PhoneNumber(content.to, *phone_numbers.split(content.to), _NOWHERE.region)
    parts, prices = segments(content.text), settings.HERA.text_prices
    cost = prices.cost(message.channel, number.e164, number.region, parts) if prices else Decimal(0)
    return Text(message.pk, message.purpose, message.is_code, number, parts, cost)


def _count(texts: Sequence[Text]) -> dict[int, Held]:
    """Count those that may go, and say why the others may not, by the message's id."""
    held = _not_for_this_number(texts)
    with transaction.atomic():
        _lock()
        counts = _counts({text.number.e164 for text in texts if not text.is_code})
        spent_before = counts.cost
        going: list[Text] = []
        # Whoever waits for a code comes first.
        for text in sorted(texts, key=lambda text: (text.purpose != SIGN_IN, not text.is_code, text.message_id)):
            why = held.get(text.message_id) or why_not(text, counts)
            if why:
                held[text.message_id] = why
            else:
                counts.take(text)
                going.append(text)
        _write(going, counts.day)
    _tell(spent_before, counts.cost)
    return held


def _not_for_this_number(texts: Sequence[Text]) -> dict[int, Held]:
    """The settings against SMS pumping, for codes to a number that somebody typed.

    What goes to whoever has an account is not asked: her reminders, and the code that erases her, are her right.
    """
    typed = [text for text in texts if text.purpose in PURPOSES_OF_TYPED_NUMBERS]
    served = settings.HERA.otp_allowed_countries
    review = settings.HERA.otp_review_numbers
    held = {
        text.message_id: Held(NOT_SERVED)
        for text in typed
        if served and text.number.region not in served and text.number.e164 not in review
    }
    if typed and settings.HERA.otp_only_known_numbers:
        numbers = [text.number.e164 for text in typed]
        known = set(User.objects.filter(username__in=numbers).values_list("username", flat=True))
        held |= {text.message_id: Held(UNKNOWN) for text in typed if text.number.e164 not in known}
    return held


def why_not(text: Text, counts: Counts) -> Held | None:
    """The cap that this text would exceed; None if it may go. No cap that others share holds up a sign-in code."""
    allowed = settings.HERA
    if not text.is_code and counts.of_person[text.number.e164] >= allowed.text_limit_per_person:
        return Held(f"{allowed.text_limit_per_person} texts have gone to this person today")
    if text.purpose == SIGN_IN:
        return None
    of_purpose = allowed.text_limits.get(text.purpose)
    of_prefix = counts.of_prefix[text.number.country_code]
    tomorrow, next_month = budget.start_of_tomorrow(counts.day), budget.start_of_next_month(counts.day)
    caps = (
        # Codes are counted by purpose at the door, by `code_caps`, where whoever asks can be told.
        (
            of_purpose is not None and not text.is_code and counts.of_purpose[text.purpose] >= of_purpose,
            Held(_of_purpose(text.purpose, of_purpose or 0), tomorrow),
        ),
        (0 < allowed.text_limit_per_prefix <= of_prefix, Held(_of_prefix(), tomorrow)),
        (0 < allowed.text_limit <= counts.of_day, Held(_of_day(), tomorrow)),
        (0 < allowed.text_limit_per_month <= counts.of_month, Held(_of_month(), next_month)),
        (
            allowed.text_budget is not None and counts.cost + text.cost > allowed.text_budget,
            Held(_of_budget(), next_month),
        ),
    )
    return next((held for is_reached, held in caps if is_reached), None)


def _of_purpose(purpose: str, most: int) -> str:
    return f"{WAITS}day: HERA_TEXT_DAILY_LIMITS ({purpose}={most})"


def _of_prefix() -> str:
    return f"{WAITS}day: HERA_TEXT_DAILY_LIMIT_PER_PREFIX ({settings.HERA.text_limit_per_prefix})"


def _of_day() -> str:
    return f"{WAITS}day: HERA_TEXT_DAILY_LIMIT ({settings.HERA.text_limit})"


def _of_month() -> str:
    return f"{WAITS}month: HERA_TEXT_MONTHLY_LIMIT ({settings.HERA.text_limit_per_month})"


def _of_budget() -> str:
    return f"{WAITS}month: the budget is used up (HERA_TEXT_BUDGET, {settings.HERA.text_budget} {budget.currency()})"


def release() -> int:
    """Bring back texts that wait for a cap that the settings do not name any more; returns how many.

    The sweep defers them at once. If they do not fit the new cap either, they wait for that one.
    """
    in_force = [_of_purpose(purpose, most) for purpose, most in settings.HERA.text_limits.items()]
    in_force += [_of_prefix(), _of_day(), _of_month(), _of_budget()]
    now = clock.now()
    waiting = Message.objects.filter(state=State.QUEUED, not_before__gt=now, reason__startswith=WAITS)
    # Long enough ago for the sweep to take their tasks for lost.
    return waiting.exclude(reason__in=in_force).update(not_before=now, enqueued_at=now - dt.timedelta(days=1))


def give_back(to_numbers: dict[int, str], claimed_until: dt.datetime) -> None:
    """Take out of the sums what was not handed over after all, or was refused: ids with their numbers.

    Only what is still held under this claim: another worker may have handed it over since.
    """
    if not to_numbers:
        return
    with transaction.atomic():
        _lock()
        counted = Message.objects.filter(
            pk__in=to_numbers, state=State.CLAIMED, claimed_until=claimed_until, counted_on__isnull=False
        )
        rows = list(counted.select_for_update().only("purpose", "counted_on", "segments", "cost"))
        Message.objects.filter(pk__in=[row.pk for row in rows]).update(counted_on=None, segments=None, cost=None)
        amounts: defaultdict[Kind, Amount] = defaultdict(Amount)
        for row in rows:
            assert row.counted_on is not None
            code, _national = phone_numbers.split(to_numbers[row.pk])
            _add(amounts[Kind(row.counted_on, row.purpose, code)], row.segments or 0, row.cost or Decimal(0))
        budget.add(amounts, sign=-1)
        limits.take_back(_of_a_person(), Counter(to_numbers[row.pk] for row in rows if not row.is_code))


def _lock() -> None:
    """Have this gate alone until the transaction ends: what is counted after it is what all others have counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _counts(people: set[str]) -> Counts:
    counts = Counts(budget.today())
    for day, purpose, code, texts, cost in budget.sums(counts.day):
        counts.of_month += texts
        counts.cost += cost
        if day == counts.day:
            counts.of_day += texts
            counts.of_purpose[purpose] += texts
            counts.of_prefix[code] += texts
    if people:
        counts.of_person.update(limits.spent_by(_of_a_person(), people))
    return counts


def _of_a_person() -> Limit:
    return Limit("text-person-day", settings.HERA.text_limit_per_person, dt.timedelta(days=1))


def _write(going: Sequence[Text], day: dt.date) -> None:
    if not going:
        return
    amounts: defaultdict[Kind, Amount] = defaultdict(Amount)
    for text in going:
        _add(amounts[Kind(day, text.purpose, text.number.country_code)], text.segments, text.cost)
    budget.add(amounts)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message message SET counted_on = %s, segments = text.segments, cost = text.cost
            FROM unnest(%s::bigint[], %s::int[], %s::numeric[]) AS text(id, segments, cost) WHERE message.id = text.id
            """,
            [
                day,
                [text.message_id for text in going],
                [text.segments for text in going],
                [text.cost for text in going],
            ],
        )
    people = _numbers(going)
    if people:
        limits.add(_of_a_person(), people)


def _numbers(texts: Iterable[Text]) -> Counter[str]:
    return Counter(text.number.e164 for text in texts if not text.is_code)


def _add(amount: Amount, parts: int, cost: Decimal) -> None:
    amount.texts += 1
    amount.segments += parts
    amount.cost += cost


def _tell(before: Decimal, after: Decimal) -> None:
    """Log it once, when the month's cost passes the part of the budget at which staff are told."""
    allowed = settings.HERA.text_budget
    if allowed is not None and before < budget.NEAR * allowed <= after:
        log.warning(
            "the budget of the month's texts is nearly used up", extra={"cost": str(after), "budget": str(allowed)}
        )
