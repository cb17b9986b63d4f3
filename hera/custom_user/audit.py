"""Who of the staff saw, changed, exported or sent what, when and from where. Append-only, by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hera.core import clock
from hera.core.throttles import client_address
from hera.custom_user.models import AuditEntry

if TYPE_CHECKING:
    from django.http import HttpRequest

Action = AuditEntry.Action


def record(request: HttpRequest, action: Action, *, about: str = "", person: int | None = None, **detail: Any) -> None:
    """Note what this member of staff does.

    Args:
        about: what it is done to, such as `events.notificationtype 3`; no person's name or number.
        person: the id of the person whose record it is.
    """
    user = request.user
    AuditEntry.objects.create(
        at=clock.now(),
        actor_id=user.pk,
        actor_name=user.get_username(),
        action=action,
        about=about,
        person=person,
        detail=detail,
        address=client_address(request),
    )
