"""Signing in to the M&E dashboard (docs/clients.md).

It cannot ask for a second factor, and figures are given to nobody without one: its log-in says where to sign in, and
goes on only in a browser that has signed in to the panel on the same host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from hera.core.limits import LimitReached
from hera.panel import guesses, names

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_GET
@never_cache
def csrf_generator(request: HttpRequest) -> HttpResponse:
    """Give the dashboard the cookie that it asks for first."""
    get_token(request)
    return JsonResponse({"detail": "ok"})


@csrf_exempt  # shipped dashboards send no token; a page elsewhere is told by its Origin
@require_POST
@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """A password; it begins no session, which would look right and be given no figures."""
    if not _is_ours(request):
        return JsonResponse({"detail": "This page may not sign in here."}, status=403)
    name, password = (request.POST.get(field, "").replace("\0", "") for field in ("username", "password"))
    name = names.stored(name)
    try:
        guesses.spend(request, name)
    except LimitReached as reached:
        answer = JsonResponse({"detail": f"Too many attempts: wait {reached.retry_after} seconds."}, status=429)
        answer.headers["Retry-After"] = str(reached.retry_after)
        return answer
    user = authenticate(request, username=name, password=password)
    if user is None or not user.is_staff:
        return JsonResponse({"detail": "Wrong name or password."}, status=400)
    if request.user.pk != user.pk or not request.user.is_verified():  # type: ignore[attr-defined]
        panel = request.build_absolute_uri(reverse("admin:index"))
        says = _("Please sign in at %(address)s first, in this browser, and then open the dashboard again.")
        return JsonResponse({"detail": says % {"address": panel}}, status=403)
    return JsonResponse({"detail": "ok"})


def _is_ours(request: HttpRequest) -> bool:
    """Is the page that calls on this host, or one that the settings name? A program sends no Origin."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host() or origin in settings.CORS_ALLOWED_ORIGINS
