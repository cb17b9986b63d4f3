"""What browsers are told not to do with our pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
# By the beginning of the path. No page has a script of its own in it; the panel's Alpine works out the expressions in
# its attributes (unsafe-eval), and both set styles on elements.
_POLICIES = {
    "/admin/": (
        f"{_NOTHING}; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data: {tiles}; font-src 'self'; connect-src 'self'; manifest-src 'self'"
    ),
    "/my_data/": f"{_NOTHING}; style-src 'self'",
    "/my_number/": f"{_NOTHING}; style-src 'self'",
    "/privacy/": f"{_NOTHING}; style-src 'self'",
    "/api_docs/": (
        f"{_NOTHING}; script-src 'self'; worker-src blob:; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data: https://cdn.redoc.ly; font-src 'self'; connect-src 'self'"
    ),
}
_PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class SecurityHeadersMiddleware:
    """Adds a content security policy and a permissions policy to every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        tiles = urlsplit(settings.HERA.map_tiles)
        origin = f"{tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
        self._policies = {
            start: policy.replace(" {tiles}", f" {origin}" if origin else "") for start, policy in _POLICIES.items()
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        policy = next((text for start, text in self._policies.items() if request.path.startswith(start)), _NOTHING)
        answer.headers.setdefault("Content-Security-Policy", policy)
        answer.headers.setdefault("Permissions-Policy", _PERMISSIONS)
        return answer
