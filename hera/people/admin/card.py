"""A child's card in the panel: the doses that it had, several entered at once, wrong ones retracted, tables brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from hera.child_health import doses, services
from hera.child_health.dose_names import dose_name
from hera.child_health.dose_table import DoseResource
from hera.child_health.doses import Entry, Wanted
from hera.child_health.models import Child, DoseGiven, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.possible_dates import NotPossible
from hera.child_health.vaccine_words import VaccineWords
from hera.core import countries
from hera.core.folding import folded
from hera.core.ports import Action, audit_trail
from hera.people import masking, told
from hera.people.admin import not_given
from hera.people.rights import may_correct
from hera.texts.written_dates import isolated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django.urls import URLPattern

ROWS = 6  # empty ones to begin with
MOST_ROWS = 40
LONGEST_PRODUCT = 64  # characters


class DoseRow(forms.Form):
    """A line of the card; a row in which nothing is written is none."""

    dose = forms.TypedChoiceField(
        label=gettext_lazy("Dose of the programme"), coerce=int, empty_value=None, required=False,
        widget=UnfoldAdminSelectWidget,
    )  # fmt: skip
    text = forms.CharField(
        label=gettext_lazy("Or what the card says"),
        max_length=255,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "vaccine-words"}),
    )
    date = forms.CharField(
        label=gettext_lazy("Date, or its month or year"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "placeholder": "9.3.2026"}),
    )
    place = forms.CharField(
        label=gettext_lazy("Place"), max_length=255, required=False, widget=UnfoldAdminTextInputWidget
    )
    country = forms.CharField(
        label=gettext_lazy("Country, as two letters"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"dir": "ltr", "placeholder": "TR"}),
    )
    lot = forms.CharField(label=gettext_lazy("Lot"), max_length=64, required=False, widget=UnfoldAdminTextInputWidget)
    campaign = forms.BooleanField(label=gettext_lazy("Given in a campaign"), required=False, widget=UnfoldBooleanWidget)

    def __init__(self, *args: Any, programme: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "use_required_attribute": False})
        self.fields["dose"].choices = programme  # type: ignore[attr-defined]

    def clean_date(self) -> PartialDate:
        try:
            return PartialDate.typed(self.cleaned_data["date"])
        except ValueError as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def entry(self, words: VaccineWords) -> Entry:
        """What was written; the name of a vaccine is a product, which the earliest open dose of it follows from."""
        typed = self.cleaned_data
        text = " ".join(typed["text"].split())
        name = words.of(text).name if typed["dose"] is None else ""
        product = name if len(name) <= LONGEST_PRODUCT else ""
        return Entry(
            vaccine_dose_id=typed["dose"],
            product=product,
            text="" if folded(product) == folded(text) else text,
            date=typed["date"],
            place=typed["place"],
            country=countries.typed(typed["country"]),
            lot=typed["lot"],
            campaign=typed["campaign"],
        )


def _programme(had: set[int | None]) -> list[Any]:
    """The doses of active vaccines to choose from, by vaccine; those that a record has are marked."""
    groups: dict[str, list[tuple[int, str]]] = {}
    found = VaccineDose.objects.filter(is_active=True, vaccine__is_active=True).select_related("vaccine")
    for dose in found.order_by("vaccine__name", "week_age", "id"):
        mark = " ✓" if dose.pk in had else ""
        groups.setdefault(dose.vaccine.name, []).append(
            (dose.pk, f"{dose.vaccine.name} · {dose_name(dose.name)}{mark}")
        )
    return [("", "---------"), *groups.items()]


class ChildCard:
    """Part of a child's pages: its card."""

    def get_urls(self) -> list[URLPattern]:
        return [self._page(self.card_view, "card"), *super().get_urls()]  # type: ignore[misc, attr-defined]

    def card_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        child: Child = self._wanted(request, object_id)  # type: ignore[attr-defined]
        present = list(
            DoseGiven.objects.filter(child=child).select_related(*told.OF_DOSE).order_by("retracted_at", "date", "id")
        )
        present.sort(key=lambda given: (given.retracted_at is not None, given.date is None))
        had = {given.vaccine_dose_id for given in present if doses.stands(given)}
        programme = _programme(had)
        rows_class = forms.formset_factory(DoseRow, extra=ROWS, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
        rows: Any = rows_class(
            request.POST if request.method == "POST" else None,
            prefix="dose",
            form_kwargs={"programme": programme},
        )
        if request.method == "POST" and self._record(request, child, rows):
            return HttpResponseRedirect(request.path)
        answer: HttpResponse = self._show(  # type: ignore[attr-defined]
            request,
            child,
            "people/card.html",
            title=_("The card of %(name)s") % {"name": child.name},
            present=[told.of_dose(given, masking.OPEN) for given in present],
            not_given=not_given.shown(child),
            programme=programme[1:],
            words=VaccineWords().shown,
            rows=rows,
        )
        return answer

    def _record(self, request: HttpRequest, child: Child, rows: Any) -> bool:
        """Record what was written, all or nothing; what is wrong is said beside each row, and above them how many."""
        is_whole = rows.is_valid()
        filled = [row for row in rows if row.has_changed()]
        words, today = VaccineWords(), services.today_of(child.user)
        # Also where others cannot be read: whoever mends them sees all of it at once.
        readable = [row for row in filled if row.is_valid()]
        wanted = [Wanted(child, row.entry(words), today) for row in readable]
        for place, refusal in doses.refusals(wanted).items():
            readable[place].add_error(None, refusal)
        wrong = sum(not row.is_valid() for row in filled)
        if wrong:
            told_wrong = ngettext(
                "Nothing was recorded: %(count)d row needs mending.",
                "Nothing was recorded: %(count)d rows need mending.",
                wrong,
            )
            messages.error(request, told_wrong % {"count": wrong})
        elif not is_whole:
            messages.error(request, " ".join(rows.non_form_errors()))
        elif not filled:
            messages.error(request, _("No row has anything written in it."))
        if wrong or not is_whole or not filled:
            return False
        try:
            records = doses.record_all(wanted, DoseGiven.Source.CARD, by=_staff(request))
        except NotPossible as refusal:  # the programme has changed meanwhile
            messages.error(request, str(refusal))
            return False
        new = {record.pk for record in records if getattr(record, "is_new", False)}
        noted = [(f"child_health.dosegiven {pk}", child.user_id, {"source": "card"}) for pk in sorted(new)]
        audit_trail().record_all(request, Action.ADD, noted)
        told_new = ngettext("%(count)d dose was recorded.", "%(count)d doses were recorded.", len(new))
        messages.success(request, told_new % {"count": len(new)})
        numbers = [int(row.prefix.rpartition("-")[2]) + 1 for row in readable]
        doubts = zip(numbers, map(doses.doubt, wanted), strict=True)
        if said := [_("Row %(number)d: %(doubt)s") % {"number": row, "doubt": doubt} for row, doubt in doubts if doubt]:
            kept = _("Please look at the card again. It is kept as it was written, and counts for nothing.")
            messages.warning(request, " ".join([*said, kept]))
        for says in _not_placed(wanted, words):
            messages.warning(request, says)
        if not all(getattr(record, "is_new", False) for record in records):
            messages.warning(
                request, _("What was there already stays as it is. Where that is wrong, retract it and enter it again.")
            )
        return True


def _not_placed(wanted: Sequence[Wanted], words: VaccineWords) -> list[str]:
    """Of each text that is no dose and no vaccine of the programme, that it counts for nothing, and what it may be."""
    found = []
    for text in dict.fromkeys(one.entry.text for one in wanted if not (one.entry.vaccine_dose_id or one.entry.product)):
        says = _("“%(text)s” could not be placed: it is kept as it was written, and counts for no dose.")
        told = says % {"text": isolated(text)}
        if perhaps := words.of(text).perhaps:
            may = _("It may be: %(names)s. If so, retract it, and enter it by that name.")
            told += " " + may % {"names": "; ".join(map(isolated, perhaps))}
        found.append(told)
    return found


def _staff(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


@admin.register(DoseGiven)
class DoseGivenAdmin(ModelAdmin):  # type: ignore[misc]
    """Doses are entered on the card of a child, or brought as a table; there is no list of them, and no page of one.

    Who sees people without their names brings nothing: the preview shows names, and its refusals tell who is there.
    """

    resource_classes = [DoseResource]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_correct(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_correct(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_correct(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """They are append-only."""
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap, name = self.admin_site.admin_view, "child_health_dosegiven_{}".format
        return [
            path("", wrap(self.changelist_view), name=name("changelist")),
            path("<path:object_id>/retract/", wrap(self.retract_view), name=name("retract")),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:custom_user_customuser_changelist"))

    def retract_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Takes a record back, with the reason; the card shows both."""
        if not may_correct(request):
            raise PermissionDenied
        given = get_object_or_404(DoseGiven.objects.select_related("child"), pk=object_id)
        card = HttpResponseRedirect(reverse("admin:child_health_child_card", args=[given.child_id]))
        if request.method != "POST" or not told.of_dose(given, masking.OPEN).may_retract:
            return card
        reason = " ".join(request.POST.get("reason", "").split())
        if not reason:
            messages.error(request, _("Say why it is retracted."))
            return card
        doses.retract(given, reason, by=_staff(request))
        request.hera_values = {"retraction": ("", reason)}  # type: ignore[attr-defined]
        self.log_change(request, given, [{"changed": {"fields": ["retraction"]}}])
        messages.success(request, _("It is retracted: it counts for nothing any more."))
        return card
