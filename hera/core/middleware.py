"""Answers in the caller's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils import translation

from hera.core import languages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class LanguageMiddleware:
    """Activate the language that the request asks for, or the country's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked_for = languages.from_header(request.headers.get("Accept-Language", ""))
        with translation.override(asked_for or languages.default()):
            return self.get_response(request)
