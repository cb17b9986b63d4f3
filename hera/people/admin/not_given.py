"""Doses that a child has not had, told and taken back on its card."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hera.child_health import not_given, services
from hera.child_health.dose_names import dose_name
from hera.child_health.models import Child, VaccineDose
from hera.child_health.possible_dates import NotPossible
from hera.core.ids import id_in
from hera.people import masking, told

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class ChildNotGiven:
    """Part of a child's pages."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self._page(self.not_given_view, "not_given", "card/not-given"),  # type: ignore[attr-defined]
            *super().get_urls(),  # type: ignore[misc]
        ]

    def not_given_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Keeps that a dose was not given, or takes that back; the card shows it."""
        child: Child = self._wanted(request, object_id)  # type: ignore[attr-defined]
        dose = id_in(request.POST.get("dose", ""))
        before = child.doses_not_given
        if request.method == "POST":
            try:
                self._change(request, child, dose)
            except NotPossible as refusal:
                messages.error(request, str(refusal))
        if child.doses_not_given != before:
            request.hera_values = {"doses_not_given": (before, child.doses_not_given)}  # type: ignore[attr-defined]
            self.log_change(request, child, [{"changed": {"fields": ["doses_not_given"]}}])  # type: ignore[attr-defined]
        return HttpResponseRedirect(reverse("admin:child_health_child_card", args=[child.pk]))

    def _change(self, request: HttpRequest, child: Child, dose: int) -> None:
        if "take_back" in request.POST:
            not_given.take_back(child, dose)
            messages.success(request, _("It was taken back."))
        elif not dose:
            messages.error(request, _("Please say which dose it was."))
        else:
            not_given.tell(child, [dose], services.today_of(child.user))
            messages.success(request, _("It is noted: the dose is planned as one that is missing."))


def shown(child: Child) -> Sequence[dict[str, Any]]:
    """The doses that were told not to have been given to a child, for its card."""
    kept = dict(not_given.standing(child))
    found = VaccineDose.objects.filter(pk__in=kept).select_related("vaccine").order_by("pk")
    return [
        {
            "pk": dose.pk,
            "what": f"{dose.vaccine.name} · {dose_name(dose.name)}",
            "day": told.day(kept[dose.pk], masking.OPEN),
        }
        for dose in found
    ]
