"""What the schema says of every call: how it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import BaseContentNegotiation

if TYPE_CHECKING:
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

_REFUSALS = {
    "400": "What was sent is not right; `detail` and the fields say what.",
    "401": "Nobody is signed in with this token.",
    "404": "There is no such thing, or it is somebody else's.",
    "413": "Too much was sent.",
    "429": "Too often; `Retry-After` says when to come back.",
}


def document_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add to each operation the statuses with which any call may be refused (docs/clients.md)."""
    del generator, request, public
    body = {"type": "object", "properties": {"detail": {"type": "string"}}, "additionalProperties": True}
    content = {"application/json": {"schema": body}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, description in _REFUSALS.items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result


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
    """The description of the API."""

    content_negotiation_class = ByFormat
    schema = None
