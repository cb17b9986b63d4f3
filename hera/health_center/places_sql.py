"""How far apart two written places are, in SQL, for lists of many people: `places.kilometres` is the same rule, and a
test holds the two together."""

from __future__ import annotations

from hera.health_center import places


def are_within(one: str, other: str, kilometres: str) -> str:
    """Whether two columns with places as they are written are no farther apart; not if either is none on earth.

    Args:
        kilometres: a placeholder, which is in it once.
    """
    north, south = _radians(one, 1), _radians(other, 1)
    across = f"{_radians(other, 2)} - {_radians(one, 2)}"
    chord = f"power(sin(({south} - {north}) / 2), 2) + cos({north}) * cos({south}) * power(sin(({across}) / 2), 2)"
    return f"""CASE WHEN {one} ~ '{places.WRITTEN}' AND {other} ~ '{places.WRITTEN}'
        THEN {_is_on_earth(one)} AND {_is_on_earth(other)}
            AND 2 * {places.EARTH_KM} * asin(least(1, sqrt({chord}))) <= {kilometres}
        ELSE false END"""


def _degrees(place: str, part: int) -> str:
    return f"split_part({place}, ',', {part})::float8"


def _radians(place: str, part: int) -> str:
    return f"radians({_degrees(place, part)})"


def _is_on_earth(place: str) -> str:
    return f"abs({_degrees(place, 1)}) <= {places.POLE} AND abs({_degrees(place, 2)}) <= {places.DATE_LINE}"
