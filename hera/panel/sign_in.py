"""The pages between a password and the panel."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django_otp import login
from unfold.forms import AuthenticationForm
from unfold.widgets import INPUT_CLASSES

from hera.core import clock, digits
from hera.core.ports import Action, audit_trail
from hera.panel import accounts, guesses, names, passkeys, sealing
from hera.panel import second_factor as factors
from hera.texts import written_dates

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest
    from django_otp.models import Device

    from hera.core.limits import LimitReached


logger = logging.getLogger(__name__)

# For how long after a second factor one may change one's second factors without giving it again.
FRESH = dt.timedelta(minutes=15)
_SEED = "enrolment_seed"
_AT = "second_factor_at"


class PasswordForm(AuthenticationForm):  # type: ignore[misc]
    """Unfold's form, which knows an account by any spelling of its name."""

    def clean_username(self) -> str:
        return names.stored(self.cleaned_data["username"])


@never_cache
@csrf_protect
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask whoever gave a password for a passkey, for the code of the authenticator, or for a recovery code."""
    user = _who_gave_a_password(request)
    if user is None:
        return _back_to("admin:login", request)
    if not factors.is_enrolled(user):
        return _back_to("admin:enrol", request)
    wrong, wait = request.method == "POST", 0
    if wrong:
        wait = 0 if "credential" in request.POST else factors.seconds_to_wait(user)
        try:
            device = _device(request, user)
        except sealing.WrongKey as other_key:
            logger.error("%s", other_key)  # noqa: TRY400  (a sentence for the operator, not a traceback)
            return _unreadable(request)
        if device is not None:
            _let_in(request, device)
            return HttpResponseRedirect(following(request))
    options = passkeys.to_sign_in(request, user)
    title = _("Second factor")
    return page(request, "panel/second_factor.html", title, wrong=wrong, wait=wait, options=options)


@never_cache
@csrf_protect
def enrol(request: HttpRequest) -> HttpResponse:
    """Set up the second factor of whoever has none. The seed is new in each session, and shown in that one only."""
    user = _who_gave_a_password(request)
    if user is None:
        return _back_to("admin:login", request)
    if factors.is_enrolled(user):
        return _back_to("admin:second_factor", request)
    try:
        seed = sealing.unseal(request.session.get(_SEED, "").encode())
    except sealing.WrongKey:
        seed = factors.new_seed()
        request.session[_SEED] = sealing.seal(seed).decode()
    wrong = request.method == "POST"
    if wrong and (taken := factors.enrol(user, seed, _code(request))):
        confirmed, codes = taken
        del request.session[_SEED]
        _let_in(request, confirmed)
        return show_codes(request, codes, following(request))
    picture, key = factors.picture(user, seed), factors.typed_key(seed)
    title = _("Set up a second factor")
    _tell_resets(request, user)
    return page(request, "panel/enrol.html", title, picture=picture, key=key, wrong=wrong)


def show_codes(request: HttpRequest, codes: list[str], then: str) -> HttpResponse:
    """The page that shows recovery codes, once."""
    return page(request, "panel/recovery_codes.html", _("Recovery codes"), codes=codes, following=then)


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
    token_generator = accounts.invitations

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
    answer = page(request, "panel/says.html", _("Too many attempts"), says=says)
    answer.status_code = 429
    answer.headers["Retry-After"] = str(reached.retry_after)
    return answer


def is_fresh(request: HttpRequest) -> bool:
    """Was the second factor given a moment ago? Who finds an open browser cannot make herself a way in."""
    return bool(clock.now().timestamp() - request.session.get(_AT, 0) < FRESH.total_seconds())


def following(request: HttpRequest) -> str:
    """Where to go from here: the page of the panel that was asked for, or the first one."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME, request.GET.get(REDIRECT_FIELD_NAME, ""))
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    home = reverse("admin:index")
    doors = tuple(reverse(f"admin:{name}") for name in ("login", "logout", "enrol"))
    at_the_door = wanted.startswith(doors) or wanted.split("?")[0] == reverse("admin:second_factor")
    return wanted if safe and wanted.startswith(home) and not at_the_door else home


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page before the panel, or beside it, in its looks."""
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})


def _unreadable(request: HttpRequest) -> HttpResponse:
    says = _(
        "This server cannot read your second factor, because its secret key was changed. A recovery code still opens"
        " the panel. Tell whoever runs the server: its log says what to do."
    )
    answer = page(request, "panel/says.html", _("Second factor"), says=says)
    answer.status_code = 503
    return answer


def _who_gave_a_password(request: HttpRequest) -> User | None:
    user = request.user
    return user if user.is_authenticated and user.is_active and user.is_staff else None


def _device(request: HttpRequest, user: User) -> Device | None:
    if "credential" in request.POST:
        return passkeys.match(request, user, request.POST["credential"])
    return factors.match(user, _code(request))


def _let_in(request: HttpRequest, device: Device) -> None:
    login(request, device)
    request.session.cycle_key()
    request.session[_AT] = int(clock.now().timestamp())
    guesses.remember(request, device.user)
    audit_trail().record(request, Action.SIGN_IN)
    _tell_resets(request, device.user)


def _tell_resets(request: HttpRequest, user: User) -> None:
    for told in factors.resets_to_tell(user):
        says = _(
            "%(name)s reset your second factor on %(day)s. If you did not ask for this, tell your administrator now."
        )
        day = written_dates.isolated(written_dates.day(timezone.localdate(told.at)))
        messages.warning(request, says % {"name": told.by_name, "day": day})


def _code(request: HttpRequest) -> str:
    return digits.only(request.POST.get("code", "")[:100])[:20]


def _back_to(name: str, request: HttpRequest) -> HttpResponse:
    """To another step of signing in, which leads to the same page in the end."""
    wanted = request.GET.urlencode()
    return HttpResponseRedirect(reverse(name) + (f"?{wanted}" if wanted else ""))
