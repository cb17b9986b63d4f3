"""Answers to plain calls for lists of the caller's own, before the framework is entered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.api import own_lists
from hera.api.calls import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from hera.api.own_lists import OwnList

_LONGEST_ID = 18  # digits


class OwnListsMiddleware:
    """Answers a plain GET of one of `OWN_LISTS` in the URL configuration; whatever else is asked passes.

    There a path may end in `{id}/`. A call with parameters is not plain.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET" and not request.META.get("QUERY_STRING"):
            listed, wanted_id = _at(request.path_info)
            call = Call.of(request, wanted_id) if listed else None
            if listed and call:
                request.get_host()  # refused, if it is none of ours
                # The first app takes a body of an error for the list that it asked for (`errors.server_error`).
                request.hera_empty_errors = call.is_first_app  # type: ignore[attr-defined]
                answer = own_lists.plain_answer(listed, call)
                if answer is not None:
                    return answer
                request.hera_empty_errors = False  # type: ignore[attr-defined]
        return self._get_response(request)


def _at(path: str) -> tuple[OwnList | None, int | None]:
    if listed := own_lists.declared().get(path):
        return listed, None
    start, _, last = path.rstrip("/").rpartition("/")
    if last.isascii() and last.isdigit() and len(last) <= _LONGEST_ID and path.endswith(f"{last}/"):
        return own_lists.declared().get(f"{start}/{{id}}/"), int(last)
    return None, None
