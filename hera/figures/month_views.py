"""The manager's month: each measure as a table and charts, told apart as she likes, to print and to keep as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hera.core.ports import Action, audit_trail
from hera.figures import asked as asking
from hera.figures import counting, plots, tabulated
from hera.figures.asked import Refused
from hera.figures.dimensions import ALL, DIMENSIONS
from hera.figures.measures import MEASURES
from hera.figures.rights import refuse_others
from hera.people import masking

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hera.figures.asked import Asked
    from hera.figures.tabulated import Table

_DRAWN = {"over-time.svg": plots.over_time, "by-row.svg": plots.by_row}


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """A measure as charts and a table, or why what was asked for makes no sense."""
    refuse_others(request)
    context: dict[str, Any] = {**admin.site.each_context(request), "title": _("Programme by month")}
    status = 200
    try:
        wanted = asking.measure_of(request.GET)
    except Refused as reason:
        wanted, context["refused"], status = next(iter(MEASURES.values())), str(reason), 400
    context["counted_at"] = counting.counted(wanted.source, masked=_is_masked(request))
    try:
        asked = asking.read(request.GET, masked=_is_masked(request))
    except Refused as reason:
        asked, context["refused"], status = asking.usual(wanted, masked=_is_masked(request)), str(reason), 400
    else:
        context |= _shown(_table(request, asked))
    context |= _form(request, asked)
    return render(request, "figures/month.html", context, status=status)


@never_cache
def file(request: HttpRequest) -> HttpResponse:
    """What the page shows, as CSV or as one of its charts."""
    refuse_others(request)
    name = request.GET.get("file", "")
    try:
        asked = asking.read(request.GET, masked=_is_masked(request))
    except Refused as reason:
        raise Http404(str(reason)) from None
    table = _table(request, asked)
    if name == "csv":
        answer = HttpResponse(tabulated.as_csv(table), content_type="text/csv; charset=utf-8")
    elif name in _DRAWN:
        drawn = _DRAWN[name](table, is_rtl=get_language_bidi())
        if not drawn:
            raise Http404(_("There is nothing to draw in these months."))
        answer = HttpResponse(drawn, content_type="image/svg+xml")
    else:
        raise Http404
    ending = "csv" if name == "csv" else name
    saved = f"hera-{asked.measure.key}-{asked.first:%Y%m}-{asked.last:%Y%m}-{ending}".replace("-csv", ".csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{saved}"'
    audit_trail().record(request, Action.EXPORT, about=f"figures, {asked.measure.key}")
    return answer


def _is_masked(request: HttpRequest) -> bool:
    return masking.for_viewer(request.user).is_on


def _table(request: HttpRequest, asked: Asked) -> Table:
    return tabulated.table_of(
        asked.measure, asked.first, asked.last, by=asked.by, series=asked.series, masked=_is_masked(request)
    )


def _shown(table: Table) -> dict[str, Any]:
    is_rtl = get_language_bidi()
    unit = table.measure.unit
    rows = [*([table.total] if table.total else []), *table.rows]
    return {
        "table": table,
        "rows": [
            {
                "name": row.name,
                "total": tabulated.written(row.total, unit),
                "counts": _counts(row.total),
                "meets": _meets(table, row),
                "target": None if row.target is None else tabulated.as_text(row.target, unit),
                "months": [(tabulated.written(number, unit), _counts(number)) for number in row.months],
            }
            for row in rows
        ],
        "has_targets": any(row.target is not None for row in rows),
        "target": None if table.target is None else tabulated.as_text(table.target, unit),
        "over_time": plots.over_time(table, is_rtl=is_rtl),
        "by_row": plots.by_row(table, is_rtl=is_rtl),
    }


def _counts(number: tabulated.Number) -> str:
    return "" if number.is_hidden or number.whole is None else f"{number.part:g} / {number.whole:g}"


def _meets(table: Table, row: tabulated.Row) -> bool | None:
    value = row.total.value
    if row.target is None or value is None:
        return None
    return value >= row.target if table.measure.is_better_high else value <= row.target


def _form(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    dimensions = [(ALL, asked.measure.series_label), *((key, one.label) for key, one in DIMENSIONS.items())]
    offered = set(asked.measure.dimensions) - (asking.OPEN_ONLY if _is_masked(request) else set())
    query = request.GET.copy()
    query.pop("file", None)
    return {
        "asked": asked,
        "measures": list(MEASURES.values()),
        "dimensions": [(key, label) for key, label in dimensions if key in offered],
        "series": tabulated.series_of(asked.measure, masked=_is_masked(request)),
        "query": query.urlencode(),
        "may_set_targets": request.user.has_perm("figures.change_target"),
    }
