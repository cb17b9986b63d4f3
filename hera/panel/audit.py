"""Who of the staff saw, changed, exported or sent what, when and from where. Append-only, by the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from hera.core import clock
from hera.core.limits import client_address
from hera.core.ports import Action
from hera.panel import audit_values
from hera.panel.models import AuditCheck, AuditEntry
from hera.schema_changes import trail_owner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest

_LONGEST_NAME = 150


def record(request: HttpRequest, action: Action, *, about: str = "", person: int | None = None, **detail: Any) -> None:
    """Note what this member of staff does.

    Args:
        about: what it is done to, such as `events.notificationtype 3`; no person's name or number.
        person: the id of the person whose record it is.
        detail: what else is to be known; of `criteria` (field: what was typed) the fields are kept, and a keyed hash of
            what was typed into each: it may be a name or a number, and nothing of the trail can be erased.
    """
    record_all(request, action, [(about, person, detail)])


def record_of(actor: str, action: Action, *, about: str, **detail: Any) -> None:
    """Note what was done by nobody who is signed in: there is no account and no address.

    Args:
        actor: who, as no account is called: with a bracket or a space in it.
    """
    AuditEntry.objects.create(
        at=clock.now(), actor_name=actor[:_LONGEST_NAME], action=action, about=about, detail=detail, address=""
    )


def record_change(request: HttpRequest, *, about: str, person: int, values: Mapping[str, tuple[Any, Any]]) -> None:
    """Note a change with the old and new value of each field: sealed beside the trail, and gone with the person."""
    detail = {"fields": sorted(values), "values": audit_values.hash_of(values)}
    [entry] = record_all(request, Action.CHANGE, [(about, person, detail)])
    audit_values.keep(entry.pk, person, dict(values))


def record_all(
    request: HttpRequest, action: Action, done: Iterable[tuple[str, int | None, dict[str, Any]]]
) -> list[AuditEntry]:
    """Note several things done at once: of each what it was done to, the person and the detail, as for `record`."""
    user, now, address = request.user, clock.now(), client_address(request)
    return AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now,  # the database sets its own
            actor_id=user.pk,
            actor_name=user.get_username(),
            action=action,
            about=about,
            person=person,
            detail=_without_what_was_typed(detail),
            address=address,
        )
        for about, person, detail in done
    )


def asked(criteria: Mapping[str, Any] | None) -> dict[str, str]:
    """Criteria without what was typed: each field with a keyed hash of it."""
    return {name: audit_values.keyed_hash(f"{name}={value}") for name, value in sorted((criteria or {}).items())}


def delete_old() -> int:
    """Forget entries that are older than the setting says; returns how many. The database looks at their age itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT custom_user_audit_forget(%s)", [settings.HERA.audit_kept_days])
        return int(cursor.fetchone()[0])


def problems() -> list[str]:
    """What is wrong with the trail as far as the last nightly walk knows, with its mend; for readiness."""
    trouble = AuditCheck.objects.filter(pk=1).values_list("trouble", flat=True).first()
    return [f"the audit trail is not whole ({trouble}): see docs/operations.md"] if trouble else []


def notes() -> list[str]:
    """What should be better about the trail, with its mend; for readiness."""
    why = trail_owner.why_not_separated(connection)
    return [f"the audit trail is not protected from the application: {why}"] if why else []


def _without_what_was_typed(detail: dict[str, Any]) -> dict[str, Any]:
    if "criteria" not in detail:
        return detail
    return {**{name: value for name, value in detail.items() if name != "criteria"}, "asked": asked(detail["criteria"])}
