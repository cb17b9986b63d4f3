"""The page on which a member of staff sees to her own second factor: recovery codes and passkeys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from hera.core.ports import Action, audit_trail
from hera.panel import passkeys, sign_in
from hera.panel import second_factor as factors
from hera.panel.models import Authenticator, Passkey

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse


@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """What she has, and what she may do with it."""
    user = _me(request)
    if not sign_in.is_fresh(request):
        return _again()
    return sign_in.page(
        request,
        "panel/my_second_factor.html",
        _("My second factor"),
        authenticator=Authenticator.objects.filter(user=user, confirmed=True).exists(),
        codes_left=factors.recovery_codes_left(user),
        passkeys=Passkey.objects.filter(user=user).order_by("pk"),
        options=passkeys.to_add(request, user),
        has_name=passkeys.has_name(request),
    )


@require_POST
@never_cache
def renew_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes in place of all earlier ones."""
    if not sign_in.is_fresh(request):
        return _again()
    codes = factors.new_recovery_codes(_me(request))
    _note(request, recovery_codes="renewed")
    return sign_in.show_codes(request, codes, reverse("admin:my_second_factor"))


@require_POST
@never_cache
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Take a passkey into use."""
    if not sign_in.is_fresh(request):
        return _again()
    name = request.POST.get("name", "").strip() or _("Passkey")
    key = passkeys.add(request, _me(request), request.POST.get("credential", ""), name)
    if key is None:
        messages.error(request, _("The passkey was not added. Try again, or take another one."))
    else:
        _note(request, passkey="added")
        messages.success(request, _("The passkey was added."))
    return HttpResponseRedirect(reverse("admin:my_second_factor"))


@require_POST
@never_cache
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a passkey; what is left opens the panel still."""
    if not sign_in.is_fresh(request):
        return _again()
    if not Passkey.objects.filter(user=request.user, pk=pk).delete()[0]:
        raise Http404
    _note(request, passkey="removed")
    messages.success(request, _("The passkey was removed."))
    return HttpResponseRedirect(reverse("admin:my_second_factor"))


def _again() -> HttpResponse:
    """To the second factor, and back to the page."""
    return HttpResponseRedirect(
        f"{reverse('admin:second_factor')}?{urlencode({'next': reverse('admin:my_second_factor')})}"
    )


def _me(request: HttpRequest) -> User:
    return cast("User", request.user)  # the panel lets nobody else in


def _note(request: HttpRequest, **detail: Any) -> None:
    audit_trail().record(request, Action.CHANGE, about=f"auth.user {request.user.pk}", **detail)


panel_urlpatterns = [
    path("second_factor/mine/", mine, name="my_second_factor"),
    path("second_factor/mine/codes/", renew_codes, name="renew_codes"),
    path("second_factor/mine/passkeys/", add_passkey, name="add_passkey"),
    path("second_factor/mine/passkeys/<int:pk>/remove/", remove_passkey, name="remove_passkey"),
]
