"""Who may see figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from django.http import HttpRequest

PERMISSION = "custom_user.see_dashboard"


def refuse_others(request: HttpRequest) -> None:
    """Refuse who may not see figures.

    Raises:
        PermissionDenied: if she may not.
    """
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
