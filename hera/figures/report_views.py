"""Reports of a month in the panel: asked for, made in the background, and downloaded by who asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from hera.core import languages
from hera.core.ids import id_in
from hera.core.ports import Action, audit_trail
from hera.figures import mails, reports
from hera.figures.mails import State as MailState
from hera.figures.reports import State, TooMany
from hera.figures.rights import refuse_others
from hera.people import masking

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from hera.figures.models import Report

PAGE = "admin:figures_reports"
SENDS = "figures.change_target"  # who says what a measure should be also says who is told of it
_MOST = 50


@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Asks for a report; the viewer's own are below, and while one is being made the page reads itself again."""
    refuse_others(request)
    if request.method == "POST":
        return _ask(request)
    found = list(reports.of(request.user)[:_MOST])  # type: ignore[arg-type]
    names = {code: _(name) for code, name in languages.CHOICES}
    for one in found:
        one.shown_language = names.get(one.language_code, one.language_code)  # type: ignore[attr-defined]
        is_over = one.state == State.FAILED  # nothing is sent of what was not made
        one.said = [] if is_over else [(mails.address_of(mail.to), mail, mails.said(mail)) for mail in one.mails.all()]  # type: ignore[attr-defined]
    may_send = request.user.has_perm(SENDS)
    context = {
        **admin.site.each_context(request),
        "title": _("Monthly reports"),
        "may_send": may_send,
        "is_mail_set_up": mails.is_set_up(),
        "recipients": _recipients() if may_send and mails.is_set_up() else [],
        "months": reports.months_to_choose(),
        "languages": list(names.items()),
        "language": get_language(),
        "reports": found,
        "is_any_unfinished": any(_is_unfinished(one) for one in found),
    }
    return render(request, "figures/reports.html", context)


def _is_unfinished(one: Report) -> bool:
    if one.state in (State.WAITING, State.MAKING):
        return True
    is_due = any(mail.state in (MailState.WAITING, MailState.SENDING) for mail in one.mails.all())
    return one.state == State.READY and is_due


@never_cache
def file(request: HttpRequest) -> HttpResponse:
    """A report that is ready: for whoever asked for it, as long as she sees what is in it."""
    refuse_others(request)
    named = id_in(request.GET.get("report", ""))
    asked = get_object_or_404(reports.of(request.user), pk=named, state=State.READY)  # type: ignore[arg-type]
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
    to = _chosen(request)
    if to is None:
        messages.error(request, _("Choose recipients of the list, 20 at most."))
        return redirect(PAGE)
    # Whoever is not to know people gets no numbers of few, and so does nobody in her letter.
    masked = any(masking.for_viewer(user).is_on for user in (request.user, *to))
    try:
        asked = reports.ask(request.user, month, language, is_masked=masked, to=to)  # type: ignore[arg-type]
    except TooMany as reason:
        messages.error(request, str(reason))
    else:
        said: dict[str, Any] = {"file": asked.pk} | ({"by_mail_to": [user.pk for user in to]} if to else {})
        audit_trail().record(request, Action.EXPORT, about=f"report of {month:%Y-%m}, asked for", **said)
    return redirect(PAGE)


def _recipients() -> list[tuple[int, str]]:
    return [(user.pk, mails.address_of(user)) for user in mails.who_can_get_it()]


def _chosen(request: HttpRequest) -> list[User] | None:
    """The members of staff who are to get it by e-mail; None if they are not ones to be chosen."""
    wanted = set(request.POST.getlist("to"))
    if not wanted:
        return []
    if not (request.user.has_perm(SENDS) and mails.is_set_up()) or len(wanted) > mails.MOST_RECIPIENTS:
        return None
    found = [user for user in mails.who_can_get_it() if str(user.pk) in wanted]
    return found if len(found) == len(wanted) else None


def _day(text: str) -> dt.date | None:
    try:
        return parse_date(text[:10])
    except ValueError:
        return None
