"""The health centre of a person: staff choose it, or say about where she lives, and it is the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hera.core import digits
from hera.core.ids import id_in
from hera.core.ports import Action, audit_trail
from hera.health_center import places, selectors, services
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.people.rights import may_correct

if TYPE_CHECKING:
    from django.http import HttpRequest


class CentreForm(forms.Form):
    """Both may be left out: then it is not known where she goes."""

    center = forms.ChoiceField(label=gettext_lazy("Health centre"), required=False, widget=UnfoldAdminSelectWidget)
    geolocation = forms.CharField(
        label=gettext_lazy("About where she lives: latitude and longitude"),
        max_length=100,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "placeholder": "36.20,36.16"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nearest = gettext_lazy("the nearest to where she lives, if that is known")
        self.fields["center"].choices = [("", nearest), *selectors.as_choices()]  # type: ignore[attr-defined]

    def clean_center(self) -> HealthCenter | None:
        chosen: str = self.cleaned_data["center"]
        return HealthCenter.objects.filter(pk=id_in(chosen)).first() if chosen else None

    def clean_geolocation(self) -> places.Place | None:
        """The place, in digits of any script."""
        written = digits.plain(self.cleaned_data["geolocation"])
        place = places.read(written)
        if written and place is None:
            raise forms.ValidationError(_("Use latitude and longitude, such as 36.2021,36.1600."))
        return place


def page(request: HttpRequest, object_id: str) -> HttpResponse:
    """Asks where she goes, and keeps it."""
    if not may_correct(request):
        raise PermissionDenied
    person = get_object_or_404(User, is_staff=False, pk=id_in(object_id))
    home = reverse("admin:custom_user_customuser_change", args=[person.pk])
    row = selectors.center_of(person)
    if request.method == "POST":
        form = CentreForm(request.POST)
        if form.is_valid():
            kept = services.set_center(person, form.cleaned_data["center"], form.cleaned_data["geolocation"])
            values = {"center": (said(row), said(kept)), "geolocation": (_lives(row), _lives(kept))}
            audit_trail().record_change(request, about="health centre", person=person.pk, values=values)
            messages.success(request, _("It is noted where she goes."))
            return HttpResponseRedirect(home)
    else:
        chosen = "" if row is None or row.is_nearest else row.center_id
        form = CentreForm(initial={"center": chosen, "geolocation": _lives(row)})
        audit_trail().record(request, Action.VIEW, about="health centre", person=person.pk)
    context = {
        **admin.site.each_context(request),
        "title": _("Health centre"),
        "form": form,
        "says": _("What staff choose stands. Where she lives is kept to about a kilometre, for distances alone."),
        "back": home,
    }
    return render(request, "people/end.html", context, status=400 if form.errors else 200)


def _lives(row: CenterOfPerson | None) -> str:
    return row.geolocation if row else ""


def said(row: CenterOfPerson | None) -> str:
    """Where she goes and how far that is, in words; blank where it is not known."""
    if row is None:
        return ""
    kilometres = row.kilometres
    far = _("%(number)d km") % {"number": round(kilometres)} if kilometres is not None else ""
    near = _("the nearest") if row.is_nearest else ""
    return ", ".join(filter(None, [row.center.name, row.center.district, far, near]))
