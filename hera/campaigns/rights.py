"""Who may do what with messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.people.masking import SEE

if TYPE_CHECKING:
    from django.http import HttpRequest


def may_write(request: HttpRequest, verb: str) -> bool:
    """Whether whoever asks may `view`, `add`, `change` or `delete` messages: nobody who sees people masked may."""
    return request.user.has_perms([f"events.{verb}_instantnotification", SEE])
