"""Reads of health centres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.health_center.models import COORDINATES, HealthCenter

if TYPE_CHECKING:
    from django.db.models import QuerySet


def centers_on_the_map() -> QuerySet[HealthCenter]:
    """All centres whose place is known; one without would be drawn in the Gulf of Guinea."""
    return HealthCenter.objects.filter(geolocation__regex=COORDINATES).order_by("id")
