"""The worklist in the panel: whom to call, why, and what came of it, in one form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from hera.child_health.dose_names import dose_name
from hera.child_health.models import Child, VaccineDose
from hera.child_health.possible_dates import NotPossible
from hera.core.ids import id_in
from hera.core.ports import Action, audit_trail
from hera.health_center.selectors import centers_of
from hera.people import contacts, masking, told, worklist
from hera.people.admin import centre
from hera.people.admin.fields import day_field
from hera.people.admin.where import Where
from hera.people.contacts import OUTCOMES, Outcome
from hera.people.rights import may_correct, may_register
from hera.people.worklist import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpRequest, HttpResponse

    from hera.people.models import Contact
    from hera.people.worklist import Row

PAGE = "admin:worklist"
_MOST_PAGES = 200
CONTACTS_SHOWN = 20
# What has to be entered elsewhere, once it is known.
_ON_HER_PAGE = {
    Outcome.MOVED: gettext_lazy("It is noted. Please end what is over, below, so that nothing more of it is sent."),
    Outcome.LOSS: gettext_lazy("It is noted. Please end what is over, below, so that nothing more of it is sent."),
    Outcome.CAME: gettext_lazy("It is noted. Please enter what was given, on the child's card."),
}


class ContactForm(forms.Form):
    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it"),
        choices=[("", "---------"), *((outcome.value, words) for outcome, words in OUTCOMES.items())],
        widget=UnfoldAdminSelectWidget,
    )
    next_on = day_field(gettext_lazy("Call again on, if a day was agreed on"), earliest=None, required=False)
    words = forms.CharField(
        label=gettext_lazy("Note"), max_length=500, required=False, widget=UnfoldAdminTextInputWidget
    )


@dataclass(frozen=True)
class Line:
    """A row as the page shows it."""

    person: int
    name: str
    number: str
    kind: str
    since: str
    about: str
    missing: str
    goes: str  # to which health centre, and how far that is
    card: str  # its address; empty where there is no child
    contact: str
    form: ContactForm


def page(request: HttpRequest) -> HttpResponse:
    """The list, all kinds or one; and, posted, what came of a call."""
    if not may_correct(request):
        raise PermissionDenied
    kind = request.GET.get("kind", "")
    wanted = [Kind(kind)] if kind in Kind else list(Kind)
    number = _page_number(request.GET.get("page", "")) if kind in Kind else 1
    wrong: dict[int, ContactForm] = {}
    if request.method == "POST":
        person = get_object_or_404(User, is_staff=False, pk=id_in(request.POST.get("person", "")))
        form = ContactForm(request.POST)
        if (answer := _note(request, person, form)) is not None:
            return answer
        wrong[person.pk] = form
    where = Where(request.GET, {"kind": kind} if kind in Kind else {})
    found = {each: worklist.of(each, number, centers=where.centers, within=where.within) for each in wanted}
    rows = [row for each in wanted for row in found[each][: worklist.PAGE]]
    audit_trail().record(request, Action.VIEW, about="worklist", shown=len(rows), kind=kind, where=where.asked)
    context = {
        **admin.site.each_context(request),
        "title": _("Whom to call"),
        "everything": urlencode(where.asked),
        "kinds": [(each.label, urlencode({"kind": each.value} | where.asked), each.value == kind) for each in Kind],
        "kind": kind if kind in Kind else "",
        "where": where,
        "may_register": may_register(request),
        "lines": _lines(rows, wrong),
        "more": {
            each.label: urlencode({"kind": each.value, "page": number + (1 if kind else 0)} | where.asked)
            for each in wanted
            if len(found[each]) > worklist.PAGE
        },
    }
    return render(request, "people/worklist.html", context, status=400 if wrong else 200)


def _note(request: HttpRequest, person: User, form: ContactForm) -> HttpResponse | None:
    """Note the call and go on; None where something has to be mended first."""
    if not form.is_valid():
        return None
    typed = form.cleaned_data
    outcome = Outcome(typed["outcome"])
    try:
        kept = contacts.note(person, outcome, request.user, next_on=typed["next_on"], words=typed["words"])  # type: ignore[arg-type]
    except NotPossible as refusal:
        form.add_error("next_on", str(refusal))
        return None
    audit_trail().record(request, Action.ADD, about=f"contact {kept.pk}", person=person.pk, outcome=outcome.value)
    her_page = reverse("admin:custom_user_customuser_change", args=[person.pk])
    if outcome in _ON_HER_PAGE:
        messages.success(request, _ON_HER_PAGE[outcome])
        return HttpResponseRedirect(her_page)
    until = told.day(kept.next_on, masking.OPEN)
    messages.success(request, _("It is noted. She is on the list again from %(day)s.") % {"day": until})
    return HttpResponseRedirect(her_page if request.POST.get("back") else request.get_full_path())


def _lines(rows: list[Row], wrong: Mapping[int, ContactForm]) -> list[Line]:
    """The rows with what is said of them; a fixed number of statements, however many they are."""
    people = User.objects.select_related("profile").in_bulk(worklist.people_of(rows))
    children = Child.objects.in_bulk({row.child for row in rows if row.child})
    doses = VaccineDose.objects.select_related("vaccine").in_bulk({dose for row in rows for dose in row.doses})
    newest, centers = contacts.newest_of(people), centers_of(people)
    return [
        Line(
            person=row.person,
            name=masking.OPEN.name(people[row.person].profile.name if hasattr(people[row.person], "profile") else ""),
            number=masking.OPEN.number(people[row.person].username),
            kind=str(row.kind.label),
            since=told.day(row.since, masking.OPEN),
            about=_about(row, children),
            missing=", ".join(f"{dose.vaccine.name} · {dose_name(dose.name)}" for dose in _known(row.doses, doses)),
            goes=centre.said(centers.get(row.person)),
            card=reverse("admin:child_health_child_card", args=[row.child]) if row.child else "",
            contact=_said(newest.get(row.person)),
            form=wrong.get(row.person) or ContactForm(auto_id=f"id_{place}_%s"),
        )
        for place, row in enumerate(rows)
        if row.person in people
    ]


def _known(ids: Iterable[int], doses: Mapping[int, VaccineDose]) -> list[VaccineDose]:
    return [doses[dose] for dose in ids if dose in doses]


def _about(row: Row, children: Mapping[int, Child]) -> str:
    child = children.get(row.child or 0)
    if child is not None:
        born = told.day(child.date_of_birth, masking.OPEN)
        return _("%(name)s, born on %(day)s") % {"name": f"\u2068{masking.OPEN.name(child.name)}\u2069", "day": born}
    if row.is_after_birth:
        return _("her visit after the birth")
    return _("her pregnancy") if row.pregnancy else ""


def _said(contact: Contact | None) -> str:
    """The newest contact, in words; blank if there was none."""
    if contact is None:
        return ""
    when, by = told.moment(contact.at, masking.OPEN), told.staff(contact.entered_by, masking.OPEN)
    return ", ".join(
        filter(None, [when, by, str(OUTCOMES[Outcome(contact.outcome)]), masking.OPEN.name(contact.words)])
    )


def contacts_of(person: User) -> list[str]:
    """The last contacts with her, in words, the newest first."""
    return [_said(contact) for contact in contacts.newest_first(person)[:CONTACTS_SHOWN]]


def _page_number(text: str) -> int:
    return min(id_in(text), _MOST_PAGES) or 1
