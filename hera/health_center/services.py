"""Where a person goes: chosen by staff, else the nearest to where she says that she lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.core import clock
from hera.health_center import places, selectors
from hera.health_center.models import CenterOfPerson

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from hera.health_center.models import HealthCenter


def set_center(user: User, center: HealthCenter | None, place: places.Place | None = None) -> CenterOfPerson | None:
    """Keep where a person goes; returns None where that is not known any more.

    Args:
        center: what staff chose; none: the nearest to `place`.
        place: where she lives, kept to about a kilometre.
    """
    found = center or (selectors.nearest(place) if place else None)
    if found is None:
        CenterOfPerson.objects.filter(user=user).delete()
        return None
    row, _made = CenterOfPerson.objects.update_or_create(
        user=user,
        defaults={
            "center": found,
            "is_nearest": center is None,
            "geolocation": places.about(place) if place else "",
            "set_at": clock.now(),
        },
    )
    return row


def move(of: User, to: User) -> None:
    """Where the one goes, the other does, unless something is known of her already."""
    if not CenterOfPerson.objects.filter(user=to).exists():
        CenterOfPerson.objects.filter(user=of).update(user=to)
