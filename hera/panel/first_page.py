"""The panel's first page: what stands, what went out, and whether the machine does its work."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from hera.campaigns import waiting
from hera.campaigns.rights import may_write
from hera.core import clock
from hera.core.models import JobRecord
from hera.delivery import budget
from hera.delivery import selectors as delivery
from hera.delivery.outbox import oldest_waiting
from hera.figures import cache, charts, rights
from hera.figures.coverage import AGES
from hera.panel import menu
from hera.people import masking, worklist
from hera.people.rights import may_correct
from hera.surveys import unreadable
from hera.texts.written_numbers import number, shortest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_CENTS = 100
LATE_JOB = dt.timedelta(minutes=15)
BROKEN_TEXT_TOLD_FOR = dt.timedelta(days=1)


def context(request: HttpRequest) -> dict[str, Any]:
    """What this member of staff may see of it: figures, the state of the jobs, or her menu."""
    user = request.user
    found: dict[str, Any] = {"cards": [], "jobs": [], "to_mend": list(_to_mend(request))}
    if user.has_perm(rights.PERMISSION):
        month = budget.month()
        found["money_warning"] = _money_warning(month)
    # Who sees people masked would learn from these what happened today.
    if user.has_perms([rights.PERMISSION, masking.SEE]):
        found["cards"], found["cards_of"] = _cards(request)
        found["cards"].append(_money(request, month))
        coverage, found["coverage_of"] = cache.figure("coverage")
        found |= charts.coverage(coverage, AGES)
        found["overdue"] = _people(request, "?overdue=yes")
    if user.has_perm("core.view_jobrecord") or user.has_perm(rights.PERMISSION):
        found["jobs"] = _jobs()
        waiting = oldest_waiting()
        found["oldest_minutes"] = int(waiting.total_seconds() // 60) if waiting else 0
    if may_correct(request):
        found["to_call"] = [_to_call(kind, rows) for kind, rows in worklist.most_urgent().items()]
    if not found["cards"] and (not found["jobs"] or user.has_perm(rights.PERMISSION)):
        found["tasks"] = menu.navigation(request)
    return found


def _to_call(kind: worklist.Kind, rows: list[worklist.Row]) -> tuple[str, str, str]:
    """A kind of the worklist, how many are on it, and where."""
    many = f"{worklist.PAGE}+" if len(rows) > worklist.PAGE else str(len(rows))
    return str(kind.label), many, f"{reverse('admin:worklist')}?kind={kind.value}"


def _cards(request: HttpRequest) -> tuple[list[dict[str, Any]], dt.datetime]:
    """Each number with its last days and the list that it counts, where that may be opened; and when it was counted.

    What is to come, and what was answered, is on no list.
    """
    totals, totals_of = cache.figure("totals")
    days, days_of = cache.figure("days")
    rows = (
        (_("People"), totals["people"], "sign_ups", _people(request)),
        (_("Running pregnancies"), totals["pregnancies"], "pregnancies", _people(request, "?pregnant=yes")),
        (_("Mothers with children"), totals["mothers"], "children", _people(request, "?has_children=yes")),
        (_("Reminders today"), totals["reminders_today"], "reminders", ""),
        (_("Messages sent, 30 days"), sum(days["sent"]), "sent", _messages(request, "?days=30&came=sent")),
        (
            _("Messages that did not arrive, 30 days"),
            sum(days["failed"]),
            "failed",
            _messages(request, "?days=30&came=lost"),
        ),
        (_("Survey answers, 30 days"), totals["answers"], "answers", ""),
    )
    cards = [
        {"label": label, "value": value, "link": link, "chart": charts.spark(days[series], label)}
        for label, value, series, link in rows
    ]
    return cards, min(totals_of, days_of)


def _money(request: HttpRequest, month: budget.Month) -> dict[str, Any]:
    """What the month's texts have cost, of what budget; only how many they were, where there are no prices."""
    label: str = _("Texts of this month")
    value: Any = month.texts
    if month.currency:
        label = _("Texts of this month, %(number)s: cost") % {"number": month.texts}
        cost, budgeted = number(month.rounded, 2), shortest(month.budget or 0, 2)
        money = {"cost": cost, "budget": budgeted, "currency": month.currency}
        value = _("%(cost)s of %(budget)s %(currency)s") % money if month.budget else f"{cost} {month.currency}"
    today = budget.today()
    days = [today.replace(day=number) for number in range(1, today.day + 1)]
    costs = [int(month.days.get(day, 0) * _CENTS) for day in days]
    return {
        "label": label,
        "value": value,
        "link": _messages(request, "?days=texts"),
        "chart": charts.spark(costs, label),
    }


