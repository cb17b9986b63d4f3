"""A plain page for people whose app cannot: sign in by code, say how she is reached, read all, or be forgotten.

No cookie, no script.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from hera.api import sessions
from hera.core import digits
from hera.core.limits import LimitReached, client_address
from hera.core.phone_numbers import InvalidPhoneNumber
from hera.otp_auth import services as otp
from hera.privacy import selectors, services
from hera.user_profile import services as profiles
from hera.user_profile import set_aside
from hera.user_profile.models import CHANNELS
from hera.user_profile.number_changes import ErasureHeld

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import Promise

_CHANNEL_NAMES = {
    "push": gettext_lazy("In the app (push)"),
    "sms": gettext_lazy("By SMS"),
    "whatsapp": gettext_lazy("By WhatsApp"),
    "web_push": gettext_lazy("In the browser (web push)"),
}


@csrf_exempt  # what proves who asks is in the form itself; the browser holds nothing that a page elsewhere could use
@never_cache
def my_data(request: HttpRequest) -> HttpResponse:
    """One page in steps: number, code, choice, code to erase."""
    step = request.POST.get("step", "") if request.method == "POST" else ""
    number = request.POST.get("number", "")[:30]
    try:
        return _STEPS.get(step, _ask_number)(request, number)
    except InvalidPhoneNumber as problem:
        return _page(request, "number", says=str(problem), number=number)
    except LimitReached as reached:
        told = _("Too many attempts. Minutes to wait before the next one: %(minutes)d")
        says = reached.says or told % {"minutes": -(-reached.retry_after // 60)}
        return _page(request, "number", says=says, number=number, status=429)


def _ask_number(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, "number", number=number)


def _ask_number_again(request: HttpRequest, number: str) -> HttpResponse:
    """Her session is over: after a copy, or after minutes."""
    return _page(request, "number", says=_("Please ask for a new code and go on with that."), number=number)


def _send_code(request: HttpRequest, number: str) -> HttpResponse:
    otp.request_challenge(number, language_code=None, address=client_address(request))
    return _page(request, "code", number=number)


def _check_code(request: HttpRequest, number: str) -> HttpResponse:
    try:
        signed_in = otp.attempt_challenge(
            number, request.POST.get("code", "")[:40], address=client_address(request), for_page=True
        )
    except otp.WrongCode as wrong:
        return _page(request, "code", says=str(wrong), number=number)
    return _choice(request, signed_in.user, number, signed_in.token)


def _choice(request: HttpRequest, user: User, number: str, token: str, says: str | Promise = "") -> HttpResponse:
    """What she can do, in her language: the phone on which she reads this may be somebody else's."""
    profile = getattr(user, "profile", None)
    with translation.override(profile.language_code if profile else translation.get_language()):
        wanted = profiles.channels_of(user)
        context: dict[str, Any] = {
            "channels": [(channel, _CHANNEL_NAMES[channel], is_wanted) for channel, is_wanted in wanted.items()],
            "has_profile": profile is not None,
        }
        return _page(request, "choice", says=str(says), number=number, token=token, **context)


def _set_channels(request: HttpRequest, number: str) -> HttpResponse:
    """Her switches: what is not ticked is off."""
    user = _who(request)
    if user is None:
        return _ask_number_again(request, number)
    profiles.set_channels(user, {channel: channel in request.POST.getlist("channel") for channel in CHANNELS})
    return _choice(request, user, number, request.POST["token"], gettext_lazy("This is kept from now on."))


def _give_back(request: HttpRequest, number: str) -> HttpResponse:
    """Bring back what was set aside from her number; the answer is the same whether there was anything."""
    user = _who(request)
    if user is None:
        return _ask_number_again(request, number)
    try:
        born = dt.date.fromisoformat(digits.plain(request.POST.get("born", ""))[:10])
    except ValueError:
        says = gettext_lazy("This is no date. Please write it as in 1990-12-31.")
        return _choice(request, user, number, request.POST["token"], says)
    if getattr(user, "profile", None) is None:
        set_aside.claim(user, born, request.POST.get("name", "")[:255])
    says = gettext_lazy("If this birth date is that of your earlier records, they are yours again.")
    return _choice(request, User.objects.get(pk=user.pk), number, request.POST["token"], says)


def _export(request: HttpRequest, number: str) -> HttpResponse:
    user = _who(request)
    if user is None:
        return _ask_number_again(request, number)
    page = render(request, "privacy/export.html", {"tables": selectors.for_reading(selectors.everything_of(user))})
    page.headers["Content-Disposition"] = 'attachment; filename="hera-my-data.html"'
    _end(request)
    return page


def _ask_to_erase(request: HttpRequest, number: str) -> HttpResponse:
    user = _who(request)
    if user is None:
        return _ask_number_again(request, number)
    try:
        services.send_erasure_code(user)
    except ErasureHeld as held:
        return _choice(request, user, number, request.POST["token"], str(held))
    return _page(request, "erase", number=number, token=request.POST["token"])


def _erase(request: HttpRequest, number: str) -> HttpResponse:
    user = _who(request)
    if user is None:
        return _ask_number_again(request, number)
    try:
        services.erase_with_code(user, request.POST.get("code", "")[:40])
    except (services.WrongCode, ErasureHeld) as wrong:
        return _page(request, "erase", says=str(wrong), number=number, token=request.POST["token"])
    return _page(request, "erased")


_STEPS = {
    "number": _send_code,
    "code": _check_code,
    "channels": _set_channels,
    "born": _give_back,
    "export": _export,
    "ask": _ask_to_erase,
    "erase": _erase,
}


def _who(request: HttpRequest) -> User | None:
    """Whose page this is: of a session that this page began, and no phone's."""
    session = sessions.find(request.POST.get("token", "")[:40])
    return session.user if session and session.agent == sessions.PAGE else None


def _end(request: HttpRequest) -> None:
    session = sessions.find(request.POST.get("token", "")[:40])
    if session is not None:
        session.delete()


def _page(request: HttpRequest, step: str, *, says: str = "", status: int = 200, **context: object) -> HttpResponse:
    return render(request, "privacy/my_data.html", {"step": step, "says": says, **context}, status=status)
