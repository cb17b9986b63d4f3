"""Corrections of people's records by a case worker, from the person's page. They are on no list of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from hera.child_health.models import Child, PastVaccinationChange, Pregnancy, Vaccine
from hera.child_health.services import save_child
from hera.people import masking
from hera.user_profile.models import UserProfile

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class RecordAdmin(ModelAdmin):  # type: ignore[misc]
    """One record of one person; changes are corrections."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request, obj)) and request.user.has_perm(masking.SEE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and request.user.has_perm(masking.SEE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Mothers tell of pregnancies and children themselves."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:custom_user_customuser_changelist"))

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:custom_user_customuser_change", args=[obj.user_id]))


@admin.register(UserProfile)
class ProfileAdmin(RecordAdmin):
    fields = ("name", "gender", "date_of_birth", "language_code", "timezone")


@admin.register(Pregnancy)
class PregnancyAdmin(RecordAdmin):
    """The dates follow from what the mother declared, so they are not typed here."""

    fields = ("estimated_start_date", "estimated_delivery_date", "declared_number_of_prenatal_visits")
    readonly_fields = ("estimated_start_date", "estimated_delivery_date")


class ChildForm(forms.ModelForm):  # type: ignore[type-arg]
    """A child with the active vaccines that it has been given."""

    given = forms.ModelMultipleChoiceField(
        Vaccine.objects.filter(is_active=True).order_by("name"),
        label=gettext_lazy("Vaccines given"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Child
        fields = ("name", "gender", "date_of_birth")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["given"] = list(self.instance.past_vaccinations.values_list("pk", flat=True))


@admin.register(Child)
class ChildAdmin(RecordAdmin):
    form = ChildForm
    fields = ("name", "gender", "date_of_birth", "given")

    def save_model(self, request: HttpRequest, obj: Child, form: ChildForm, change: bool) -> None:
        given = [vaccine.pk for vaccine in form.cleaned_data["given"]]
        save_child(obj, given, PastVaccinationChange.Source.STAFF)
