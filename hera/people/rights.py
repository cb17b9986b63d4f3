"""What a member of staff may do with people, beside seeing them (`masking`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.people import masking

if TYPE_CHECKING:
    from django.http import HttpRequest


def may_correct(request: HttpRequest) -> bool:
    """Whether whoever asks enters doses, and corrects children, of people whom she sees by name."""
    return request.user.has_perms(["child_health.change_child", masking.SEE])


def may_register(request: HttpRequest) -> bool:
    """Whether whoever asks registers people who have no phone app."""
    added = ["user_profile.add_userprofile", "child_health.add_child", "child_health.add_pregnancy"]
    return request.user.has_perms([*added, masking.SEE])
