"""Texts and schedules are switched off, several at once if need be; what was in use is not deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class SwitchedOff:
    """Part of an admin class of something with `is_active`. Its class says what `is_used`, and what else is to be done.

    What somebody was sent of it stays as it was told; an entry of the trail takes the switch back.
    """

    actions = ["switch_off"]

    def is_used(self, record: Any) -> bool:
        """Whether something was sent, or is sent, by it."""
        raise NotImplementedError

    def after_switching(self) -> None:
        """Whatever follows from it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        may = bool(super().has_delete_permission(request, obj))  # type: ignore[misc]
        return may and (obj is None or not self.is_used(obj))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        found: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        found.pop("delete_selected", None)
        return found

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        records = list(chosen.filter(is_active=True))
        for record in records:
            record.is_active = False
            record.save(update_fields=["is_active"])
            request.hera_values = {"is_active": (True, False)}  # type: ignore[attr-defined]
            self.log_change(request, record, [{"changed": {"fields": ["is_active"]}}])  # type: ignore[attr-defined]
        if records:
            self.after_switching()
        messages.success(request, _("Switched off: %(count)d.") % {"count": len(records)})
