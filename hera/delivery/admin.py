from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import AllValuesFieldListFilter
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline

from hera.core import clock, timezones
from hera.core.ports import Action, audit_trail
from hera.delivery import budget, claims, purposes, reasons
from hera.delivery.models import LOST_STATES, SENT_STATES, Attempt, Message
from hera.texts.written_numbers import shortest

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


class DaysFilter(admin.SimpleListFilter):
    """Messages that were made on some last days, by the country's clock; or that are among the month's texts."""

    title, parameter_name = gettext_lazy("Days"), "days"
    _DAYS = MappingProxyType(
        {"1": gettext_lazy("today"), "30": gettext_lazy("30 days"), "texts": gettext_lazy("texts of this month")}
    )

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(self._DAYS.items())

    def queryset(self, _request: HttpRequest, found: QuerySet[Message]) -> QuerySet[Message]:
        if self.value() == "texts":
            return found.filter(counted_on__gte=budget.first_of_month(budget.today()))
        if self.value() not in self._DAYS:
            return found
        zone = timezones.default()
        first = clock.today_in(zone) - dt.timedelta(days=int(self.value() or 1) - 1)
        return found.filter(created_at__gte=dt.datetime.combine(first, dt.time(), zone))


class CameFilter(admin.SimpleListFilter):
    """What came of messages, as the first page counts them."""

    title, parameter_name = gettext_lazy("What came of it"), "came"
    _STATES = MappingProxyType({"sent": SENT_STATES, "lost": LOST_STATES})

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return [("sent", gettext_lazy("sent")), ("lost", gettext_lazy("did not arrive"))]

    def queryset(self, _request: HttpRequest, found: QuerySet[Message]) -> QuerySet[Message]:
        states = self._STATES.get(self.value() or "")
        return found.filter(state__in=states) if states else found


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Why a message did or did not arrive."""

    list_display = ["id", "what_for", "channel", "state", "why", "state_at", "attempts_made", "price"]
    list_filter = [DaysFilter, CameFilter, "state", "channel", ("purpose", PurposeFilter)]
    exclude = ["sealed_text", "reason", "purpose", "cost"]
    readonly_fields = ["what_for", "why", "price"]
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

    @admin.display(description=gettext_lazy("Cost"), ordering="cost")
    def price(self, message: Message) -> str:
        return "-" if message.cost is None else shortest(message.cost, 5)

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
