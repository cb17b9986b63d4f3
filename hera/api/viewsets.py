"""What the resources have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404
from rest_framework import viewsets

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_LARGEST_ID = 2**63 - 1


class PersonViewSet(viewsets.GenericViewSet):  # type: ignore[type-arg]
    """Resources of the signed-in person. Anybody else's answer 404, as ids that never were do."""

    # Actions that answer with a bare array, and with nothing at all when they fail (see `errors`).
    list_actions = frozenset({"list"})

    @property
    def person(self) -> User:
        return cast("User", self.request.user)

    def wanted_id(self) -> int:
        """The id in the path.

        Raises:
            Http404: if it is no id at all, such as the `undefined` of a client that lost its own.
        """
        text = str(self.kwargs["pk"])
        if not (text.isascii() and text.isdigit()) or int(text) > _LARGEST_ID:
            raise Http404
        return int(text)
