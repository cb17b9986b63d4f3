"""Errors as shipped clients can read them: an object with `detail`, one sentence in the caller's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status, views

from hera.core.limits import LimitReached

if TYPE_CHECKING:
    from typing import Any

    from django.http import HttpRequest
    from rest_framework.response import Response


class TooManyRequests(exceptions.APIException):
    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, wait: int, says: str = "") -> None:
        super().__init__(says or _("Too many requests. Please try again later."))
        self.wait = wait


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | HttpResponse | None:
    """Answer with `{"detail": sentence, field: [messages], ...}`.

    The phone app crashes when a list call is answered with an object, and keeps that answer until it is
    signed out; there, a failed call has no body at all, nor where it takes an error for its owner (`docs/clients.md`).
    """
    if isinstance(exc, LimitReached):
        exc = TooManyRequests(exc.retry_after, exc.says)
    if isinstance(exc, exceptions.AuthenticationFailed | exceptions.NotAuthenticated) and not str(exc.detail):
        exc.detail = _("Please sign in again.")  # type: ignore[assignment]
    request, view = context.get("request"), context.get("view")
    is_kept = getattr(view, "action", None) in getattr(view, "kept_answers", ())
    no_body = _wants_empty_errors(exc, context)
    if request is not None and (no_body or is_kept):
        request._request.hera_empty_errors = True  # noqa: SLF001  (for server_error, if it comes to that)
    response = views.exception_handler(exc, context)
    if response is None:
        return None
    if no_body or (is_kept and not request.user.is_authenticated):  # type: ignore[union-attr]
        return HttpResponse(status=response.status_code, headers=dict(response.headers.items()))
    response.data = {**_as_object(response.data), **(view.kept_fields() if is_kept else {})}  # type: ignore[union-attr]
    return response


def _wants_empty_errors(exc: Exception, context: dict[str, Any]) -> bool:
    request, view = context.get("request"), context.get("view")
    action = getattr(view, "action", None)
    if request is None or action is None:
        return False
    if request.method != "GET" or not request.headers.get("Authorization", "").lower().startswith("token"):
        return False
    is_there = not isinstance(exc, Http404 | exceptions.NotFound)
    return action in getattr(view, "list_actions", ()) or (is_there and action in getattr(view, "kept_if_there", ()))


def _as_object(data: Any) -> dict[str, Any]:
    if isinstance(data, list):
        return {"detail": _first_sentence(data)}
    if isinstance(data.get("detail"), str):
        return dict(data)
    fields = {("detail" if name == "non_field_errors" else name): errors for name, errors in data.items()}
    general = fields.pop("detail", None)
    if general is not None:
        return {"detail": _first_sentence(general), **fields}
    name, errors = next(iter(fields.items()))
    return {"detail": f"{name}: {_first_sentence(errors)}", **fields}


def _first_sentence(errors: Any) -> str:
    while isinstance(errors, list | dict) and errors:
        errors = errors[0] if isinstance(errors, list) else next(iter(errors.values()))
    return str(errors)


def bad_request(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Django's own 400, as clients read errors."""
    if getattr(request, "hera_empty_errors", False):
        return HttpResponse(status=400)
    return JsonResponse({"detail": _("The request could not be understood.")}, status=400)


def not_found(_request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """404 for addresses that are none."""
    return JsonResponse({"detail": _("Not found.")}, status=404)


def server_error(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """500, without a body where the client cannot bear one (see `exception_handler`)."""
    if getattr(request, "hera_empty_errors", False):
        return HttpResponse(status=500)
    return JsonResponse({"detail": _("Something went wrong on our side. Please try again later.")}, status=500)
