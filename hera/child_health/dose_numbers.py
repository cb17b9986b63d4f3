"""Which dose of a vaccine an entry is that names the vaccine alone: by the days and years that are told of it."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from hera.child_health.models import DoseGiven, Vaccine, VaccineDose
from hera.child_health.partial_dates import PartialDate

Precision = DoseGiven.Precision
Source = DoseGiven.Source


class Told(NamedTuple):
    """What is told of a dose of a child; `product` is empty where its number is told."""

    child_id: int
    product: str
    date: PartialDate
    campaign: bool


def doses_of_products(told: Sequence[Told], present: Mapping[int, list[DoseGiven]], source: Source) -> dict[int, int]:
    """The dose that an entry of a product is, by the entry's place; none where no vaccine is named like it.

    What several say of one day is one dose, whoever says it: the first day on which a vaccine was given is its first
    dose, unless another day has that already. Of entries without a day each source counts its own, after and between
    its days: a card with a year and a day of one vaccine has it twice.
    """
    if not any(one.product for one in told):
        return {}
    series_of: dict[str, list[VaccineDose]] = {}
    rows = VaccineDose.objects.filter(vaccine__is_active=True, is_active=True).select_related("vaccine")
    for dose in rows.order_by("week_age", "id"):
        for name in names_of(dose.vaccine):
            series_of.setdefault(name, []).append(dose)
    places: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    series_by_id: dict[int, list[VaccineDose]] = {}
    found: dict[int, int] = {}
    for place, one in enumerate(told):
        series = series_of.get(one.product.casefold()) if one.product else None
        if series is None:
            continue
        if one.campaign:
            found[place] = series[0].pk  # it is of this vaccine, and stands for none of its doses
        else:
            series_by_id[series[0].vaccine_id] = series
            places[one.child_id, series[0].vaccine_id].append(place)
    for (child, vaccine), of_vaccine in places.items():
        series = series_by_id[vaccine]
        entries = {place: told[place].date for place in of_vaccine}
        for place, number in _numbers(series, present.get(child, ()), entries, source).items():
            if number < len(series):
                found[place] = series[number].pk
    return found


def _numbers(
    series: Sequence[VaccineDose], present: Iterable[DoseGiven], entries: Mapping[int, PartialDate], source: Source
) -> dict[int, int]:
    """Which number each of these entries of one vaccine is, from 0; beyond the series where that has no more."""
    number_of = {dose.pk: number for number, dose in enumerate(series)}
    there = [row for row in present if row.vaccine_dose_id in number_of and not row.campaign]
    told = [(PartialDate(row.date, Precision(row.precision)), row) for row in there]
    days = [(date, number_of[row.vaccine_dose_id or 0]) for date, row in told if date.is_known_to_the_month]
    without_day = {
        number_of[row.vaccine_dose_id or 0]
        for date, row in told
        if not date.is_known_to_the_month and row.source == source
    }
    own = without_day | {number_of[row.vaccine_dose_id or 0] for row in there if row.source == source}
    occasions: list[PartialDate] = []
    for date in sorted([*(date for date, _number in days), *entries.values()], key=_in_order):
        if date.is_known_to_the_month and not any(known.may_be(date) for known in occasions):
            occasions.append(date)
    found: dict[int, int] = {}
    for place, date in sorted(entries.items(), key=lambda item: (_in_order(item[1]), item[0])):
        same = next((number for known, number in days if date.is_known_to_the_month and known.may_be(date)), None)
        if same is not None:
            found[place] = same
            continue
        taken = without_day | {number for _known, number in days} if date.is_known_to_the_month else own
        first = next(
            (number for number, one in enumerate(occasions) if date.is_known_to_the_month and one.may_be(date)), 0
        )
        found[place] = _free(first, taken)
        own = own | {found[place]}
        if date.is_known_to_the_month:
            days.append((date, found[place]))
        else:
            without_day = without_day | {found[place]}
    return found


def _in_order(date: PartialDate) -> dt.date:
    """By the first day that it can have been; what was told without a date comes last."""
    return date.day or dt.date.max


def _free(first: int, taken: Collection[int]) -> int:
    """The number from this one on that is not taken, unless an earlier one is left."""
    if first not in taken:
        return first
    return next(number for number in itertools.count() if number not in taken)


def names_of_products() -> set[str]:
    """What the vaccines of the programme are called, casefolded: who writes one of these has said which product."""
    return {name for vaccine in Vaccine.objects.filter(is_active=True) for name in names_of(vaccine)}


def names_of(vaccine: Vaccine) -> set[str]:
    """What a product may be called to be known as this vaccine, casefolded."""
    return {vaccine.name.casefold(), vaccine.display_name.casefold()}
