"""Corrections of people's records by a case worker, from the person's page. They are on no list of their own."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from hera.child_health import births, services
from hera.child_health.models import Child, DoseGiven, PastVaccinationChange, Pregnancy, Vaccine
from hera.child_health.services import (
    Declaration,
    TooMany,
    declare_pregnancy,
    redeclare_pregnancy,
    running_pregnancies,
    today_of,
)
from hera.core import timezones
from hera.core.ids import id_in
from hera.events.models import NotificationEvent
from hera.people import masking, told
from hera.people.admin.card import ChildCard
from hera.people.admin.ends import ChildEnds, PregnancyEnds
from hera.people.admin.fields import FIRST_CHILD, NameField, OfHerDays, day_field, is_of_another_week, label_of
from hera.people.admin.not_given import ChildNotGiven
from hera.people.family_table import FamilyResource
from hera.people.rights import may_register
from hera.texts.questions import QuestionedForm
from hera.user_profile.models import Gender, UserProfile

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def _owner_id(request: HttpRequest) -> int:
    return id_in(request.GET.get("person", ""))


def _owner(request: HttpRequest) -> User:
    """The person for whom something is added.

    Raises:
        Http404: if there is nobody with this id.
    """
    return get_object_or_404(User.objects.select_related("profile"), pk=_owner_id(request), is_staff=False)


class RecordAdmin(ModelAdmin):  # type: ignore[misc]
    """One record of one person; changes are corrections."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_view_permission(request, obj)) and request.user.has_perm(masking.SEE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(super().has_change_permission(request, obj)) and request.user.has_perm(masking.SEE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whose it is comes with the link on her page."""
        may = bool(super().has_add_permission(request)) and request.user.has_perm(masking.SEE)
        return may and _owner_id(request) > 0 and self.model is not UserProfile

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A profile goes with its account alone."""
        may = bool(super().has_delete_permission(request, obj)) and request.user.has_perm(masking.SEE)
        return may and self.model is not UserProfile

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is not None or request.method == "POST":
            form.today = today_of(obj.user if obj is not None else _owner(request))
        return form

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Asks first; then it is gone as when she removes it in her app, and her page comes back."""
        record = self.get_object(request, object_id)
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        is_gone = record is not None and request.method == "POST" and answer.status_code == HTTPStatus.FOUND
        return self.response_post_save_change(request, record) if is_gone else answer

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Django's, which takes everything back where the service refuses; then her page says why."""
        try:
            answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)
        except TooMany as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(reverse("admin:custom_user_customuser_change", args=[_owner(request).pk]))
        return answer

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A record with what goes with it, in words that staff know."""
        _rows, _counts, needed, protected = super().get_deleted_objects(objs, request)
        [record] = objs  # there is no list on which several could be chosen
        with_it = self.goes_with(record)
        counts = {self.opts.verbose_name_plural: 1} | {label: len(names) for label, names in with_it.items()}
        shown = [f"{label}: {name}" for label, names in with_it.items() for name in names]
        return [f"{capfirst(self.opts.verbose_name)}: {record}", shown], counts, needed, protected

    def goes_with(self, record: Any) -> dict[str, list[str]]:
        """What is removed with a record, by what it is."""
        return {}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:custom_user_customuser_changelist"))

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return self.response_post_save_change(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:custom_user_customuser_change", args=[obj.user_id]))


FIRST_YEAR = dt.date(1900, 1, 1)
LONGEST = dt.timedelta(weeks=45)  # from the last menstrual period; the 43rd week is the last that anybody declares


class ProfileForm(OfHerDays, forms.ModelForm):  # type: ignore[type-arg]
    """A profile. Its zone is chosen: one that there is not would be no zone at all."""

    name = NameField(label=label_of("name"), max_length=255)
    date_of_birth = day_field(label_of("date of birth"), earliest=FIRST_YEAR)
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), choices=timezones.choices, widget=UnfoldAdminSelectWidget
    )

    class Meta:
        model = UserProfile
        fields = ("name", "gender", "date_of_birth", "language_code", "timezone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        profile = self.instance
        if profile.pk and not timezones.known(profile.timezone):
            self.initial["timezone"] = timezones.effective(profile.timezone, profile.user.username).key


@admin.register(UserProfile)
class ProfileAdmin(RecordAdmin):
    """A person's profile; families without a phone app are brought as a table, by who may register one."""

    form = ProfileForm
    resource_classes = [FamilyResource]
    fields = ("name", "gender", "date_of_birth", "language_code", "timezone")

    def may_bring(self, request: HttpRequest) -> bool:
        """Who may bring families: nobody adds a profile alone."""
        return may_register(request)


