"""Reports of a month in the panel: asked for, made in the background, and downloaded by who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hera.core import languages
from hera.core.ports import Action, audit_trail
from hera.figures import reports
from hera.figures.reports import State, TooMany
from hera.figures.views import PERMISSION
from hera.people import masking

if TYPE_CHECKING:
    import datetime as dt

    from django.http import HttpRequest

PAGE = "admin:figures_reports"
_MOST = 50
_LONGEST_ID = 18  # digits


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Asks for a report; the viewer's own are below, and while one is being made the page reads itself again."""
    _only_for_who_sees_figures(request)
    if request.method == "POST":
        return _ask(request)
    found = list(reports.of(request.user)[:_MOST])  # type: ignore[arg-type]
    context = {
        **admin.site.each_context(request),
        "title": _("Monthly reports"),
        "months": reports.months_to_choose(),
        "languages": [(code, _(name)) for code, name in languages.CHOICES],
        "language": get_language(),
        "reports": found,
        "is_any_unfinished": any(one.state in (State.WAITING, State.MAKING) for one in found),
    }
    return render(request, "figures/reports.html", context)


@never_cache
def file(request: HttpRequest) -> HttpResponse:
    """A report that is ready: for whoever asked for it, as long as she sees what is in it."""
    _only_for_who_sees_figures(request)
    named = request.GET.get("report", "")
    if not (named.isascii() and named.isdigit() and len(named) <= _LONGEST_ID):
        raise Http404
    asked = get_object_or_404(reports.of(request.user), pk=int(named), state=State.READY)  # type: ignore[arg-type]
    if not asked.is_masked and masking.for_viewer(request.user).is_on:
        raise PermissionDenied
    audit_trail().record(request, Action.EXPORT, about=f"report of {asked.month:%Y-%m}", file=asked.pk)
    answer = HttpResponse(bytes(asked.content), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="hera-report-{asked.month:%Y-%m}.pdf"'
    return answer


def _ask(request: HttpRequest) -> HttpResponse:
    month, language = _day(request.POST.get("month", "")), request.POST.get("language", "")
    if month is None or month not in reports.months_to_choose() or language not in languages.CODES:
        messages.error(request, _("Choose a month and a language of the lists."))
        return redirect(PAGE)
    masked = masking.for_viewer(request.user).is_on
    try:
        asked = reports.ask(request.user, month, language, is_masked=masked)  # type: ignore[arg-type]
    except TooMany as reason:
        messages.error(request, str(reason))
    else:
        audit_trail().record(request, Action.EXPORT, about=f"report of {month:%Y-%m}, asked for", file=asked.pk)
    return redirect(PAGE)


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None


def _only_for_who_sees_figures(request: HttpRequest) -> None:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
