"""What is answered before anything else: the health check, and who sends more than anybody has to."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

PATH = "/infra/health_check/"
LARGEST_REQUEST = 2_500_000  # bytes; a table that staff bring may have 1,000,000, a call of the app a packet or two


class HealthCheckMiddleware:
    """Says that this process answers: no database, and whatever host name a load balancer calls it by."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH and request.method in {"GET", "HEAD"}:
            return JsonResponse({"status": "ok"})
        return self.get_response(request)


class LargestRequestMiddleware:
    """Refuses by what a request says of its length, before any of it is read: files in a form have no other bound."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        if length.isdecimal() and int(length[:20]) > LARGEST_REQUEST:
            return JsonResponse({"detail": _("Too much was sent at once.")}, status=413)
        return self.get_response(request)
