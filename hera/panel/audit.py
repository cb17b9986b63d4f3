"""Who of the staff saw, changed, exported or sent what, when and from where. Append-only, by the database."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction

from hera.core import clock
from hera.core.limits import client_address
from hera.core.ports import Action
from hera.panel.models import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest


def record(request: HttpRequest, action: Action, *, about: str = "", person: int | None = None, **detail: Any) -> None:
    """Note what this member of staff does.

    Args:
        about: what it is done to, such as `events.notificationtype 3`; no person's name or number.
        person: the id of the person whose record it is.
    """
    record_all(request, action, [(about, person, detail)])


def record_all(request: HttpRequest, action: Action, done: Iterable[tuple[str, int | None, dict[str, Any]]]) -> None:
    """Note several things done at once: of each what it was done to, the person and the detail, as for `record`."""
    user, now, address = request.user, clock.now(), client_address(request)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,
            actor_id=user.pk,
            actor_name=user.get_username(),
            action=action,
            about=about,
            person=person,
            detail=detail,
            address=address,
        )
        for about, person, detail in done
    )


def delete_old() -> int:
    """Forget entries that are older than the setting says; returns how many.

    The trigger lets entries go to whoever says, for one transaction, that it is this job.
    """
    before = clock.now() - dt.timedelta(days=settings.HERA.audit_kept_days)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hera.audit_retention = 'on'")
        cursor.execute("DELETE FROM custom_user_auditentry WHERE at < %s", [before])
        return int(cursor.rowcount)


class Audited:
    """Part of every admin class that the site registers: what Django logs of changes is in the audit trail too.

    A class may have `audit_detail(obj)`, for ids and codes that are to be noted with it; nothing that names a person.
    """

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._note(request, Action.ADD, obj, message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._note(request, Action.CHANGE, obj, message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        record_all(request, Action.DELETE, [(_name(obj), getattr(obj, "user_id", None), {}) for obj in queryset])
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    def _note(self, request: HttpRequest, action: Action, obj: Any, message: Any) -> None:
        parts = message if isinstance(message, list) else []
        fields = sorted({name for part in parts for said in part.values() for name in said.get("fields", [])})
        detail = {"fields": fields} if fields else {}
        if more := getattr(self, "audit_detail", None):
            detail |= more(obj)
        record(request, action, about=_name(obj), person=getattr(obj, "user_id", None), **detail)


def _name(obj: Any) -> str:
    return f"{obj._meta.label_lower} {obj.pk}"
