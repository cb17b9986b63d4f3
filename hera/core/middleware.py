"""What every call passes: the caller's language, the panel's clock, and a look for what no text of a person holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from hera.core import languages, timezones

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, QueryDict


class LanguageMiddleware:
    """Activate the language that the request asks for, or the country's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked_for = languages.from_header(request.headers.get("Accept-Language", ""))
        with translation.override(asked_for or languages.default()):
            return self.get_response(request)


class CountryClockMiddleware:
    """The panel tells times, and reads them, by the clock of its country. The API speaks UTC."""

    PAGES = ("/admin/", "/data_dashboard/")

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(self.PAGES):
            return self.get_response(request)
        with timezone.override(timezones.default()):
            return self.get_response(request)


class NullCharacterMiddleware:
    """Refuse null characters in addresses and forms, once for all pages: the database takes none.

    JSON bodies are read by serializers, which refuse them field by field.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or _has_null(request.GET) or (_is_form(request) and _has_null(request.POST)):
            return JsonResponse({"detail": _("Null characters are not allowed.")}, status=400)
        return self.get_response(request)


def _is_form(request: HttpRequest) -> bool:
    """Only where Django itself reads the body; a large file is not read before its view says how."""
    return request.method == "POST" and request.content_type == "application/x-www-form-urlencoded"


def _has_null(sent: QueryDict) -> bool:
    return any("\0" in text for name, values in sent.lists() for text in (name, *map(str, values)))
