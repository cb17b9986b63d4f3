"""What campaigns add to the panel: an offer on the list of people, a test to one's own phone, a message's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from hera.campaigns import results, trial_send
from hera.campaigns.rights import may_write
from hera.core.ids import id_in
from hera.core.limits import LimitReached
from hera.core.phone_numbers import InvalidPhoneNumber
from hera.core.ports import Action, audit_trail
from hera.events.models import InstantNotification, NotificationType
from hera.people.offers import Offer
from hera.people.rights import may_correct

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


def _may_write(request: HttpRequest) -> dict[str, Any] | None:
    """Nobody writes to people of whom she may not know who they are."""
    return {} if may_write(request, "add") else None


def _may_write_to_one(request: HttpRequest) -> dict[str, Any] | None:
    """Whoever calls her, and corrects her records, writes to her too."""
    return {} if may_correct(request) else None


OFFERS = (
    Offer("campaigns/write_to_found.html", _may_write, ticks_for="message"),
    Offer("", _may_write_to_one, of_one="campaigns/write_to_her.html"),
)


def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Number, code, test: one after the other, whichever comes next."""
    if not request.user.has_perm("events.change_notificationtype"):
        raise PermissionDenied
    kind = get_object_or_404(NotificationType, pk=pk)
    staff: User = request.user  # type: ignore[assignment]
    if request.method == "POST":
        try:
            _step(request, staff, kind)
        except (trial_send.Refused, InvalidPhoneNumber) as reason:
            messages.error(request, str(reason))
        except LimitReached as reached:
            messages.error(request, reached.says or _("That was often enough. Wait a little, then try again."))
        return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": _("Send a test to my phone"),
        "kind": kind,
        "phone": trial_send.phone_of(staff),
        "message": InstantNotification.objects.filter(notification_type=kind).first() if kind.is_of_message else None,
    }
    return render(request, "campaigns/send_test.html", context)


def _step(request: HttpRequest, staff: User, kind: NotificationType) -> None:
    if "number" in request.POST:
        trial_send.ask_code(staff, request.POST["number"])
        messages.success(request, _("A code is on its way to this phone."))
    elif "code" in request.POST:
        trial_send.prove(staff, request.POST["code"])
    else:
        number = trial_send.send_test(staff, kind)
        audit_trail().record(request, Action.MESSAGE, about=f"events.notificationtype {kind.pk}", test=True)
        messages.success(request, _("Sent to %(number)s.") % {"number": number})


def result(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of a message, and whom it did not reach."""
    if not may_write(request, "view"):
        raise PermissionDenied
    message = get_object_or_404(InstantNotification, pk=pk)
    found = results.missed(message, id_in(request.GET.get("after", "")))
    shown = found[: results.PAGE]
    audit_trail().record(request, Action.VIEW, about=f"message {message.pk}, result", shown=len(shown))
    context = {
        **admin.site.each_context(request),
        "title": _("Result of the message"),
        "message": message,
        "lines": results.lines(message),
        "missed": shown,
        "after": shown[-1].event_id if len(found) > results.PAGE else None,
    }
    return render(request, "campaigns/result.html", context)
