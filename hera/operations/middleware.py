"""What is answered before anything else: the health checks, and who sends more than anybody has to."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from hera.operations import started

ALIVE, STARTED = "/infra/health_check/", "/infra/started/"
LARGEST_REQUEST = 2_500_000  # bytes; a table that staff bring may have 1,000,000, a call of the app a packet or two


class HealthCheckMiddleware:
    """Says that this process answers, and that it has reached its tables; by whatever host name it is called.

    Neither asks the database of a server that has once reached it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info in {ALIVE, STARTED} and request.method in {"GET", "HEAD"}:
            reason = started.reason_not_started() if request.path_info == STARTED else ""
            if reason:
                return JsonResponse({"status": "not started", "detail": reason}, status=503)
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
