"""Phones that are signed in: a token for each, of which only a hash is kept."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import secrets
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, Q
from rest_framework.authtoken.models import Token

from hera.api.models import PhoneSession
from hera.core import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

_TOKEN_BYTES = 20  # 40 characters, as shipped apps have always got
MOST = 20  # phones of one person; a new one beyond that ends the oldest
PAGE = "/my_data/"  # what a page's session calls itself: it is no phone's, and lives for minutes
PAGE_LIVES = dt.timedelta(minutes=15)
_NOTED = dt.timedelta(days=1)  # how exactly the last use is known: not a write for each call


def hash_of(token: str) -> str:
    """What is kept of a token. It is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def begin(user: User, agent: str = "", *, typed_number: str = "", alone: bool = False) -> str:
    """Sign a phone in; returns its token, which is told once.

    Args:
        agent: what the phone calls itself.
        typed_number: her number as she typed it: the first app compares with that what it is told of her number.
        alone: end all other sessions of this person.
    """
    if alone:
        end_all(user)
    token, now = secrets.token_hex(_TOKEN_BYTES), clock.now()
    agent = "" if agent == PAGE else agent[:200]
    typed = "" if typed_number == user.username else typed_number
    PhoneSession.objects.create(
        user=user, key_hash=hash_of(token), created_at=now, last_used_at=now, agent=agent, typed_number=typed[:50]
    )
    oldest = (
        PhoneSession.objects.filter(user=user).exclude(agent=PAGE).order_by("-last_used_at", "-id").values("pk")[MOST:]
    )
    PhoneSession.objects.filter(pk__in=list(oldest.values_list("pk", flat=True))).delete()
    return token


def of(user: User) -> QuerySet[PhoneSession]:
    """A person's sessions, the one used last first."""
    return PhoneSession.objects.filter(user=user).order_by("-last_used_at", "-id")


@transaction.atomic
def begin_page(user: User) -> str:
    """Sign in to a page for minutes; returns its token. No phone is signed out for it; earlier ones of pages are."""
    PhoneSession.objects.filter(user=user, agent=PAGE).delete()
    token, now = secrets.token_hex(_TOKEN_BYTES), clock.now()
    PhoneSession.objects.create(user=user, key_hash=hash_of(token), created_at=now, last_used_at=now, agent=PAGE)
    return token


def end_others(user: User, kept: PhoneSession | None) -> None:
    """Sign every phone of this person out but the one that calls."""
    others = of(user)
    end(user, others.exclude(pk=kept.pk) if kept else others)
    Token.objects.filter(user=user).delete()


def delete_pages() -> int:
    """Remove sessions of pages that are over; returns how many."""
    return PhoneSession.objects.filter(agent=PAGE, created_at__lte=clock.now() - PAGE_LIVES).delete()[0]


def end_all(user: User) -> None:
    """Sign every phone of this person out, also those that signed in to the earlier HERA."""
    end_others(user, None)


@transaction.atomic
def end(user: User, ended: QuerySet[PhoneSession]) -> int:
    """Sign these phones of a person out; returns how many. When they were used last stays known (`is_unused`)."""
    last = ended.aggregate(last=Max("last_used_at"))["last"]
    if last is not None:
        before = Q(last_login=None) | Q(last_login__lt=last)
        User.objects.filter(before, pk=user.pk).update(last_login=last)
    return ended.order_by().delete()[0]


def is_unused(since: dt.datetime) -> Q:
    """Of accounts: that no phone has called and nobody has joined since then, as far as phones and Django know."""
    called = PhoneSession.objects.filter(user=OuterRef("pk"), last_used_at__gte=since)
    # A token of the earlier HERA that is still kept was never used here.
    earlier = Token.objects.filter(user=OuterRef("pk"), created__gte=since)
    known = Q(date_joined__lt=since) & (Q(last_login=None) | Q(last_login__lt=since))
    return known & ~Q(Exists(called)) & ~Q(Exists(earlier))


def is_possible(token: str) -> bool:
    """Whether this can be a token at all; the database cannot even be asked for any other text."""
    return token.isascii() and token.isprintable()


def is_to_be_noted(last_used_at: dt.datetime) -> bool:
    """Whether the next use of a session is to be written down."""
    return last_used_at < clock.now() - _NOTED


def find(token: str) -> PhoneSession | None:
    """A token's session with its active owner and her profile, if she has one. Every call of an app begins with this.

    A token of the earlier HERA is kept as it stands until it is used; here it becomes a session with its hash.
    Written out: for Django to put this statement together takes longer than all else that a call does.
    """
    if not is_possible(token):
        return None
    statement, session_columns, user_columns, profile_columns = _statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, [hash_of(token), token])
        row = cursor.fetchone()
    if row is None:
        return None
    profile_begins = len(session_columns) + len(user_columns)
    session = PhoneSession.from_db(connection.alias, session_columns, row[: len(session_columns)])
    if session.agent == PAGE and session.created_at <= clock.now() - PAGE_LIVES:
        return None
    session.user = User.from_db(connection.alias, user_columns, row[len(session_columns) : profile_begins])
    relation: Any = User._meta.get_field("profile")
    profile = None
    if row[profile_begins] is not None:
        profile = relation.related_model.from_db(connection.alias, profile_columns, row[profile_begins:])
    relation.set_cached_value(session.user, profile)  # as select_related leaves it
    if session.pk is None:
        _take_over(session, token)
    elif is_to_be_noted(session.last_used_at):
        PhoneSession.objects.filter(pk=session.pk).update(last_used_at=clock.now())
    return session


@transaction.atomic
def _take_over(session: PhoneSession, token: str) -> None:
    now = clock.now()
    session.pk = PhoneSession.objects.get_or_create(
        key_hash=hash_of(token),
        defaults={"user_id": session.user_id, "created_at": session.created_at, "last_used_at": now},
    )[0].pk
    Token.objects.filter(key=token).delete()


@functools.cache
def _statement() -> tuple[str, list[str], list[str], list[str]]:
    """The statement, and the names of each model's fields in its order."""
    profile: Any = User._meta.get_field("profile").related_model
    names = [[field.attname for field in model._meta.concrete_fields] for model in (PhoneSession, User, profile)]
    columns = [
        f"{alias}.{connection.ops.quote_name(field.attname)}"
        for alias, model in (("session", PhoneSession), ("person", User), ("profile", profile))
        for field in model._meta.concrete_fields
    ]
    statement = f"""
        SELECT {", ".join(columns)} FROM (
            SELECT id, user_id, key_hash, created_at, last_used_at, typed_number, agent
            FROM api_phonesession WHERE key_hash = %s
            UNION ALL
            SELECT NULL, user_id, NULL, created, created, '', '' FROM authtoken_token WHERE key = %s
            LIMIT 1
        ) session JOIN auth_user person ON person.id = session.user_id
        LEFT JOIN {profile._meta.db_table} profile ON profile.user_id = person.id
        WHERE person.is_active
    """  # noqa: S608  (names of our own columns)
    return statement, *names  # type: ignore[return-value]
