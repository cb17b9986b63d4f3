"""Vaccines in the panel: with their doses, brought as CSV, switched on and off after a look at what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from hera.child_health import programme
from hera.child_health.imports import VaccineResource
from hera.child_health.models import Vaccine, VaccineDose

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class DoseInline(TabularInline):  # type: ignore[misc]
    model = VaccineDose
    extra = 0


@admin.register(Vaccine)
class VaccineAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "nickname", "is_active", "applicable_for_female", "applicable_for_male"]
    list_filter = ["is_active"]
    readonly_fields = ["is_active"]
    inlines = [DoseInline]
    resource_classes = [VaccineResource]
    actions_detail = ["switch"]

    @action(  # type: ignore[untyped-decorator]
        description=gettext_lazy("Switch on or off"), url_path="switch", permissions=["change"]
    )
    def switch(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What switching it does, and after that was read, the switch."""
        vaccine: Vaccine | None = self.get_object(request, object_id)
        if vaccine is None:
            raise Http404
        if not self.has_change_permission(request, vaccine):
            raise PermissionDenied
        if request.method == "POST":
            # What she read is what she gets: a second press, or a colleague's, changes nothing back.
            wanted = request.POST.get("wanted") == "on"
            if vaccine.is_active != wanted:
                programme.set_active(vaccine, is_active=wanted)
                self.log_change(request, vaccine, [{"changed": {"fields": ["is_active"]}}])
            told = _("%s is on the calendars now.") if wanted else _("%s is on no calendar now.")
            messages.success(request, told % vaccine.name)
            return redirect("admin:child_health_vaccine_change", vaccine.pk)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": vaccine.name,
            "vaccine": vaccine,
            "doses": list(vaccine.doses.all()),
            "effect": programme.effect_of(vaccine),
        }
        return render(request, "child_health/switch_vaccine.html", context)

    def has_switch_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        return bool(self.has_change_permission(request))
