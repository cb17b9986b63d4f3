"""What is seen of a message before anybody gets it: how many people, what each language reads, what it may cost."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Max
from django.db.models.functions import Left
from django.utils.translation import gettext

from hera.campaigns import services
from hera.core import languages, phone_numbers
from hera.events import checks, content
from hera.events.models import Fallback
from hera.texts import segments, template_checks
from hera.texts.rendering import NoTimeToRender

if TYPE_CHECKING:
    from hera.events.content import Content
    from hera.events.models import InstantNotification, NotificationTemplate

EXAMPLE = {"person_name": "Amal"}
_NAMES = dict(languages.CHOICES)
_PRICED = 8  # a plus, and as many digits as a price list may name
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Preview:
    """What the readers of one language get."""

    language: str
    people: int
    content: Content | None
    problem: str = ""

    @property
    def direction(self) -> str:
        return languages.direction(self.language)

    @property
    def name(self) -> str:
        return gettext(_NAMES[self.language])


@dataclass(frozen=True)
class Cost:
    """The most that its texts can come to: those of whoever does not read the push. No money without a price list."""

    channel: str
    texts: int
    segments: int
    money: Decimal | None
    currency: str


@dataclass(frozen=True)
class DryRun:
    people: int
    previews: list[Preview]
    unknown_numbers: list[str]  # as written
    missing: list[str]  # what is to be said of languages without texts
    cost: Cost | None  # None: pushes alone, which cost nothing
    needs_approval: bool


def dry_run(message: InstantNotification) -> DryRun:
    """Who would get this message now, what she would read, and what that may cost."""
    counted = services.recipients(message).order_by().values_list("profile__language_code").annotate(Count("pk"))
    by_language: defaultdict[str, int] = defaultdict(int)
    for language, count in counted:
        by_language[language or languages.default()] += count
    templates = list(message.notification_type.templates.all())
    previews = [_preview(code, by_language[code], templates) for code in languages.CODES if by_language[code]]
    people = sum(by_language.values())
    missing = template_checks.languages_missing({template.language_code for template in templates})
    needs_approval = people > settings.HERA.message_approval_above
    return DryRun(people, previews, unknown_numbers(message), missing, most(message, previews), needs_approval)


def unknown_numbers(message: InstantNotification) -> list[str]:
    """Its numbers, as written, that are nobody's or no numbers at all."""
    if message.criteria is not None:
        return []
    known = set(services.recipients(message).values_list("username", flat=True))
    readable = services.readable(message.phone_numbers)
    return [written for written in message.phone_numbers if readable.get(written) not in known]


def _preview(language: str, count: int, templates: list[NotificationTemplate]) -> Preview:
    try:
        return Preview(
            language, count, content.content_for(language, templates, checks.examples_with_link("push_body", EXAMPLE))
        )
    except (content.Undeliverable, NoTimeToRender) as problem:
        return Preview(language, count, None, str(problem))


def most(message: InstantNotification, previews: list[Preview]) -> Cost | None:
    """What it costs if nobody reads the push; None where nothing follows a push.

    Numbers that begin alike are asked for together: their price is the same.
    """
    kind, prices = message.notification_type, settings.HERA.text_prices
    if not kind.fallback_channel:
        return None
    cut = {one.language: segments.cut(one.content.as_text_message()).segments for one in previews if one.content}
    groups = (
        services.recipients(message)
        .order_by()
        .values_list("profile__language_code", Left("username", _PRICED))
        .annotate(Count("pk"), Max("username"))
    )
    texts = in_all = 0
    money = Decimal(0)
    for language, _beginning, count, number in groups:
        each = cut.get(language or languages.default(), 0)
        if each:
            texts, in_all = texts + count, in_all + each * count
            money += count * _price(kind.fallback_channel, number, each)
    currency = prices.currency if prices else ""
    return Cost(kind.get_fallback_channel_display(), texts, in_all, money.quantize(_CENT) if prices else None, currency)


def cost_of_one(channel: str, number: str, said: Content) -> Cost:
    """What it costs if one person does not read the push and gets a text by this channel."""
    each, prices = segments.cut(said.as_text_message()).segments, settings.HERA.text_prices
    money = _price(channel, number, each).quantize(_CENT) if prices else None
    return Cost(gettext(str(Fallback(channel).label)), 1, each, money, prices.currency if prices else "")


def _price(channel: str, number: str, each: int) -> Decimal:
    prices = settings.HERA.text_prices
    if prices is None:
        return Decimal(0)
    try:
        parsed = phone_numbers.parse(number)
    except phone_numbers.InvalidPhoneNumber:
        return prices.cost(channel, number, "", each)
    return prices.cost(channel, parsed.e164, parsed.region, each)
