"""Texts and schedules are switched off, several at once if need be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class SwitchedOff:
    """Part of an admin class of something with `is_active`.

    What somebody was sent of it stays as it was told; an entry of the trail takes the switch back. What was in use is
    not deleted (the panel's `protected`).
    """

    actions = ["switch_off"]

    def after_switching(self) -> None:
        """Whatever follows from it."""

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
