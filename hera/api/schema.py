"""What the schema says of every call: how it refuses."""

from __future__ import annotations

from typing import Any

from hera.api import own_lists
from hera.api.repeats import HEADER

_REFUSALS = {
    "400": "What was sent is not right; `detail` and the fields say what.",
    "401": "Nobody is signed in with this token.",
    "404": "There is no such thing, or it is somebody else's.",
    "413": "Too much was sent.",
    "429": "Too often; `Retry-After` says when to come back.",
}

_NOTHING_NEW = "The `ETag` of the last answer came as `If-None-Match`, and nothing has changed since."
_OF_A_KEY = {"422": "The key came before, with other content or to another address."}


def _takes_a_key(operation: dict[str, Any]) -> bool:
    return any(parameter.get("name") == HEADER for parameter in operation.get("parameters", ()))


def document_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add to each operation the statuses with which any call may be refused (docs/clients.md)."""
    del generator, request, public
    body = {"type": "object", "properties": {"detail": {"type": "string"}}, "additionalProperties": True}
    content = {"application/json": {"schema": body}}
    for path, operations in result["paths"].items():
        if path in own_lists.declared():
            operations["get"]["responses"]["304"] = {"description": _NOTHING_NEW}
        for operation in operations.values():
            refusals = _REFUSALS | (_OF_A_KEY if _takes_a_key(operation) else {})
            for status, description in refusals.items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
