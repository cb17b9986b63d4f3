"""How a pregnancy or a child's reminders end, as staff enter it; nothing is asked that does not have to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget

from hera.child_health import endings, services
from hera.child_health.endings import By, CannotBeTakenBack, Newborn
from hera.child_health.models import Child, ChildEnd, ChildPause, Pregnancy, PregnancyOutcome, Source
from hera.child_health.possible_dates import GESTATION, NotPossible
from hera.core.ports import Action, audit_trail
from hera.people import told
from hera.people.admin.fields import FIRST_CHILD, NameField, day_field, number_field
from hera.people.filter import translated
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.urls import URLPattern

Kind = PregnancyOutcome.Kind
TOLD_KINDS = [kind for kind in Kind if kind != Kind.SUPERSEDED]
MOST_NEWBORNS = 4


class EndForm(forms.Form):
    """When it was. Nobody has to know, and no reason is asked."""

    date = day_field(gettext_lazy("Date, if it is known"), earliest=FIRST_CHILD, required=False)


class BirthForm(EndForm):
    gestation_weeks = number_field(
        gettext_lazy("Completed weeks, if they are known"), least=GESTATION[0], most=GESTATION[-1]
    )


class NewbornForm(forms.Form):
    """A child of this birth; a row in which nothing is written is none."""

    name = NameField(label=gettext_lazy("Name"), max_length=255)
    gender = forms.ChoiceField(
        label=gettext_lazy("Gender"),
        choices=[("", "---------"), *translated(Gender.choices)],
        widget=UnfoldAdminSelectWidget,
    )
    date_of_birth = day_field(gettext_lazy("Date of birth, if it is another day"), earliest=FIRST_CHILD, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "empty_permitted": True, "use_required_attribute": False})


class ChildEndForm(EndForm):
    reason = forms.ChoiceField(
        label=gettext_lazy("What is told"),
        # None is chosen because nobody chose.
        choices=[("", "---------"), *((reason.value, words) for reason, words in told.REASONS.items())],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("reason", "date")


class PauseForm(forms.Form):
    until = day_field(gettext_lazy("The first day of reminders again"), earliest=None)


class Ends:
    """What both have: found, allowed, looked at, noted, and back to the person's page."""

    def _page(self, view: Any, name: str, address: str = "") -> URLPattern:
        route = f"<path:object_id>/{address or name}/"
        names = f"{self.opts.app_label}_{self.opts.model_name}_{name}"  # type: ignore[attr-defined]
        return path(route, self.admin_site.admin_view(view), name=names)  # type: ignore[attr-defined]

    def _wanted(self, request: HttpRequest, object_id: str) -> Any:
        """The record, with the person.

        Raises:
            Http404, PermissionDenied
        """
        record = self.get_object(request, object_id)  # type: ignore[attr-defined]
        if not self.has_change_permission(request, record):  # type: ignore[attr-defined]
            raise PermissionDenied
        if record is None:
            raise Http404
        return type(record).objects.select_related("user__profile").get(pk=record.pk)

    def _show(self, request: HttpRequest, record: Any, template: str, **context: Any) -> HttpResponse:
        about = f"{record._meta.label_lower} {record.pk}"
        audit_trail().record(request, Action.VIEW, about=about, person=record.user_id)
        return render(
            request,
            template,
            {**self.admin_site.each_context(request), "record": record, "back": _home(record), **context},  # type: ignore[attr-defined]
        )

    def _done(self, request: HttpRequest, record: Any, says: str, **values: tuple[Any, Any]) -> HttpResponse:
        request.hera_values = values  # type: ignore[attr-defined]
        self.log_change(request, record, [{"changed": {"fields": sorted(values)}}])  # type: ignore[attr-defined]
        messages.success(request, says)
        return HttpResponseRedirect(_home(record))

    def _take_back(
        self, request: HttpRequest, record: Any, service: Any, standing: PregnancyOutcome | ChildEnd | ChildPause | None
    ) -> HttpResponse:
        try:
            service(record, _by(request))
        except CannotBeTakenBack as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(_home(record))
        if standing is None:  # a second press
            return HttpResponseRedirect(_home(record))
        kept = _said(standing)
        return self._done(
            request, record, _("It was taken back."), **{name: (value, None) for name, value in kept.items()}
        )


def _sent(request: HttpRequest) -> Any:
    """What was sent, also where that is nothing; None for a look."""
    return request.POST if request.method == "POST" else None


def _home(record: Pregnancy | Child) -> str:
    return reverse("admin:custom_user_customuser_change", args=[record.user_id])


def _by(request: HttpRequest) -> By:
    return By(Source.STAFF, request.user)  # type: ignore[arg-type]


def _said(standing: PregnancyOutcome | ChildEnd | ChildPause | None) -> dict[str, Any]:
    """What stands, as the trail keeps it."""
    names = ("kind", "reason", "date", "until", "gestation_weeks")
    found = {name: getattr(standing, name, None) for name in names}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in found.items() if value}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = sorted(before.keys() | after.keys())
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


