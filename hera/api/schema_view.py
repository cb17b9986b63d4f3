"""The schema, made once by each process: it is the same for everybody until other code runs."""

from __future__ import annotations

import functools
import hashlib
import threading
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers
from django.utils.translation import get_language
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import BaseContentNegotiation

if TYPE_CHECKING:
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

_KEPT_SECONDS = 3600
_one_at_a_time = threading.Lock()


class ByFormat(BaseContentNegotiation):
    """JSON where `?format=json` asks for it, else YAML, whatever Accept says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return next(iter(parsers), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = OpenApiJsonRenderer() if request.query_params.get("format") == "json" else OpenApiYamlRenderer()
        return renderer, renderer.media_type


class SchemaView(SpectacularAPIView):
    """Making it takes as long as a hundred calls of the app, and anybody may ask: so it is remembered, and browsers and
    proxies keep it for an hour."""

    content_negotiation_class = ByFormat

    @extend_schema(exclude=True)  # it describes the others, not itself
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer = request.accepted_renderer
        with _one_at_a_time:
            content = _made(str(renderer.format), get_language() or "")
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        response = HttpResponse(
            content,
            content_type=f"{renderer.media_type}; charset={renderer.charset or 'utf-8'}",
            headers={"ETag": etag},
        )
        name = f'inline; filename="HERA.{renderer.format}"'
        response.headers["Content-Disposition"] = name
        patch_cache_control(response, public=True, max_age=_KEPT_SECONDS)
        patch_vary_headers(response, ["Accept", "Accept-Language"])
        known = get_conditional_response(request._request, etag=etag, response=response)  # noqa: SLF001
        return known if known is not None else response


@functools.lru_cache(maxsize=32)
def _made(form: str, language: str) -> bytes:
    """The schema in a form and a language, as the public sees it."""
    del language  # the texts in it are in the one that is active
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    [renderer, *_same] = [known for known in SchemaView.renderer_classes if known.format == form]
    made = renderer().render(schema, renderer_context={})
    return made.encode() if isinstance(made, str) else made
