"""The pages between a password and the panel."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django_otp import login, match_token
from unfold.widgets import INPUT_CLASSES

from hera.core.limits import Limit, client_address, network_of, spend
from hera.core.ports import Action
from hera.panel import audit
from hera.panel import second_factor as factors

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django_otp.models import Device

    from hera.core.limits import LimitReached


# How often a password may be guessed, in the panel and in the dashboard together. A person mistypes a few times; a
# machine that guesses gets no further than this.
GUESSES_AT_A_NAME = Limit("staff_sign_in_name", 10, dt.timedelta(minutes=15))
GUESSES_FROM_AN_ADDRESS = Limit("staff_sign_in_address", 50, dt.timedelta(minutes=15))


def spend_guess(request: HttpRequest, name: str) -> None:
    """Count one try of a password for the account of this name.

    Raises:
        LimitReached: if there were too many, at this name or from the caller's address.
    """
    spend(GUESSES_AT_A_NAME, name)
    spend(GUESSES_FROM_AN_ADDRESS, network_of(client_address(request)))


@never_cache
@csrf_protect
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask whoever gave a password for the code of the authenticator, or for a recovery code."""
    user = _who_gave_a_password(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if not factors.is_enrolled(user):
        return HttpResponseRedirect(f"{reverse('admin:enrol')}?{request.GET.urlencode()}")
    wrong = False
    if request.method == "POST":
        device = match_token(user, _code(request))  # slows guesses down by itself, device by device
        if device is not None:
            _let_in(request, device)
            return HttpResponseRedirect(_following(request))
        wrong = True
    return _page(request, "panel/second_factor.html", _("Second factor"), wrong=wrong)


@never_cache
@csrf_protect
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up the second factor of whoever has none."""
    user = _who_gave_a_password(request)
    if user is None:
        return HttpResponseRedirect(reverse("admin:login"))
    if factors.is_enrolled(user):
        return HttpResponseRedirect(reverse("admin:second_factor"))
    device, wrong = factors.begin(user), False
    if request.method == "POST":
        taken = factors.confirm(user, _code(request))
        if taken is not None:
            confirmed, codes = taken
            _let_in(request, confirmed)
            return _page(
                request, "panel/recovery_codes.html", _("Recovery codes"), codes=codes, following=_following(request)
            )
        wrong = True
    picture, key = factors.picture(device), factors.typed_key(device)
    return _page(request, "panel/enrol.html", _("Set up a second factor"), picture=picture, key=key, wrong=wrong)


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """Django's, looking as the panel does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = " ".join(INPUT_CLASSES)


class SetUp(PasswordResetConfirmView):
    """Where an invitation leads: a password, once."""

    template_name = "panel/set_up.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("admin:login")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            **admin.site.each_context(self.request),
            **super().get_context_data(**kwargs),
            "title": _("Choose a password"),
        }


def too_many_guesses(request: HttpRequest, reached: LimitReached) -> HttpResponse:
    """Say how long to wait."""
    minutes = -(-reached.retry_after // 60)
    says = _("Too many attempts. Minutes to wait before the next one: %(minutes)d") % {"minutes": minutes}
    answer = _page(request, "panel/too_many.html", _("Too many attempts"), says=says)
    answer.status_code = 429
    answer.headers["Retry-After"] = str(reached.retry_after)
    return answer


def _who_gave_a_password(request: HttpRequest) -> User | None:
    user = request.user
    return user if user.is_authenticated and user.is_active and user.is_staff else None


def _let_in(request: HttpRequest, device: Device) -> None:
    login(request, device)
    request.session.cycle_key()
    audit.record(request, Action.SIGN_IN)


def _code(request: HttpRequest) -> str:
    return "".join(request.POST.get("code", "").split())[:20]


def _following(request: HttpRequest) -> str:
    wanted = request.GET.get(REDIRECT_FIELD_NAME, "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else reverse("admin:index")


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})
