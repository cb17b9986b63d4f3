"""The page on which staff register a family that has no phone app, in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hera.child_health.services import Declaration, TooMany
from hera.core import clock, languages, phone_numbers, timezones
from hera.core.ports import Action, audit_trail
from hera.people.admin.centre import CentreForm
from hera.people.admin.corrections import FIRST_YEAR, LONGEST
from hera.people.admin.ends import MOST_NEWBORNS
from hera.people.admin.fields import FIRST_CHILD, NameField, OfHerDays, day_field, is_of_another_week, number_field
from hera.people.filter import translated
from hera.people.registering import Family, RegisteredChild, known_already, no_mother, register
from hera.people.rights import may_register
from hera.user_profile.models import Gender
from hera.user_profile.number_changes import NumberTaken

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest, HttpResponse

_WEEKS = range(1, 43)


class FamilyForm(OfHerDays, CentreForm):
    """A mother; her number, her centre and her pregnancy may be left out."""

    name = NameField(label=gettext_lazy("Name"), max_length=255)
    date_of_birth = day_field(gettext_lazy("Date of birth; 1 January if nobody knows the day"), earliest=FIRST_YEAR)
    number = forms.CharField(
        label=gettext_lazy("Phone number, if she has one, with + and the country's code"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "tel", "dir": "ltr"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", "---------"), *translated(languages.CHOICES)],
        widget=UnfoldAdminSelectWidget,
    )
    week = number_field(gettext_lazy("Week of her pregnancy, if she is pregnant"), least=_WEEKS[0], most=_WEEKS[-1])
    last_menstrual_period = day_field(
        gettext_lazy("Or the first day of her last period"), earliest=FIRST_CHILD, required=False
    )
    agreed = forms.BooleanField(label=gettext_lazy("She agrees that this is kept, and that she is called or visited"))
    is_another = forms.BooleanField(
        label=gettext_lazy("It is another person than the one who is known already"), required=False
    )
    field_order = (
        *("name", "date_of_birth", "number", "language", "center", "geolocation"),
        *("week", "last_menstrual_period", "agreed", "is_another"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = clock.today_in(timezones.default())

    def clean_number(self) -> str:
        """The number in E.164; empty where she has none."""
        written: str = self.cleaned_data["number"]
        try:
            return phone_numbers.parse_name_allowed(written).e164 if written else ""
        except phone_numbers.InvalidPhoneNumber as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        born = typed.get("date_of_birth")
        if born and (says := no_mother(born, self.today)):
            self.add_error("date_of_birth", says)
        period = typed.get("last_menstrual_period")
        if period and period < self.today - LONGEST:
            self.add_error("last_menstrual_period", _("This day is too long ago: no pregnancy lasts so long."))
        elif says := is_of_another_week(typed.get("week"), period, self.today):
            self.add_error("last_menstrual_period", says)
        if not self.errors and not typed["is_another"]:
            found = known_already(typed["name"], typed["date_of_birth"]).first()
            if found is not None:
                says = _("Somebody of this name and birth date is known already, with the number %(number)s.")
                self.add_error(
                    "is_another", says % {"number": f"\u2068{phone_numbers.shown(found.username) or '–'}\u2069"}
                )
        return typed

    def family(self, children: list[RegisteredChild]) -> Family:
        """What was typed, as the service takes it."""
        typed = self.cleaned_data
        week, period = typed["week"], typed["last_menstrual_period"]
        return Family(
            name=typed["name"],
            born=typed["date_of_birth"],
            language=typed["language"],
            number=typed["number"],
            center=typed["center"],
            place=typed["geolocation"],
            pregnancy=Declaration(week, period, 0) if week or period else None,
            children=children,
        )


class RegisteredChildForm(OfHerDays, forms.Form):
    """A child of hers; a row in which nothing is written is none."""

    name = NameField(label=gettext_lazy("Name"), max_length=255)
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"),
        choices=[("", "---------"), *translated(Gender.choices)],
        widget=UnfoldAdminSelectWidget,
    )
    date_of_birth = day_field(gettext_lazy("Date of birth"), earliest=FIRST_CHILD)
    today: dt.date

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "empty_permitted": True, "use_required_attribute": False})
        self.today = clock.today_in(timezones.default())


_Children = forms.formset_factory(RegisteredChildForm, extra=MOST_NEWBORNS, max_num=MOST_NEWBORNS, validate_max=True)


def page(request: HttpRequest) -> HttpResponse:
    """Asks for a family, and registers it."""
    if not may_register(request):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else None
    form, rows = FamilyForm(sent), _Children(sent, prefix="child")
    if sent is not None and _are_right(form, rows) and (answer := _register(request, form, rows)) is not None:
        return answer
    context = {
        **admin.site.each_context(request),
        "title": _("Register a family without a phone app"),
        "says": _("She is on the list of whom to call. Without a number nothing is sent to her: she is visited."),
        "heading": _("Her children"),
        "form": form,
        "rows": rows,
        "back": reverse("admin:worklist"),
    }
    return render(request, "people/end.html", context, status=200 if sent is None else 400)


def _are_right(form: FamilyForm, rows: Any) -> bool:
    if not (form.is_valid() & rows.is_valid()):
        return False
    typed = form.cleaned_data
    if not (typed["week"] or typed["last_menstrual_period"] or any(row.has_changed() for row in rows)):
        form.add_error(None, _("Write down a pregnancy, or at least one child."))
        return False
    return True


def _register(request: HttpRequest, form: FamilyForm, rows: Any) -> HttpResponse | None:
    """Register her and go on to her page; None where something has to be mended first."""
    children = [
        RegisteredChild(row.cleaned_data["name"], row.cleaned_data["gender"], row.cleaned_data["date_of_birth"])
        for row in rows
        if row.has_changed()
    ]
    try:
        mother = register(form.family(children))
    except NumberTaken as refusal:
        form.add_error("number", str(refusal))
        return None
    except TooMany as refusal:
        form.add_error(None, str(refusal))
        return None
    audit_trail().record(request, Action.ADD, about="person", person=mother.pk, children=len(children))
    messages.success(request, _("She is registered, with her visits."))
    return HttpResponseRedirect(reverse("admin:custom_user_customuser_change", args=[mother.pk]))
