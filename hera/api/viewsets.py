"""What the resources have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import Http404
from rest_framework import viewsets

from hera.api import own_lists, repeats
from hera.api.calls import Call

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse
    from rest_framework.request import Request

_LARGEST_ID = 2**63 - 1
_MOST_DIGITS = len(str(_LARGEST_ID))


class PersonViewSet(viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Resources of the signed-in person. Anybody else's answer 404, as ids that never were do."""

    # Actions that answer with a bare array, and with nothing at all when they fail (see `errors`).
    list_actions = frozenset({"list"})
    # Those whose answer the first app keeps as what it shows of its owner, whatever the status: a GET that fails has no
    # body either, unless there is nothing there.
    kept_if_there: frozenset[str] = frozenset()
    # Those whose every answer it keeps so: an error gives `kept_fields` too, and has no body where it is not hers.
    kept_answers: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if repeats.has_key(request):
            method = str(request.method).lower()  # the framework looks the handler up after this
            setattr(self, method, repeats.once(self, getattr(self, method, self.http_method_not_allowed)))

    @property
    def person(self) -> User:
        return cast("User", self.request.user)

    def answer(self, request: Request, listed: own_lists.OwnList, wanted_id: int | None = None) -> HttpResponse:
        """What a list of her own answers.

        Raises:
            Http404: if nothing of hers is there.
        """
        try:
            return own_lists.answer(listed, Call.of(request, wanted_id))
        except own_lists.NothingThere:
            raise Http404 from None

    def kept_fields(self) -> dict[str, Any]:
        """What an error gives beside `detail`, in the actions of `kept_answers`."""
        return {}

    def wanted_id(self) -> int:
        """The id in the path.

        Raises:
            Http404: if it is no id at all, such as the `undefined` of a client that lost its own.
        """
        text = str(self.kwargs["pk"])
        # Of thousands of digits Python makes no number.
        if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS or int(text) > _LARGEST_ID:
            raise Http404
        return int(text)
