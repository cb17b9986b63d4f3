from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import AllValuesFieldListFilter
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from hera.core.ports import Action, audit_trail
from hera.delivery import claims, purposes, reasons
from hera.delivery.models import Attempt, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet


class ReadOnly:
    """What happened can be read, and not rewritten."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AttemptInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Attempt
    extra = 0
    can_delete = False
    exclude = ["error"]
    readonly_fields = ["why"]

    @admin.display(description=gettext_lazy("Error"))
    def why(self, attempt: Attempt) -> str:
        return reasons.said(attempt.error) or "-"


class PurposeFilter(AllValuesFieldListFilter):
    """The purposes that there are, in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": purposes.said(str(choice["display"]))}


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Why a message did or did not arrive."""

    list_display = ["id", "what_for", "channel", "state", "why", "state_at", "attempts_made", "cost"]
    list_filter = ["state", "channel", ("purpose", PurposeFilter)]
    exclude = ["sealed_text", "reason", "purpose"]
    readonly_fields = ["what_for", "why"]
    list_select_related = False
    show_full_result_count = False
    inlines = [AttemptInline]
    actions = ["put_back"]

    @admin.display(description=gettext_lazy("What for"), ordering="purpose")
    def what_for(self, message: Message) -> str:
        return purposes.said(message.purpose)

    @admin.display(description=gettext_lazy("Reason"), ordering="reason")
    def why(self, message: Message) -> str:
        return reasons.said(message.reason) or "-"

    @admin.action(description=gettext_lazy("Put back into the queue what is set aside"), permissions=["view"])
    def put_back(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        ids = list(chosen.order_by("pk").values_list("pk", flat=True))
        count = claims.put_back(ids)
        if count:
            audit_trail().record(request, Action.CHANGE, about="messages put back", count=count, messages=ids[:100])
            messages.success(request, _("Put back into the queue: %(count)s.") % {"count": count})
        if count < len(ids):
            told = _("Left as they are, since they are not set aside or of no use any more: %(count)s.")
            messages.warning(request, told % {"count": len(ids) - count})
