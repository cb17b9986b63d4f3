"""What is kept of her, what for, who sees it and how long: a page in plain words. docs/privacy.md has it in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hera.privacy.inactivity import WARNED_FOR

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def kept(request: HttpRequest) -> HttpResponse:
    """Asks nothing of whoever reads it, and nothing of the database."""
    days = {"unused_days": settings.HERA.inactive_days, "warned_days": WARNED_FOR.days}
    return render(request, "privacy/kept.html", days)
