from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from hera.operations import selectors
from hera.operations.metrics import exposition

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """200 if this environment can do its work, with what should be better; otherwise 503 with the reason."""
    reasons = selectors.reasons_not_ready()
    if reasons:
        return JsonResponse({"status": "not ready", "detail": "; ".join(reasons)}, status=503)
    remarks = selectors.remarks()
    return JsonResponse({"status": "ready", **({"remarks": "; ".join(remarks)} if remarks else {})})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for whoever knows the token; there are none without one."""
    token = settings.HERA.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not constant_time_compare(given, token):
        return HttpResponse(status=404)
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
