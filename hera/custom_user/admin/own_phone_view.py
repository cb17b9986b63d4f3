"""The page from which a member of staff sends herself a test of a notification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from hera.core.phone_numbers import InvalidPhoneNumber
from hera.core.throttles import LimitReached
from hera.custom_user import audit, own_phone
from hera.custom_user.audit import Action
from hera.events.models import NotificationType

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


def send_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Number, code, test: one after the other, whichever comes next."""
    if not request.user.has_perm("events.change_notificationtype"):
        raise PermissionDenied
    kind = get_object_or_404(NotificationType, pk=pk)
    staff: User = request.user  # type: ignore[assignment]
    if request.method == "POST":
        try:
            _step(request, staff, kind)
        except (own_phone.Refused, InvalidPhoneNumber) as reason:
            messages.error(request, str(reason))
        except LimitReached:
            messages.error(request, _("That was often enough. Wait a little, then try again."))
        return HttpResponseRedirect(request.path)
    context = {
        **admin.site.each_context(request),
        "title": _("Send a test to my phone"),
        "kind": kind,
        "phone": own_phone.phone_of(staff),
    }
    return render(request, "custom_user/send_test.html", context)


def _step(request: HttpRequest, staff: User, kind: NotificationType) -> None:
    if "number" in request.POST:
        own_phone.ask_code(staff, request.POST["number"])
        messages.success(request, _("A code is on its way to this phone."))
    elif "code" in request.POST:
        own_phone.prove(staff, request.POST["code"])
    else:
        number = own_phone.send_test(staff, kind)
        audit.record(request, Action.MESSAGE, about=f"events.notificationtype {kind.pk}", test=True)
        messages.success(request, _("Sent to %(number)s.") % {"number": number})
