"""The calls of the M&E dashboard (docs/clients.md), and the panel's page of the same charts.

The dashboard cannot ask for a second factor: its log-in is enough for its own `ok`, and figures are given to who has
signed in to the panel on the same host.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth import login as begin_session
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from hera.core import clock
from hera.core.throttles import LimitReached, client_address, spend
from hera.custom_user.dashboard import charts, remembered, selectors
from hera.custom_user.limits import GUESSES_AT_A_NAME, GUESSES_FROM_AN_ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

PERMISSION = "custom_user.see_dashboard"
_LONGEST_DAYS = 3660


@require_GET
@never_cache
def csrf_generator(request: HttpRequest) -> HttpResponse:
    get_token(request)
    return JsonResponse({"detail": "ok"})


@csrf_exempt  # shipped dashboards send no token; a page elsewhere is told by its Origin
@require_POST
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """A password; it begins a session that figures are given to only after the second factor."""
    if not _is_ours(request):
        return JsonResponse({"detail": "This page may not sign in here."}, status=403)
    name = request.POST.get("username", "").strip().lower()[:150]
    try:
        spend(GUESSES_AT_A_NAME, name)
        spend(GUESSES_FROM_AN_ADDRESS, client_address(request))
    except LimitReached as reached:
        answer = JsonResponse({"detail": f"Too many attempts: wait {reached.retry_after} seconds."}, status=429)
        answer.headers["Retry-After"] = str(reached.retry_after)
        return answer
    user = authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None or not user.is_staff:
        return JsonResponse({"detail": "Wrong name or password."}, status=400)
    if request.user.pk != user.pk:  # who is in the panel already stays there, second factor and all
        begin_session(request, user)
    return JsonResponse({"detail": "ok"})


def figures(select: Callable[[dt.date, dt.date], selectors.Rows]) -> Callable[[HttpRequest], HttpResponse]:
    """A view that answers `{"data": [row, ...]}` for the days `from` to `to`, both included."""

    @require_GET
    @never_cache
    def view(request: HttpRequest) -> HttpResponse:
        if not _may_see(request):
            return JsonResponse({"detail": "Sign in to the panel with a role that sees the figures."}, status=403)
        days = {name: _day(request.GET.get(name, "")) for name in ("from", "to")}
        wrong = {name: ["This wants a date such as 2026-11-25."] for name, day in days.items() if day is None}
        if wrong:
            return JsonResponse({"detail": "Name the days from and to.", **wrong}, status=400)
        first, last = days["from"], days["to"]
        assert first is not None
        assert last is not None
        if not 0 <= (last - first).days <= _LONGEST_DAYS:
            return JsonResponse(
                {"detail": "The day to is not before from, and ten years after it at most."}, status=400
            )
        return JsonResponse({"data": select(first, last)})

    return view


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The charts in the panel: they print as they stand."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    today = clock.now().date()
    last = _day(request.GET.get("to", "")) or today
    first = _day(request.GET.get("from", "")) or last - dt.timedelta(days=89)
    if not 0 <= (last - first).days <= _LONGEST_DAYS:
        first = last - dt.timedelta(days=89)
    parts = ("yes", "no", "no_response")
    counts = selectors.by_day(selectors.sign_ups(first, last), first, last)
    coverage, coverage_of = remembered.figure("coverage")
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Figures"),
        "first": first,
        "last": last,
        "sign_ups": sum(counts),
        "sign_up_chart": charts.spark(counts, _("Sign-ups by day")),
        "visits": [(row["check_up_no"], charts.shares(row, parts)) for row in selectors.antenatal_answers(first, last)],
        "vaccines": [
            (row["vaccine_name"], charts.shares(row, parts)) for row in selectors.vaccination_answers(first, last)
        ],
        "coverage": charts.coverage(coverage, selectors.AGES),
        "ages": charts.ages(selectors.AGES),
        "coverage_of": coverage_of,
    }
    return render(request, "custom_user/figures.html", context)


def _may_see(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff and user.is_verified() and user.has_perm(PERMISSION))  # type: ignore[attr-defined]


def _is_ours(request: HttpRequest) -> bool:
    """Is the page that calls on this host, or one that the settings name? A program sends no Origin."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host() or origin in settings.CORS_ALLOWED_ORIGINS


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None
