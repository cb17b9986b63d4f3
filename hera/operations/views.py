from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from hera.operations.metrics import exposition
from hera.operations.selectors import notes_lately, reasons_lately

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """200 if this environment can do its work, with what wants a look; otherwise 503 with the reason."""
    reasons = reasons_lately()
    if reasons:
        return JsonResponse({"status": "not ready", "detail": "; ".join(reasons)}, status=503)
    to_look_at = notes_lately()
    return JsonResponse({"status": "ready"} | ({"notes": "; ".join(to_look_at)} if to_look_at else {}))


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for whoever knows the token; there are none without one."""
    token = settings.HERA.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not constant_time_compare(given, token):
        return HttpResponse(status=404)
    try:
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
    except (DatabaseError, InterfaceError):
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
