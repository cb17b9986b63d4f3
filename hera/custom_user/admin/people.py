"""People in the panel: found by a filter that is also a link, one page each, exported as what the viewer may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from hera.custom_user import audit, exports, masking, person
from hera.custom_user.admin import export_views
from hera.custom_user.audit import Action
from hera.custom_user.looking_up import page_of
from hera.custom_user.models import AuditEntry, CustomUser
from hera.custom_user.people import PeopleFilter

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

# What would let a masked viewer find out who somebody is.
IDENTIFYING = ("number", "name")


@admin.register(CustomUser)
class PeopleAdmin(ModelAdmin):  # type: ignore[misc]
    """The list and the page are HERA's own: Django's would count a million people on each."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: CustomUser | None = None) -> bool:
        return request.user.has_perm(masking.SEE) or request.user.has_perm(masking.SEE_MASKED)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A person signs up with her phone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: CustomUser | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CustomUser | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        mine = [
            path("export/<slug:kind>/", wrap(self.export_view), name="people_export"),
            path("exports/", wrap(self.exports_view), name="custom_user_exports"),
            path("exports/<int:pk>/", wrap(export_views.download), name="custom_user_export_download"),
        ]
        return [*mine, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        form, mask = _filter(request), masking.for_viewer(request.user)
        found = page_of(form, after=request.GET.get("after", "")) if form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("People"),
            "form": form,
            "found": found,
            "rows": [person.summary_of(user, mask) for user in found.users] if found else [],
            "criteria": urlencode(form.criteria()) if found else "",
            "may_write": request.user.has_perm("events.add_instantnotification") and not mask.is_on,
            "may_export": export_views.may_export(request),
            "kinds": exports.KINDS,
        }
        return render(request, "custom_user/people.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        user = User.objects.select_related("profile").filter(is_staff=False, pk=_id(object_id)).first()
        if user is None:
            raise Http404
        mask = masking.for_viewer(request.user)
        record = person.record_of(user, mask)
        audit.record(request, Action.VIEW, about="person", person=user.pk, masked=mask.is_on)
        context = {
            **self.admin_site.each_context(request),
            "title": record.name if not mask.is_on else f"{_('Person')} {user.pk}",
            "record": record,
            "is_masked": mask.is_on,
            "may_change": request.user.has_perm("child_health.change_child") and not mask.is_on,
        }
        return render(request, "custom_user/person.html", context)

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        return export_views.ask(request, _filter(request), kind)

    def exports_view(self, request: HttpRequest) -> HttpResponse:
        return export_views.listed(request, self.admin_site)


@admin.register(AuditEntry)
class AuditAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["at", "actor_name", "action", "about", "person", "address"]
    list_filter = ["action"]
    search_fields = ["actor_name", "=person"]
    date_hierarchy = None
    ordering = ["-at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False


def _filter(request: HttpRequest) -> PeopleFilter:
    """The filter in the link; who sees masked people cannot ask for a number or a name."""
    form = PeopleFilter(request.GET)
    if masking.for_viewer(request.user).is_on:
        for name in IDENTIFYING:
            del form.fields[name]
    return form


def _id(text: str) -> int:
    """The id in an address; 0, which nobody has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004
