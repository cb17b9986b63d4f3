"""What measures should be: of all, of one series (a dose), or where (a centre, a district); the nearest counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.figures.dimensions import ALL
from hera.figures.models import Target

if TYPE_CHECKING:
    from hera.figures.measures import Measure

PLACES = ("district", "centre")  # by what else a target can be told apart


@dataclass(frozen=True)
class Targets:
    """The targets of one measure, in percent, by what they are of."""

    _known: dict[tuple[str, str, str], float]

    def of(self, series: str = "", dimension: str = ALL, value: str = "") -> float | None:
        """The target of a series at a place: its own, else that of the place, of the series, or of all."""
        nearest = [(series, dimension, value), ("", dimension, value), (series, ALL, ""), ("", ALL, "")]
        return next((self._known[one] for one in nearest if one in self._known), None)


def of(measure: Measure) -> Targets:
    """A measure's targets; one statement."""
    rows = Target.objects.filter(measure=measure.key).values_list("series", "dimension", "value", "percent")
    return Targets({(series, dimension, value): float(percent) for series, dimension, value, percent in rows})
