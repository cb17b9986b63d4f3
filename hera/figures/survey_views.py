"""Results of surveys in the panel: a question as a table and charts, told apart as one likes, and as a file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hera.core.formulas import harmless
from hera.core.ports import Action, audit_trail
from hera.figures import asked as months_asked
from hera.figures import plots, survey_results
from hera.figures.asked import OPEN_ONLY, Refused
from hera.figures.measures import Unit
from hera.figures.rights import refuse_others
from hera.figures.survey_results import ATTRIBUTES, Asked
from hera.figures.tabulated import as_text
from hera.people import masking
from hera.surveys import checks
from hera.surveys.models import SurveyTemplate
from hera.texts import written_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from hera.figures.survey_results import Line, Results

_QUESTION = "question-"  # before the id of another question


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """A question's results, or why what was asked for makes no sense."""
    refuse_others(request)
    templates, masked = list(SurveyTemplate.objects.order_by("code")), masking.for_viewer(request.user).is_on
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Results of surveys"),
        "templates": templates,
        "attributes": {key: label for key, label in ATTRIBUTES.items() if not (masked and key in OPEN_ONLY)},
        "quarters": months_asked.quarters() if masked else [],
    }
    status = 200
    first, last = months_asked.quarters()[0] if masked else months_asked.usual_months()
    try:
        asked = _asked(request.GET, templates, masked=masked)
    except Refused as reason:
        asked, context["refused"], status = None, str(reason), 400
    else:
        context |= _shown(asked, survey_results.results(asked, masked=masked)) if asked else {}
        first, last = (asked.first, asked.last) if asked else (first, last)
    query = request.GET.copy()
    context |= {"asked": asked, "first": first, "last": last, "query": query.urlencode()}
    return render(request, "figures/surveys.html", context, status=status)


@never_cache
def file(request: HttpRequest) -> HttpResponse:
    """The table of the page as CSV; what is hidden is empty."""
    refuse_others(request)
    masked = masking.for_viewer(request.user).is_on
    try:
        asked = _asked(request.GET, list(SurveyTemplate.objects.order_by("code")), masked=masked)
    except Refused as reason:
        raise Http404(str(reason)) from None
    if asked is None:
        raise Http404
    found = survey_results.results(asked, masked=masked)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(cell) for cell in (found.head, "asked", "answered", *found.answers)])
    for line in [*found.lines, *([found.total] if found.total else [])]:
        cells = [line.name, line.asked, line.answered, *line.cells]
        writer.writerow(["" if cell is None else harmless(cell) for cell in cells])
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    saved = f"hera-survey-{asked.template.code}-{asked.first:%Y%m}-{asked.last:%Y%m}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{saved}"'
    audit_trail().record(request, Action.EXPORT, about=f"survey results, {asked.template.code}"[:200])
    return answer


def _asked(given: Mapping[str, str], templates: list[SurveyTemplate], *, masked: bool) -> Asked | None:
    """What an address asks for: the first question by language, where it names nothing; None where there is none.

    Args:
        masked: whoever asks may not know people. Of months that overlap, and of districts and their centres, each table
            may be safe, and what one has more than another be of few people: she has one quarter, and no centre.

    Raises:
        Refused: with what is wrong with it.
    """
    by_id = {str(template.pk): template for template in templates}
    first, last = months_asked.quarter(given) if masked else months_asked.months(given)
    template = by_id.get(given.get("of") or next(iter(by_id), ""))
    if template is None:
        if templates:
            raise Refused(_("There is no such question. Choose one of the list."))
        return None
    by = given.get("by") or "language"
    other = by_id.get(by.removeprefix(_QUESTION)) if by.startswith(_QUESTION) else None
    if other == template or (other is None and by not in ATTRIBUTES) or (masked and by in OPEN_ONLY):
        raise Refused(_("The results cannot be told apart by that. Choose something else."))
    return Asked(template, first, last, by, other)


def _shown(asked: Asked, found: Results) -> dict[str, Any]:
    is_rtl = get_language_bidi()
    lines = [*([found.total] if found.total else []), *found.lines]
    rates = [plots.Bar(line.name, line.rate, _percent(line.rate)) for line in found.lines]
    label = _("Answers to %(question)s") % {"question": asked.template.code}
    answers = [
        plots.Bar(name, None if count is None else float(count), "–" if count is None else f"{count:,}")
        for name, count in zip(found.answers, found.total.cells if found.total else (), strict=False)
    ]
    return {
        "found": found,
        "question": checks.example_of(asked.template, get_language()),
        "lines": [
            (line.name, line.asked, line.answered, _percent(line.rate), [_cell(cell, line) for cell in line.cells])
            for line in lines
        ],
        "answers_chart": plots.bars(answers, label, is_rtl=is_rtl) if found.total else "",
        "rates_chart": plots.bars(rates, _("Answered: %(by)s") % {"by": found.head}, unit=Unit.PERCENT, is_rtl=is_rtl)
        if asked.other is None and any(line.rate is not None for line in found.lines)
        else "",
        "chosen_by": asked.by,
    }


def _cell(count: int | None, line: Line) -> tuple[str, str]:
    """A number and how many of a hundred of its row that is; nothing where it is hidden."""
    if count is None:
        return "…", ""
    share = written_numbers.percent(count / line.asked * 100) if line.asked else ""
    return written_numbers.number(count), share


def _percent(rate: float | None) -> str:
    return "–" if rate is None else as_text(rate, Unit.PERCENT)
