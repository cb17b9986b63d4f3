"""What a call says of itself, believed or not: its token, and the language to answer in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.utils.http import parse_etags
from rest_framework.authentication import get_authorization_header

from hera.core import languages

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request

SCHEMES = ("token", "bearer")
_MOST_TAGS = 4


class Call(NamedTuple):
    """A call that carries a token.

    Args:
        scheme: `token`, as the first app writes it, or `bearer`.
        said_language: what its header asks for; None if that is none of ours.
        wanted_id: the id in its path, where there is one.
        query: its parameters.
        address: its path with its parameters.
        has: the tags of what it has already, as it says.
    """

    token: str
    scheme: str
    said_language: str | None
    wanted_id: int | None = None
    query: Mapping[str, str] = {}
    address: str = ""
    has: tuple[str, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest | Request, wanted_id: int | None = None) -> Call | None:
        """What this request says; None if it carries no token of ours."""
        scheme, _, token = get_authorization_header(request).decode("latin-1").partition(" ")  # type: ignore[arg-type]
        if scheme.lower() not in SCHEMES:
            return None
        said = languages.from_header(request.headers.get("Accept-Language", ""))
        query = request.GET.dict() if request.GET else {}
        return cls(
            token.strip()[:40], scheme.lower(), said, wanted_id, query, request.get_full_path(), _tags_of(request)
        )

    @property
    def is_first_app(self) -> bool:
        """Whether the React Native app calls, as far as can be told: the later one says `Bearer`."""
        return self.scheme == "token"

    def language(self, of_profile: str | None) -> str | None:
        """The language to answer in, where her profile has this one; None if what the header said is right.

        The later app says `en` whatever its user reads, so that under its scheme the profile always decides.
        """
        is_profiles = not self.is_first_app or not self.said_language
        return of_profile if is_profiles and of_profile in languages.CODES else None


def _tags_of(request: HttpRequest | Request) -> tuple[str, ...]:
    """The tags of `If-None-Match`, without quotes; on its way a proxy may have called one weak."""
    said = request.headers.get("If-None-Match")
    return tuple(one.removeprefix("W/").strip('"') for one in parse_etags(said)[:_MOST_TAGS]) if said else ()
