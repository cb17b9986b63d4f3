from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any


class TolerantJSONParser(JSONParser):
    """JSON objects. An empty body and `null` count as an empty object, as shipped clients send both."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        if not body.strip():
            return {}
        try:
            data = super().parse(io.BytesIO(body), media_type, parser_context)
            if b"\\u" in body:
                json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair cannot be stored
        except (ParseError, RecursionError, LookupError, UnicodeError):
            raise ParseError(_("The request is not valid JSON.")) from None
        if data is None:
            return {}
        if not isinstance(data, dict):
            raise ParseError(_("The request must be a JSON object."))
        return data