class PregnancyEnds(Ends):
    """Part of a pregnancy's pages: which end it is, then its date; of a birth the children."""

    def get_urls(self) -> list[URLPattern]:
        pages = [self._page(self.end_view, "end"), self._page(require_POST(self.take_back_view), "take_back")]
        return [*pages, *super().get_urls()]  # type: ignore[misc]

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        pregnancy: Pregnancy = self._wanted(request, object_id)
        wanted = request.GET.get("kind", "")
        if wanted not in TOLD_KINDS:
            kinds = [(kind.value, capfirst(str(told.KINDS[kind]))) for kind in TOLD_KINDS]
            return self._show(request, pregnancy, "people/which_end.html", title=_("How it ended"), kinds=kinds)
        kind = Kind(wanted)
        standing = pregnancy.outcomes.filter(taken_back_at=None).first()
        before = _said(standing)
        rows = forms.formset_factory(NewbornForm, extra=MOST_NEWBORNS if kind == Kind.BIRTH else 0)
        form_class = BirthForm if kind == Kind.BIRTH else EndForm
        form = form_class(_sent(request), initial={**before})
        newborns = rows(_sent(request), prefix="newborn") if kind == Kind.BIRTH else None
        if request.method == "POST" and form.is_valid() and (newborns is None or newborns.is_valid()):
            children = _named(newborns, form.cleaned_data["date"])
            if children is None:
                form.add_error("date", _("Please give the date of birth."))
            elif (answer := self._end(request, pregnancy, kind, form, children, before)) is not None:
                return answer
        return self._show(
            request,
            pregnancy,
            "people/end.html",
            title=capfirst(str(told.KINDS[kind])),
            says=_(
                "From then on nothing of this pregnancy is announced, asked or sent. It can be taken back for 30 days."
            ),
            form=form,
            rows=newborns,
        )

    def _end(
        self,
        request: HttpRequest,
        pregnancy: Pregnancy,
        kind: Kind,
        form: forms.Form,
        children: Sequence[Newborn],
        before: dict[str, Any],
    ) -> HttpResponse | None:
        there = set(Child.objects.filter(user=pregnancy.user).values_list("pk", flat=True))
        typed = form.cleaned_data
        try:
            outcome, born = endings.end_pregnancy(
                pregnancy,
                kind,
                _by(request),
                date=typed["date"],
                gestation_weeks=typed.get("gestation_weeks"),
                newborns=children,
            )
        except (services.TooMany, NotPossible) as refusal:
            form.add_error(None, str(refusal))
            return None
        for child in born:
            if child.pk not in there:
                self.log_addition(request, child, [{"added": {}}])  # type: ignore[attr-defined]
        return self._done(
            request, pregnancy, _("It is noted. Nothing more of it is sent."), **_changes(before, _said(outcome))
        )

    def take_back_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        pregnancy = self._wanted(request, object_id)
        standing = pregnancy.outcomes.filter(taken_back_at=None).first()
        return self._take_back(request, pregnancy, endings.take_outcome_back, standing)


def _named(rows: Any, date: dt.date | None) -> list[Newborn] | None:
    """The children that were written down; None if the birth date of one is not."""
    found = []
    for row in rows or ():
        if row.has_changed():
            typed = row.cleaned_data
            born = typed["date_of_birth"] or date
            if born is None:
                return None
            found.append(Newborn(typed["name"], typed["gender"], born))
    return found


class ChildEnds(Ends):
    """Part of a child's pages: its end, a pause, and that these are taken back."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            self._page(self.end_view, "end"),
            self._page(self.pause_view, "pause"),
            self._page(require_POST(self.take_back_view), "take_back"),
        ]
        return [*pages, *super().get_urls()]  # type: ignore[misc]

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        child: Child = self._wanted(request, object_id)
        before = _said(ChildEnd.objects.filter(child=child, taken_back_at=None).first())
        form = ChildEndForm(_sent(request), initial=before)
        if request.method == "POST" and form.is_valid():
            typed = form.cleaned_data
            try:
                end = endings.end_child(child, ChildEnd.Reason(typed["reason"]), _by(request), date=typed["date"])
            except NotPossible as refusal:
                form.add_error("date", str(refusal))
            else:
                says = _("It is noted. Nothing more of this child is sent.")
                return self._done(request, child, says, **_changes(before, _said(end)))
        says = _(
            "From then on nothing of this child is announced, asked or sent. The apps leave it out; nothing is deleted."
        )
        title = _("End the reminders of %(name)s") % {"name": child.name}
        return self._show(request, child, "people/end.html", title=title, says=says, form=form)

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        child: Child = self._wanted(request, object_id)
        before = _said(ChildPause.objects.filter(child=child, taken_back_at=None).first())
        form = PauseForm(_sent(request), initial=before)
        if request.method == "POST" and form.is_valid():
            try:
                pause = endings.pause_child(child, form.cleaned_data["until"], _by(request))
            except NotPossible as refusal:
                form.add_error("until", str(refusal))
            else:
                return self._done(request, child, _("The reminders are paused."), **_changes(before, _said(pause)))
        says = _("Until then nothing of this child is announced, asked or sent.")
        title = _("Pause the reminders of %(name)s") % {"name": child.name}
        return self._show(request, child, "people/end.html", title=title, says=says, form=form)

    def take_back_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        child = self._wanted(request, object_id)
        is_pause = request.POST.get("what") == "pause"
        standing = (ChildPause if is_pause else ChildEnd).objects.filter(child=child, taken_back_at=None).first()
        service = endings.take_pause_back if is_pause else endings.take_end_back
        return self._take_back(request, child, service, standing)