class PregnancyForm(OfHerDays, QuestionedForm):
    """What a mother declares: a week or a date, and visits made. An edit is a new declaration, of today."""

    declared_date_of_last_menstrual_period = day_field(
        label_of("declared date of last menstrual period"), earliest=dt.date(2000, 1, 1), required=False
    )

    class Meta:
        model = Pregnancy
        fields = (
            "declared_pregnancy_week",
            "declared_date_of_last_menstrual_period",
            "declared_number_of_prenatal_visits",
        )

    def declaration(self) -> Declaration:
        """What was typed, as the service takes it."""
        typed = self.cleaned_data
        return Declaration(
            typed["declared_pregnancy_week"],
            typed["declared_date_of_last_menstrual_period"],
            typed["declared_number_of_prenatal_visits"],
        )

    def clean_declared_number_of_prenatal_visits(self) -> int:
        """None that is given counts as 0."""
        return self.cleaned_data["declared_number_of_prenatal_visits"] or 0

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        week, day = "declared_pregnancy_week", "declared_date_of_last_menstrual_period"
        if not self.errors and not (typed.get(week) or typed.get(day)):
            raise forms.ValidationError(_("Give a week or a date."))
        if typed.get(day) and day in self.changed_data and typed[day] < self.today - LONGEST:
            self.add_error(day, _("This day is too long ago: no pregnancy lasts so long."))
        elif {week, day} & set(self.changed_data) and (
            says := is_of_another_week(typed.get(week), typed.get(day), self.today)
        ):
            self.add_error(day, says)
        return super().clean()

    def questions(self) -> list[str]:
        pk = self.instance.pk
        if pk is None or not self.changed_data or not self.has_changed_declaration():
            return []
        return _about_announced(f"prenatal-checkup/pregnancy-{pk}/")

    def has_changed_declaration(self) -> bool:
        """Whether it is another declaration than the one that is kept."""
        return self.declaration() != Declaration.of(Pregnancy.objects.get(pk=self.instance.pk))


def _about_announced(key: str) -> list[str]:
    """What to ask before announced visits with keys that begin so are moved."""
    count = NotificationEvent.objects.filter(event_key__startswith=key).count()
    told = _("%(count)d of its visits were announced already: the days that she was told may not be right any more.")
    return [told % {"count": count}] if count else []


@admin.register(Pregnancy)
class PregnancyAdmin(PregnancyEnds, RecordAdmin):
    """The dates follow from what the mother declared, so they are not typed here."""

    form = PregnancyForm
    fields = (
        "declared_pregnancy_week",
        "declared_date_of_last_menstrual_period",
        "declared_number_of_prenatal_visits",
        "confirmed",
        "estimated_start_date",
        "estimated_delivery_date",
    )
    readonly_fields = ("estimated_start_date", "estimated_delivery_date")
    follows = ("declared_on", "estimated_start_date", "estimated_delivery_date")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """To add one while one is running is to correct that one, and its page says so."""
        if object_id is None and self.has_add_permission(request):
            owner = _owner(request)
            running = running_pregnancies(owner, today_of(owner)).first()
            if running is not None:
                says = _("A pregnancy is running: this corrects it. If it is over, say first how it ended.")
                messages.warning(request, says)
                return super().changeform_view(request, str(running.pk), form_url, extra_context)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Pregnancy, form: PregnancyForm, change: bool) -> None:
        declared = form.declaration()
        if change:
            redeclare_pregnancy(Pregnancy.objects.select_related("user__profile").get(pk=obj.pk), declared)
        else:
            obj.pk = declare_pregnancy(_owner(request), declared).pk
            obj.user = _owner(request)


class ChildForm(OfHerDays, QuestionedForm):
    """A child with the active vaccines that it has been given."""

    name = NameField(label=label_of("name"), max_length=255)
    date_of_birth = day_field(label_of("date of birth"), earliest=FIRST_CHILD)
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
        if not self.instance.pk:  # nobody is a boy because nobody chose
            self.fields["gender"].choices = [("", "---------"), *Gender.choices]  # type: ignore[attr-defined]
            self.initial["gender"] = ""
        self.initial["given"] = (
            [] if not self.instance.pk else list(self.instance.past_vaccinations.values_list("pk", flat=True))
        )

    def questions(self) -> list[str]:
        moved = self.instance.pk and "date_of_birth" in self.changed_data
        return _about_announced(f"vaccination/child-{self.instance.pk}/") if moved else []


@admin.register(Child)
class ChildAdmin(ChildEnds, ChildNotGiven, ChildCard, RecordAdmin):
    form = ChildForm
    fields = ("name", "gender", "date_of_birth", "given", "confirmed")

    def save_model(self, request: HttpRequest, obj: Child, form: ChildForm, change: bool) -> None:
        if not change:
            obj.user = _owner(request)
        given = [vaccine.pk for vaccine in form.cleaned_data["given"]]
        save = births.save_child if change else services.save_child
        save(obj, given, PastVaccinationChange.Source.STAFF)

    def goes_with(self, record: Child) -> dict[str, list[str]]:
        given = DoseGiven.objects.filter(child=record).select_related(*told.OF_DOSE).order_by("date", "id")
        return {
            _("Vaccines given"): list(record.past_vaccinations.order_by("name").values_list("name", flat=True)),
            _("Doses given"): [told.of_dose(dose, masking.OPEN).what for dose in given],
        }