def _money_warning(month: budget.Month) -> str:
    if month.is_used_up:
        return _("The month's budget for texts is used up: all but sign-in codes wait until the next month.")
    if month.is_near:
        return _(
            "Four fifths of the month's budget for texts are spent. When it is used up, all but sign-in codes wait."
        )
    return ""


def _to_mend(request: HttpRequest) -> Iterator[dict[str, str]]:
    """What keeps messages from going out until somebody of the staff mends it: a sentence, and where to do so."""
    if may_write(request, "change"):
        yield from _to_approve(request)
    writes, operates = map(request.user.has_perm, ("events.view_notificationtype", "delivery.view_message"))
    if not writes and not operates:
        return
    if stopped := delivery.texts_that_stop_messages(BROKEN_TEXT_TOLD_FOR):
        text = _(
            "Messages that did not go out since yesterday, because a text does not render: %(count)s."
            " Mend the texts of %(types)s."
        )
        link = reverse("admin:events_notificationtype_changelist") if writes else ""
        yield {"text": text % {"count": sum(stopped.values()), "types": ", ".join(stopped)}, "link": link}
    if codes := unreadable.codes(BROKEN_TEXT_TOLD_FOR):
        text = _("Surveys that were not asked since yesterday, because their question does not render: %(codes)s.")
        link = reverse("admin:surveys_surveytemplate_changelist") if writes else ""
        yield {"text": text % {"codes": ", ".join(codes)}, "link": link}
    if operates and (count := delivery.count_set_aside()):
        text = _("Messages that are set aside, since workers were lost with them: %(count)s. Look, and put them back.")
        link = reverse("admin:delivery_message_changelist") + "?state__exact=set_aside"
        yield {"text": text % {"count": count}, "link": link}


def _to_approve(request: HttpRequest) -> Iterator[dict[str, str]]:
    waits = waiting.for_account(request.user.pk or 0)
    link = reverse("admin:events_instantnotification_changelist") + "?state__exact=approval"
    if waits.own_overdue:
        text = _(
            "Messages of yours that did not go out at their time, because they find so many people that a colleague has"
            " to approve them: %(numbers)s. Ask one, or stop them."
        )
        yield {"text": text % {"numbers": ", ".join(map(str, waits.own_overdue))}, "link": link}
    if waits.to_approve:
        text = _("Messages of colleagues that wait until you or somebody else approves them: %(numbers)s.")
        yield {"text": text % {"numbers": ", ".join(map(str, waits.to_approve))}, "link": link}


def _people(request: HttpRequest, criteria: str = "") -> str:
    """The list of these people; blank for whom it is not."""
    may_list = request.user.has_perm(masking.SEE) or request.user.has_perm(masking.SEE_MASKED)
    return reverse("admin:custom_user_customuser_changelist") + criteria if may_list else ""


def _messages(request: HttpRequest, criteria: str) -> str:
    """The list of these messages, likewise."""
    may_list = request.user.has_perm("delivery.view_message")
    return reverse("admin:delivery_message_changelist") + criteria if may_list else ""


def _jobs() -> list[dict[str, Any]]:
    late = clock.now() - LATE_JOB
    names = {"notifications": _("Notifications"), "surveys": _("Surveys")}
    return [
        {"job": names.get(record.job, record.job), "at": record.succeeded_at, "is_late": record.succeeded_at < late}
        for record in JobRecord.objects.order_by("job")
    ]
