"""What can be done with those whom the filter finds. The rooms that do it register it; the list of people shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

_offers: list[Offer] = []


@dataclass(frozen=True)
class Offer:
    """A part of the page below the list.

    `values` gives what its template shows as `offer.values`, or None where it is not for this viewer. `ticks_for` is
    the id of a form in the template: rows of the list then have boxes that belong to it. `of_one` is what can be done
    with one person alone: a template for her page, which finds her as `record`; without one, or without `template`, the
    offer is not made there, or not on the list.
    """

    template: str
    values: Callable[[HttpRequest], dict[str, Any] | None]
    ticks_for: str = ""
    of_one: str = ""


@dataclass(frozen=True)
class ShownOffer:
    """An offer as one viewer sees it."""

    template: str
    values: dict[str, Any]
    ticks_for: str
    of_one: str


def register(offer: Offer) -> None:
    """Have the list of people show this, below what was registered before."""
    if offer not in _offers:
        _offers.append(offer)


def shown_to(request: HttpRequest) -> list[ShownOffer]:
    """The offers for whoever looks."""
    found = ((offer, offer.values(request)) for offer in _offers)
    return [
        ShownOffer(offer.template, values, offer.ticks_for, offer.of_one)
        for offer, values in found
        if values is not None
    ]
