"""What a member of staff may do with people, beside seeing them (`masking`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.people import masking

if TYPE_CHECKING:
    from django.http import HttpRequest


def may_correct(request: HttpRequest) -> bool:
    """Whether whoever asks enters doses, and corrects children, of people whom she sees by name."""
    return request.user.has_perms(["child_health.change_child", masking.SEE])
