"""The calls of the M&E dashboard (docs/clients.md), and the panel's page of the same charts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from hera.core import clock, digits, timezones
from hera.figures import cache, charts, plots, selectors, whole_months
from hera.figures.coverage import AGES
from hera.figures.rights import PERMISSION, refuse_others
from hera.people import masking
from hera.texts import written_dates

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

_LONGEST_DAYS = 3660
_USUAL = dt.timedelta(days=89)
_YEARS = range(2000, 2101)


def figures(select: selectors.ByDay, masked: selectors.ByDay) -> Callable[[HttpRequest], HttpResponse]:
    """A view that answers `{"data": [row, ...]}` for the days `from` to `to`, both included.

    Args:
        masked: what is answered to who sees people masked.
    """

    @require_GET
    @never_cache
    def view(request: HttpRequest) -> HttpResponse:
        if not _may_see(request):
            panel = request.build_absolute_uri(reverse("admin:index"))
            says = _(
                "Please sign in at %(address)s with a role that sees the figures, and then open the dashboard again."
            )
            return JsonResponse({"detail": says % {"address": panel}}, status=403)
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
        chosen = masked if masking.for_viewer(request.user).is_on else select
        return JsonResponse({"data": chosen(first, last)})

    return view


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """The charts in the panel: they print as they stand."""
    refuse_others(request)
    first, last, refused = _days_asked(request)
    if refused:
        messages.error(request, refused)
    mask = masking.for_viewer(request.user)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Figures"),
        "first": first,
        "last": last,
        "mask": mask,
        **(_by_month(first, last) if mask.is_on else _by_day(first, last)),
    }
    return render(request, "figures/figures.html", context)


def _by_day(first: dt.date, last: dt.date) -> dict[str, Any]:
    counts = selectors.by_day(selectors.sign_ups(first, last), first, last)
    dates = [first + dt.timedelta(days=number) for number in range(len(counts))]
    days = [written_dates.day(date).rsplit(" ", 1)[0] for date in dates]  # the years stand above
    given, given_of = cache.figure("coverage")
    return {
        "sign_ups": sum(counts),
        "agreed": selectors.agreed(first, last),
        "sign_up_chart": plots.line(counts, days, _("Sign-ups by day"), is_rtl=get_language_bidi()),
        "sign_up_days": [(date, count) for date, count in zip(dates, counts, strict=True) if count],
        "visits": _shares("check_up_no", selectors.antenatal_answers(first, last)),
        "vaccines": _shares("vaccine_name", selectors.vaccination_answers(first, last)),
        **charts.coverage(given, AGES),
        "coverage_of": given_of,
    }


def _by_month(first: dt.date, last: dt.date) -> dict[str, Any]:
    """The same for who sees people masked. Of coverage she has that by month: this one turns on birthdays."""
    months = whole_months.months_within(first, last)
    joined = {row["date"]: row["occurrence"] for row in whole_months.sign_ups(first, last)}
    counts = [joined.get(month.isoformat()) for month in months]
    names = [written_dates.month(month) for month in months]
    agreed = whole_months.agreed(first, last)
    return {
        "months": months,
        "sign_ups": "…" if None in counts else sum(count or 0 for count in counts),
        "agreed": "…" if agreed is None else agreed,
        "sign_up_chart": plots.line(counts, names, _("Sign-ups by month"), is_rtl=get_language_bidi())
        if months
        else "",
        "visits": _shares("check_up_no", whole_months.antenatal_answers(first, last)),
        "vaccines": _shares("vaccine_name", whole_months.vaccination_answers(first, last)),
    }


def _shares(key: str, rows: selectors.Rows) -> list[tuple[Any, list[tuple[str, int, str]]]]:
    return [(row[key], charts.shares(row, tuple(selectors.PARTS))) for row in rows]


def _may_see(request: HttpRequest) -> bool:
    user = request.user
    return bool(user.is_active and user.is_staff and user.is_verified() and user.has_perm(PERMISSION))  # type: ignore[attr-defined]


def _days_asked(request: HttpRequest) -> tuple[dt.date, dt.date, str]:
    """The days from and until which figures are shown, and why they are not those that were asked for."""
    today = clock.today_in(timezones.default())
    usual = today - _USUAL, today
    asked = {name: request.GET.get(name, "") for name in ("from", "to")}
    days = {name: _day(text) for name, text in asked.items()}
    if wrong := [text for name, text in asked.items() if text and days[name] is None]:
        told = _("%(text)s is no day of the years 2000 to 2100, written like 2026-11-25: the last 90 days are shown.")
        return *usual, told % {"text": wrong[0][:20]}
    last = days["to"] or today
    first = days["from"] or last - _USUAL
    if last < first:
        return *usual, _("The first day is after the last one: the last 90 days are shown.")
    if (last - first).days > _LONGEST_DAYS:
        return *usual, _("These are more than ten years: the last 90 days are shown.")
    return first, last, ""


def _day(text: str) -> dt.date | None:
    """A day that figures can be of; None for anything else."""
    try:
        day = parse_date(digits.plain(text))
    except ValueError:
        return None
    return day if day and day.year in _YEARS else None
