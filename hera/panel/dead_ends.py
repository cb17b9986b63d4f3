"""What stands where nothing stands: a page that leads on for browsers, a sentence as JSON for programs."""

from __future__ import annotations

import functools
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hera.api import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponse, HttpResponseBase

_PANEL = "/admin/"
# The page has a stylesheet and nothing that runs.
_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none';"
    " form-action 'none'"
)


def not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """404: the address is none, or what it named is gone."""
    if not _is_browser(request):
        return errors.not_found(request, *args, **kwargs)
    says = _("There is no page at this address. It may have been removed, or the address is mistyped.")
    return _page(request, 404, _("Not found."), says)


def forbidden(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """403: somebody who is signed in may not open it."""
    if not _is_browser(request):
        return JsonResponse({"detail": _("You may not do this.")}, status=403)
    says = _("Your role does not open this page. If your work needs it, ask an administrator of your programme.")
    return _page(request, 403, _("You may not open this page."), says)


def stale_form(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """403: a form came without the mark of this browser's session, and nothing was done."""
    if not _is_browser(request):
        return JsonResponse({"detail": _("You may not do this.")}, status=403)
    says = _("Nothing was saved: the page was open for too long, or in another tab. Go back, reload it, and try again.")
    return _page(request, 403, _("The form is out of date."), says)


def server_error(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """500: nothing is looked up for the page, since the database may be what is missing."""
    if not _is_browser(request):
        return errors.server_error(request, *args, **kwargs)
    says = _("Something went wrong on our side. Please try again later.")
    return _page(request, 500, _("This did not work."), says)


def says_what_it_takes(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """The same page; to a browser that opens what takes a form alone, it says so: Django answers nothing at all."""

    @functools.wraps(view)
    def spoken(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        answer = view(request, *args, **kwargs)
        if answer.status_code != HTTPStatus.METHOD_NOT_ALLOWED or not _is_browser(request):
            return answer
        says = _("Nothing was done. Go back to the page that led here, and press its button.")
        page = _page(request, 405, _("This address is opened by a button."), says)
        page.headers["Allow"] = answer.headers.get("Allow", "POST")
        return page

    return spoken


def _is_browser(request: HttpRequest) -> bool:
    """Apps ask for JSON or for anything; a token is an app's whatever it asks for."""
    return "text/html" in request.headers.get("Accept", "") and "Authorization" not in request.headers


def _page(request: HttpRequest, status: int, title: str, says: str) -> HttpResponse:
    of_panel = request.path.startswith(_PANEL)
    answer = render(request, "panel/dead_end.html", {"title": title, "says": says, "of_panel": of_panel}, status=status)
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Cache-Control"] = "no-store"
    return answer
