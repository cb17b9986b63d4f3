"""Which product is given for a dose that is due, where a programme lists several (HERA's own; CDSi names them all)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hera.immunization.forecast import SeriesStatus

if TYPE_CHECKING:
    from hera.immunization.schedule import Schedule
    from hera.immunization.select_series import PatientSeries

_NEEDS_NO_MORE = {SeriesStatus.COMPLETE, SeriesStatus.AGED_OUT, SeriesStatus.IMMUNE}


def product_of_choice(
    listed: Sequence[str], schedule: Schedule, best: Mapping[str, PatientSeries], day: dt.date
) -> str:
    """The first of the products that holds nothing that comes too early on this day; the first of all if each does.

    What comes too early does not count, and puts off the dose that would: a child who only lacks hepatitis B is not
    given the six in one four weeks after the last.

    Args:
        listed: keys of products, in the programme's order.
        best: of each antigen the series that speaks for the child.
    """

    def is_free(product: str) -> bool:
        found = [best[one.antigen].forecast for one in schedule.products[product] if one.antigen in best]
        return all(forecast.status in _NEEDS_NO_MORE or (forecast.earliest or dt.date.max) <= day for forecast in found)

    return next((product for product in listed if is_free(product)), listed[0])
