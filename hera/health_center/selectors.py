"""Reads of health centres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hera.health_center import places
from hera.health_center.models import CenterOfPerson, HealthCenter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def centers_on_the_map() -> QuerySet[HealthCenter]:
    """All centres whose place is known; one without would be drawn in the Gulf of Guinea."""
    return HealthCenter.objects.filter(geolocation__regex=places.WRITTEN).order_by("id")


def nearest(place: places.Place) -> HealthCenter | None:
    """The nearest centre whose catchment this place is in, else the nearest of all; None where no place is known."""
    found = [(center, there) for center in centers_on_the_map() if (there := center.place)]

    def far(row: tuple[HealthCenter, places.Place]) -> tuple[bool, float, int]:
        center, there = row
        distance = places.kilometres(place, there)
        return center.catchment_km is not None and distance > center.catchment_km, distance, center.pk

    return min(found, key=far)[0] if found else None


def by_district() -> list[tuple[str, list[tuple[str, str]]]]:
    """All centres as a choice in a form: (district, [(id, name)]); those without a district first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for pk, name, district in HealthCenter.objects.order_by("district", "name", "pk").values_list(
        "pk", "name", "district"
    ):
        found.setdefault(district, []).append((str(pk), name))
    return list(found.items())


def grouped(found: list[tuple[str, list[tuple[str, str]]]]) -> list[tuple[str, Any]]:
    """Centres by district as a form offers them: below their districts, those without one by themselves."""
    offered: list[tuple[str, Any]] = []
    for district, centers in found:
        offered += [(district, centers)] if district else centers
    return offered


def as_choices() -> list[tuple[str, Any]]:
    """All centres as a form offers them; one statement."""
    return grouped(by_district())


def districts() -> list[tuple[str, str]]:
    """The districts that centres are in, as a choice in a form."""
    found = HealthCenter.objects.exclude(district="").order_by("district").values_list("district", flat=True)
    return [(district, district) for district in found.distinct()]


def center_of(user: User) -> CenterOfPerson | None:
    """Where a person goes, with the centre; None where nobody has said."""
    return CenterOfPerson.objects.select_related("center").filter(user=user).first()


def centers_of(user_ids: Iterable[int]) -> dict[int, CenterOfPerson]:
    """Where each of these goes, by her id, with the centres; one statement."""
    found = CenterOfPerson.objects.select_related("center").filter(user__in=list(user_ids))
    return {row.pk: row for row in found}
