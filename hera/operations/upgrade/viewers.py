"""Who of the staff will see people after the upgrade, and how: with names and numbers, or masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q

_SEE = "view_customuser"
_SEE_MASKED = "view_masked_people"
# The earlier HERA masked people for members of this group; a migration puts them into the masked role.
_MASKED_GROUP = "Researcher"


@dataclass(frozen=True)
class Viewer:
    """An account that may sign in to the panel and see people there."""

    name: str
    sees: str  # by what, and whether masked


def viewers() -> Iterator[Viewer]:
    """Every such account, in the order of names. Reads only, before the upgrade and after it."""
    right = Q(
        user_permissions__codename__in=[_SEE, _SEE_MASKED], user_permissions__content_type__app_label="custom_user"
    ) | Q(
        groups__permissions__codename__in=[_SEE, _SEE_MASKED],
        groups__permissions__content_type__app_label="custom_user",
    )
    staff = User.objects.filter(Q(is_superuser=True) | right, is_active=True, is_staff=True).distinct()
    for user in staff.order_by("username").prefetch_related(
        "user_permissions", "groups__permissions__content_type", "user_permissions__content_type"
    ):
        yield Viewer(user.username, _how(user))


def _how(user: User) -> str:
    if user.is_superuser:
        return "names and numbers, as a superuser"
    groups = list(user.groups.all())
    was_masked = any(group.name == _MASKED_GROUP for group in groups)
    seeing = [
        f"the group {group.name}"
        for group in groups
        if group.name != _MASKED_GROUP and any(right.codename == _SEE for right in group.permissions.all())
    ]
    if not was_masked and any(right.codename == _SEE for right in user.user_permissions.all()):
        seeing.append("a right of her own")
    if not seeing:
        return "masked"
    told = f"names and numbers, by {' and '.join(seeing)}"
    return f"{told}; until now they were masked, by the group {_MASKED_GROUP}" if was_masked else told
