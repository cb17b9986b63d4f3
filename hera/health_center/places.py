"""Places on the earth, and how far apart they are: pure functions of latitudes and longitudes in degrees."""

from __future__ import annotations

import re
from math import asin, cos, hypot, radians, sin, sqrt

Place = tuple[float, float]  # latitude, longitude
WRITTEN = r"^\s*-?\d{1,2}(\.\d+)?\s*,\s*-?\d{1,3}(\.\d+)?\s*$"
POLE, DATE_LINE = 90, 180
EARTH_KM = 6_371.0
_DECIMALS_OF_A_HOME = 2  # about a kilometre: enough for a distance, and not the door of somebody who fled


def read(written: str) -> Place | None:
    """The place in a text such as `36.2021,36.1600`; None where it is none on earth."""
    if not re.match(WRITTEN, written):
        return None
    latitude, longitude = map(float, written.split(","))
    return (latitude, longitude) if abs(latitude) <= POLE and abs(longitude) <= DATE_LINE else None


def about(place: Place) -> str:
    """A place of a person as it is kept: to about a kilometre."""
    return ",".join(f"{degrees:.{_DECIMALS_OF_A_HOME}f}" for degrees in place)


def kilometres(one: Place, other: Place) -> float:
    """The way between two places as the crow flies (haversine; the earth taken as a ball)."""
    north, south = radians(one[0]), radians(other[0])
    chord = hypot(
        sin((south - north) / 2), sqrt(cos(north) * cos(south)) * sin(radians(other[1] - one[1]) / 2)
    )  # half of it, on a ball of radius 1
    return 2 * EARTH_KM * asin(min(1.0, chord))
