"""Texts that people send to a number of ours: MessageBird calls with them, signed, by GET or with a form or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.http import QueryDict

from hera.delivery.channels.base import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEXT = ("payload", "body", "message")  # a flow's, the older call's, and what people name it who make their own flow
_MOST_DIGITS = 15  # of E.164


def read(query: Mapping[str, str], content_type: str, body: bytes) -> Reply | None:
    """What somebody has written; None if the call tells of no text of a phone."""
    told = dict(query) | _told_in(content_type, body)
    number = told.get("originator", "").strip().removeprefix("+")
    text = next((told[name] for name in _TEXT if told.get(name)), "")
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS and text):
        return None
    return Reply(f"+{number}", text)


def _told_in(content_type: str, body: bytes) -> dict[str, str]:
    if content_type == "application/json":
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            return {}
        return {name: str(value) for name, value in told.items()} if isinstance(told, dict) else {}
    return QueryDict(body).dict() if content_type == "application/x-www-form-urlencoded" else {}
