"""Tokens of the phone apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from hera.api import sessions
from hera.core import languages

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.request import Request

    from hera.api.models import PhoneSession

SCHEMES = ("token", "bearer")


def token_of(request: Request) -> str | None:
    """The token that a call carries, believed or not; None if it carries none of ours."""
    scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
    return key.strip()[:40] if scheme.lower() in SCHEMES else None


def is_first_app(request: Request) -> bool:
    """Whether the React Native app calls, as far as can be told: it sends `Token`, and the later one `Bearer`."""
    return get_authorization_header(request)[:6].lower() == b"token "


class PhoneTokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`, or the same key under `Bearer` as the later app sends it.

    Also answers in the language of the caller's profile where the request names none. The later app sends
    `en` whatever its user reads, so under `Bearer` the profile always decides.
    """

    def authenticate(self, request: Request) -> tuple[User, PhoneSession] | None:
        token = token_of(request)
        if token is None:
            return None
        session = sessions.find(token)
        if session is None:
            raise AuthenticationFailed
        scheme = get_authorization_header(request)[:6].lower()
        if scheme == b"bearer" or not languages.from_header(request.headers.get("Accept-Language", "")):
            profile = getattr(session.user, "profile", None)
            if profile is not None and profile.language_code in languages.CODES:
                translation.activate(profile.language_code)
        return session.user, session

    def authenticate_header(self, request: Request) -> str:
        return "Token"


class PhoneTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the schema what the header looks like."""

    target_class = PhoneTokenAuthentication
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token <token>`, with the token from `/otp_auth/attempt_challenge/`.",
        }
