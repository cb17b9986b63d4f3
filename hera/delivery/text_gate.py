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
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction

from hera.core import clock, limits, phone_numbers
from hera.delivery import budget, caps
from hera.delivery.budget import Amount, Kind
from hera.delivery.caps import WAITS, Held, Text
from hera.delivery.channels.base import Outgoing, TextMessage
from hera.delivery.claims import Verdict
from hera.delivery.models import PURPOSES_OF_TYPED_NUMBERS, SIGN_IN, Message, State

log = logging.getLogger(__name__)
Composed = tuple[Message, Outgoing]
_LOCK = 5_720_166  # any constant will do; it is this gate's
UNKNOWN = "codes go to known numbers only (HERA_OTP_ONLY_KNOWN_NUMBERS)"
NOT_SERVED = "its number is of a country that is not served (HERA_OTP_ALLOWED_COUNTRIES)"


def admit(composed: Sequence[Composed]) -> tuple[list[Composed], list[Verdict]]:
    """Which of these messages may be handed over, and the verdicts on the others. Pushes pass: they cost nothing."""
    texts = {
        message.pk: caps.text_of(message, content.to, content.text)
        for message, content in composed
        if isinstance(content, TextMessage)
    }
    # What was counted at an earlier try is not counted again.
    counted = {message.pk for message, _ in composed if message.counted_on is not None}
    new = [text for key, text in texts.items() if key not in counted]
    held = _count(new) if new else {}
    admitted = [(message, content) for message, content in composed if message.pk not in held]
    return admitted, [_verdict(key, why) for key, why in held.items()]


def _verdict(message_id: int, why: Held) -> Verdict:
    state = State.UNDELIVERABLE if why.until is None else State.QUEUED
    return Verdict(message_id, state, why.reason, why.until)


def _count(texts: Sequence[Text]) -> dict[int, Held]:
    """Count those that may go, and say why the others may not, by the message's id."""
    held = _not_for_this_number(texts)
    with transaction.atomic():
        _lock()
        counts = caps.counted({text.number.e164 for text in texts if not text.is_code})
        spent_before = counts.cost
        going: list[Text] = []
        # Whoever waits for a code comes first.
        for text in sorted(texts, key=lambda text: (text.purpose != SIGN_IN, not text.is_code, text.message_id)):
            why = held.get(text.message_id) or caps.why_not(text, counts)
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


def release() -> int:
    """Bring back texts that wait for a cap that the settings do not name any more; returns how many.

    The sweep defers them at once. If they do not fit the new cap either, they wait for that one.
    """
    now = clock.now()
    waiting = Message.objects.filter(state=State.QUEUED, not_before__gt=now, reason__startswith=WAITS)
    # Long enough ago for the sweep to take their tasks for lost.
    return waiting.exclude(reason__in=caps.in_force()).update(not_before=now, enqueued_at=now - dt.timedelta(days=1))


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
        limits.take_back(caps.of_a_person(), Counter(to_numbers[row.pk] for row in rows if not row.is_code))


def _lock() -> None:
    """Have this gate alone until the transaction ends: what is counted after it is what all others have counted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


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
        limits.add(caps.of_a_person(), people)


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
