"""Segments in the panel: a filter of people with a title, and how many it finds from day to day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from hera.campaigns import segments
from hera.campaigns.models import Segment, SegmentSize
from hera.campaigns.rights import may_write
from hera.people.filter import PeopleFilter
from hera.people.naming import NAMING

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

DAYS_SHOWN = 60


class SegmentForm(PeopleFilter, forms.ModelForm):  # type: ignore[type-arg]
    """A title, and what the filter asks; nothing that names somebody."""

    number = None  # type: ignore[assignment]
    name = None  # type: ignore[assignment]

    class Meta:
        model = Segment
        fields = ["title"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial.update(self.instance.criteria)


_ASKED = [name for name in PeopleFilter.base_fields if name not in NAMING]


class OfMessages:
    """Rights of pages that belong to messages: who writes them may see and change these, if she may know people.

    They say whose numbers a message goes to, and count whom a filter finds, which may be one person.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_write(request, "view") or may_write(request, "change")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_write(request, "add")

    def has_change_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_write(request, "change")

    def has_delete_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return may_write(request, "delete")


@admin.register(Segment)
class SegmentAdmin(OfMessages, ModelAdmin):  # type: ignore[misc]
    form = SegmentForm
    list_display = ["title", "asks", "found", "counted_on"]
    readonly_fields = ["sizes"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        newest = SegmentSize.objects.filter(segment=OuterRef("pk")).order_by("-day")
        rows: QuerySet[Segment] = super().get_queryset(request)
        return rows.annotate(
            last_people=Subquery(newest.values("people")[:1]), last_day=Subquery(newest.values("day")[:1])
        )

    def get_fieldsets(self, _request: HttpRequest, obj: Segment | None = None) -> Any:
        asked = [
            (None, {"fields": ["title"]}),
            (gettext_lazy("Filter"), {"fields": [(one,) for one in _ASKED]}),
        ]
        return [(None, {"fields": ["sizes"]}), *asked] if obj else asked

    def save_model(self, request: HttpRequest, obj: Segment, form: SegmentForm, change: bool) -> None:
        obj.criteria = form.criteria()
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        segments.count(obj)

    @admin.display(description=gettext_lazy("Filter"))
    def asks(self, segment: Segment) -> str:
        form = PeopleFilter(segment.criteria)
        if not form.is_valid():
            return "-"
        return "; ".join(f"{label}: {value}" for label, value, _others in form.shown()) or _("everybody")

    @admin.display(description=gettext_lazy("People"), ordering="last_people")
    def found(self, segment: Segment) -> int | None:
        return segment.last_people  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=gettext_lazy("Counted on"), ordering="last_day")
    def counted_on(self, segment: Segment) -> Any:
        return segment.last_day  # type: ignore[attr-defined]

    @admin.display(description=gettext_lazy("People from day to day"))
    def sizes(self, segment: Segment) -> SafeString:
        newest = list(segment.sizes.order_by("-day")[:DAYS_SHOWN])
        most = max((size.people for size in newest), default=0)
        return render_to_string("campaigns/sizes.html", {"segment": segment, "sizes": newest, "most": most})
