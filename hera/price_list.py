"""What texts cost: a gateway's list of prices, as the setting HERA_TEXT_PRICES gives it.

    {"currency": "EUR", "default": 0.08, "prices": {"90": 0.012, "SY": 0.2}, "whatsapp": {"default": 0.01}}

A price is of one segment of a text message, or of one WhatsApp message. Its key is a country (two letters) or the first
digits of a number; the country counts before digits, and more digits before fewer.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hera.environment import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hera.environment import Environment

_KEY = re.compile(r"[A-Z]{2}|[1-9]\d{0,6}")
_MOST_DIGITS = 7
_EXAMPLE = '{"currency": "EUR", "default": 0.08, "prices": {"90": 0.012}}'
_MOST = Decimal(1000)  # a price above it is a mistake of units


@dataclass(frozen=True)
class Tariff:
    """The prices of one channel."""

    default: Decimal
    by_place: Mapping[str, Decimal]

    def price(self, e164: str, region: str) -> Decimal:
        """The price of one unit to this number, which belongs to this country."""
        digits = e164.removeprefix("+")
        keys = [region, *(digits[:length] for length in range(_MOST_DIGITS, 0, -1))]
        return next((self.by_place[key] for key in keys if key in self.by_place), self.default)


@dataclass(frozen=True)
class PriceList:
    """The prices of text messages and, where they are named, of WhatsApp messages."""

    currency: str
    sms: Tariff
    whatsapp: Tariff

    def cost(self, channel: str, e164: str, region: str, segments: int) -> Decimal:
        """What a message costs: WhatsApp by the message, a text by its segments."""
        if channel == "whatsapp":
            return self.whatsapp.price(e164, region)
        return self.sms.price(e164, region) * segments


@dataclass(frozen=True)
class Prices:
    """A price list as JSON, or the path of a file with it; none means that costs are not known."""

    default_text = "none: texts are counted, and cost nothing"

    def read(self, env: Environment, name: str) -> PriceList | None:
        text = env.text(name)
        if not text:
            return None
        try:
            if not text.startswith("{"):
                text = Path(text).read_text(encoding="utf-8")
            return _price_list(json.loads(text, parse_float=Decimal))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as problem:
            why = f"{type(problem).__name__}: {' '.join(str(problem).split())[:80]}"
            raise ConfigError(
                f"{name} cannot be read ({why}): it wants JSON, or a file with it, such as {_EXAMPLE}."
            ) from None


def _price_list(data: dict[str, Any]) -> PriceList:
    currency = str(data["currency"])
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"{currency!r} is no currency such as EUR")
    sms = _tariff(data)
    return PriceList(currency, sms, _tariff(data["whatsapp"]) if "whatsapp" in data else sms)


def _tariff(data: dict[str, Any]) -> Tariff:
    return Tariff(
        _price(data["default"]), {_place(key): _price(value) for key, value in data.get("prices", {}).items()}
    )


def _place(key: str) -> str:
    place = key.upper().removeprefix("+")
    if not _KEY.fullmatch(place):
        raise ValueError(f"{key!r} is no country or calling code")
    return place


def _price(value: object) -> Decimal:
    price = Decimal(str(value))
    if not price.is_finite() or not 0 <= price <= _MOST:
        raise ValueError(f"{value!r} is no price")
    return price


@dataclass(frozen=True)
class Budget:
    """Money for a month, in the currency of the price list; none means no limit."""

    prices: str  # the setting without which nobody knows what is spent
    default_text = "none"

    def read(self, env: Environment, name: str) -> Decimal | None:
        value = env.text(name)
        if not value:
            return None
        if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", value) or Decimal(value) == 0:
            raise ConfigError(f"{name} is {value!r}: it wants an amount of money such as 250 or 99.50.")
        if not env.text(self.prices):
            raise ConfigError(f"{name} is set without {self.prices}: it wants the gateway's prices to reckon with.")
        return Decimal(value)


@dataclass(frozen=True)
class Caps:
    """A comma list of `purpose=number`."""

    default: str

    def read(self, env: Environment, name: str) -> dict[str, int]:
        caps: dict[str, int] = {}
        for pair in env.items(name) or self.default.split(","):
            match = re.fullmatch(r"([a-z_]{1,20})=(\d{1,9})", pair)
            if match is None:
                raise ConfigError(f"{name} has {pair!r}: it wants purposes with numbers such as {self.default}.")
            caps[match[1]] = int(match[2])
        return caps

    @property
    def default_text(self) -> str:
        return f"`{self.default}`"
