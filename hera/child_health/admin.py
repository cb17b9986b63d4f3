"""Vaccines in the panel: with their doses, brought as CSV, switched on and off after a look at what that does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
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
from hera.child_health.packs import adopting
from hera.core.ports import announcements
from hera.texts.editor import posted
from hera.texts.questions import QuestionedForm

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


class DoseInline(TabularInline):  # type: ignore[misc]
    """Doses are switched off, not deleted: what was announced names them."""

    model = VaccineDose
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Vaccine | None = None) -> bool:
        return bool(super().has_add_permission(request, obj)) and adopting.in_use_for(request) is None

    def has_change_permission(self, request: HttpRequest, obj: Vaccine | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and adopting.in_use_for(request) is None

    def has_delete_permission(self, request: HttpRequest, obj: Vaccine | None = None) -> bool:
        may = bool(super().has_delete_permission(request, obj)) and adopting.in_use_for(request) is None
        return may and (obj is None or not programme.hangs_on(obj))


class VaccineForm(QuestionedForm):
    """A vaccine. What its doses do to calendars is read before it is saved, as it is before it is switched."""

    class Meta:
        model = Vaccine
        fields = ("name", "nickname", "applicable_for_female", "applicable_for_male")

    def questions(self) -> list[str]:
        if not self.instance.is_active:
            return []
        rows = posted(self.data, "doses", "id", "week_age", "is_active")
        wanted = [(row["id"], row["week_age"]) for row in rows if row["is_active"] and row["week_age"]]
        genders = (self.cleaned_data["applicable_for_male"], self.cleaned_data["applicable_for_female"])
        effect = programme.effect_of_doses(self.instance, wanted, genders)
        return [programme.told(effect)] if effect else []


@admin.register(Vaccine)
class VaccineAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "nickname", "is_active", "applicable_for_female", "applicable_for_male"]
    list_filter = ["is_active"]
    readonly_fields = ["is_active"]
    form = VaccineForm
    fields = ["name", "nickname", "is_active", "applicable_for_female", "applicable_for_male", "confirmed"]
    search_fields = ["name", "nickname"]
    actions = ["switch_on", "switch_off"]
    inlines = [DoseInline]
    resource_classes = [VaccineResource]
    actions_detail = ["switch"]
    actions_list = ["packs"]
    list_before_template = "child_health/pack_in_use.html"
    change_form_before_template = "child_health/pack_in_use.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(super().has_add_permission(request)) and adopting.in_use_for(request) is None

    def has_change_permission(self, request: HttpRequest, obj: Vaccine | None = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and adopting.in_use_for(request) is None

    def has_delete_permission(self, request: HttpRequest, obj: Vaccine | None = None) -> bool:
        return bool(super().has_delete_permission(request, obj)) and adopting.in_use_for(request) is None

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(
            request, {**(extra_context or {}), "pack": adopting.in_use_for(request)}
        )
        return answer

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), "pack": adopting.in_use_for(request)}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return answer

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
                self._switch(request, vaccine, is_active=wanted)
            told = _("%s is on the calendars now.") if wanted else _("%s is on no calendar now.")
            messages.success(request, told % vaccine.name)
            return redirect("admin:child_health_vaccine_change", vaccine.pk)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": vaccine.name,
            "vaccine": vaccine,
            "doses": list(vaccine.doses.filter(is_active=True)),
            "effect": programme.effect_of(vaccine),
        }
        return render(request, "child_health/switch_vaccine.html", context)

    @action(  # type: ignore[untyped-decorator]
        description=gettext_lazy("Packs"), url_path="packs", permissions=["view"]
    )
    def packs(self, _request: HttpRequest) -> HttpResponse:
        """What countries plan: the way to their packs."""
        return redirect("admin:packs")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and (form.has_changed() or any(formset.has_changed() for formset in formsets)):
            announcements().programme_changed()

    def hangs_on(self, vaccine: Vaccine) -> list[str]:
        return programme.hangs_on(vaccine)

    @admin.action(description=gettext_lazy("Switch on"), permissions=["change"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Vaccine]) -> HttpResponse | None:
        return self._switch_all(request, queryset, is_active=True)

    @admin.action(description=gettext_lazy("Switch off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Vaccine]) -> HttpResponse | None:
        return self._switch_all(request, queryset, is_active=False)

    def _switch_all(self, request: HttpRequest, queryset: QuerySet[Vaccine], *, is_active: bool) -> HttpResponse | None:
        """Several at once: their effects are read first, as for one."""
        chosen = list(queryset.exclude(is_active=is_active).order_by("name"))
        if request.POST.get("confirmed"):
            for vaccine in chosen:
                self._switch(request, vaccine, is_active=is_active)
            messages.success(request, _("Switched: %(names)s.") % {"names": ", ".join(map(str, chosen)) or "-"})
            return None
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Switch on") if is_active else _("Switch off"),
            "action": "switch_on" if is_active else "switch_off",
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "effects": [(vaccine, programme.effect_of(vaccine)) for vaccine in chosen],
        }
        return render(request, "child_health/switch_vaccines.html", context)

    def _switch(self, request: HttpRequest, vaccine: Vaccine, *, is_active: bool) -> None:
        request.hera_values = {"is_active": (vaccine.is_active, is_active)}  # type: ignore[attr-defined]
        programme.set_active(vaccine, is_active=is_active)
        self.log_change(request, vaccine, [{"changed": {"fields": ["is_active"]}}])

    def has_switch_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        return bool(self.has_change_permission(request))
