"""Tokens of the phone apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from hera.api import sessions
from hera.api.calls import Call

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.request import Request

    from hera.api.models import PhoneSession


def is_first_app(request: Request) -> bool:
    """Whether the React Native app calls, as far as can be told."""
    call = Call.of(request)
    return call is not None and call.is_first_app


class PhoneTokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`, or the same key under `Bearer` as the later app sends it.

    Also answers in the language of the caller's profile where that is right (`Call.language`).
    """

    def authenticate(self, request: Request) -> tuple[User, PhoneSession] | None:
        call = Call.of(request)
        if call is None:
            return None
        session = sessions.find(call.token)
        if session is None:
            raise AuthenticationFailed
        profile = getattr(session.user, "profile", None)
        if language := call.language(profile and profile.language_code):
            translation.activate(language)
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
