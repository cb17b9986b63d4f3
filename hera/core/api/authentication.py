"""Tokens of the phone apps."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.authtoken.models import Token
from rest_framework.exceptions import AuthenticationFailed

from hera.core import languages

if TYPE_CHECKING:
    from rest_framework.request import Request

SCHEMES = ("token", "bearer")


def owner_of(key: str) -> Token | None:
    """A token with its active owner and her profile, if she has one. Every call of an app begins with this.

    Written out: for Django to put this statement together takes longer than all else that a call does.
    """
    statement, token_columns, user_columns, profile_columns = _statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, [key])
        row = cursor.fetchone()
    if row is None:
        return None
    profile_begins = len(token_columns) + len(user_columns)
    token = Token.from_db(connection.alias, token_columns, row[: len(token_columns)])
    token.user = User.from_db(connection.alias, user_columns, row[len(token_columns) : profile_begins])
    relation: Any = User._meta.get_field("profile")
    profile = None
    if row[profile_begins] is not None:
        profile = relation.related_model.from_db(connection.alias, profile_columns, row[profile_begins:])
    relation.set_cached_value(token.user, profile)  # as select_related leaves it
    return token


@functools.cache
def _statement() -> tuple[str, list[str], list[str], list[str]]:
    """The statement, and the names of each model's fields in its order."""
    profile: Any = User._meta.get_field("profile").related_model
    names = [[field.attname for field in model._meta.concrete_fields] for model in (Token, User, profile)]
    columns = [
        f"{alias}.{connection.ops.quote_name(field.attname)}"
        for alias, model in (("token", Token), ("person", User), ("profile", profile))
        for field in model._meta.concrete_fields
    ]
    statement = f"""
        SELECT {", ".join(columns)} FROM authtoken_token token JOIN auth_user person ON person.id = token.user_id
        LEFT JOIN {profile._meta.db_table} profile ON profile.user_id = person.id
        WHERE token.key = %s AND person.is_active
    """  # noqa: S608  (names of our own columns)
    return statement, *names  # type: ignore[return-value]


class PhoneTokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>`, or the same key under `Bearer` as the later app sends it.

    Also answers in the language of the caller's profile where the request names none. The later app sends
    `en` whatever its user reads, so under `Bearer` the profile always decides.
    """

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        scheme, _, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() not in SCHEMES:
            return None
        token = owner_of(key.strip()[:40])
        if token is None:
            raise AuthenticationFailed
        if scheme.lower() == "bearer" or not languages.from_header(request.headers.get("Accept-Language", "")):
            profile = getattr(token.user, "profile", None)
            if profile is not None and profile.language_code in languages.CODES:
                translation.activate(profile.language_code)
        return token.user, token

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
