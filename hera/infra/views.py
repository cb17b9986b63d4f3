from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.views.decorators.http import require_safe

from hera.infra.selectors import reasons_not_ready

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """200 if this environment can do its work; otherwise 503 with the reason."""
    reasons = reasons_not_ready()
    if reasons:
        return JsonResponse({"status": "not ready", "detail": "; ".join(reasons)}, status=503)
    return JsonResponse({"status": "ready"})
