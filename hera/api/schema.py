"""What the schema says of every call: how it refuses."""

from __future__ import annotations

from typing import Any

from hera.api import own_lists
from hera.api.repeats import HEADER, METHODS, SAYS

_REFUSALS = {
    "400": "What was sent is not right; `detail` and the fields say what.",
    "401": "Nobody is signed in with this token.",
    "404": "There is no such thing, or it is somebody else's.",
    "413": "Too much was sent.",
    "429": "Too often; `Retry-After` says when to come back.",
}

_NOTHING_NEW = "The `ETag` of the last answer came as `If-None-Match`, and nothing has changed since."
_OF_A_KEY = {"422": "The key came before, with other content or to another address."}
_KEY = {"in": "header", "name": HEADER, "schema": {"type": "string"}, "description": SAYS}


def _takes_a_key(method: str, operation: dict[str, Any]) -> bool:
    """Whether it is a write of the signed-in person: those are done once for a key (`repeats`)."""
    return method.upper() in METHODS and {"tokenAuth": []} in operation.get("security", [])


def document_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Add to each operation how any call may be refused, and the key of writes (docs/clients.md)."""
    del generator, request, public
    body = {"type": "object", "properties": {"detail": {"type": "string"}}, "additionalProperties": True}
    content = {"application/json": {"schema": body}}
    for path, operations in result["paths"].items():
        if path in own_lists.declared():
            operations["get"]["responses"]["304"] = {"description": _NOTHING_NEW}
        for method, operation in operations.items():
            takes_a_key = _takes_a_key(method, operation)
            if takes_a_key:
                operation["parameters"] = [dict(_KEY), *operation.get("parameters", ())]
            refusals = _REFUSALS | (_OF_A_KEY if takes_a_key else {})
            for status, description in refusals.items():
                operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
