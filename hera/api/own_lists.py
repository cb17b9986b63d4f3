"""What a phone asks for at its start: lists of the caller's own, each answered by one prepared statement.

A list is declared once (`OwnList`): its columns, read beside who calls, and how they are shown. The same statement
looks the token up. `middleware.OwnListsMiddleware` answers a plain call before the framework is entered
(`plain_answer`). Whatever is out of the ordinary about one (a token that is not known, the first call of a day, which
is noted, a parameter) goes on to the view of the same list, which checks all there is to check, and answers with the
same statement (`answer`).

Each answer has a tag; a phone that sends it with its next call is told, at the price of one look, if nothing is new
(`versions`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpResponse, HttpResponseNotModified
from django.urls import get_resolver
from django.utils import translation
from rest_framework.utils.encoders import JSONEncoder

from hera.api import sessions, versions
from hera.core import clock, languages, prepared, timezones

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hera.api.calls import Call


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as a list needs to know.

    Args:
        number: her number as E.164.
        language: what she reads.
        zone: her time zone as it is stored.
    """

    user_id: int
    number: str
    language: str
    zone: str
    now: dt.datetime
    is_first_app: bool
    wanted_id: int | None
    query: Mapping[str, str]

    @property
    def today(self) -> dt.date:
        """The date where she lives."""
        return self.now.astimezone(self._zone).date()

    @property
    def midnight(self) -> dt.datetime:
        """When her next day begins."""
        return dt.datetime.combine(self.today + dt.timedelta(days=1), dt.time.min, self._zone)

    @property
    def _zone(self) -> dt.tzinfo:
        return timezones.effective(self.zone, self.number)


class Partial(NamedTuple):
    """An answer in which something is missing for now: the next call may have more, although nothing is written."""

    shown: Any


class NothingThere(Exception):  # noqa: N818
    """Nothing of the caller's is at this address."""


@dataclass(frozen=True)
class OwnList:
    """A list of the caller's own, or one thing of hers.

    Args:
        columns: SQL expressions over `person` (her account), `profile` (NULL before she has one), and `session`; they
            may name `%(now)s`, `%(default)s` (the country's language), and `%(wanted_id)s`.
        shown: what is answered, from the caller and the values of the columns: the same from the same, but for what
            changes with her date. Partial where something is missing for now. May raise NothingThere.
        tables: what the columns read besides, by name: selects of one row each.
        methods: that its address takes besides reading.
        changes_at: SQL for the next moment at which the columns change by `%(now)s`; NULL if at none.
    """

    columns: str
    shown: Callable[..., Any]
    tables: Mapping[str, str] = field(default_factory=dict)
    methods: tuple[str, ...] = ()
    changes_at: str = "NULL::timestamptz"

    @functools.cached_property
    def statement(self) -> str:
        """The statement; its first columns are those of `_Row`."""
        tables = "".join(f"{name} AS MATERIALIZED ({select}), " for name, select in self.tables.items())
        return f"""
            WITH {tables} session AS MATERIALIZED (
                SELECT user_id, created_at, last_used_at, agent, typed_number
                FROM api_phonesession WHERE key_hash = %(key_hash)s
            )
            SELECT session.last_used_at, session.agent, person.id, person.username, profile.language_code,
                profile.timezone, {versions.STAMPS}, {self.changes_at}, {self.columns}
            FROM session JOIN auth_user person ON person.id = session.user_id
            LEFT JOIN user_profile_userprofile profile ON profile.user_id = person.id
            {" ".join(f"CROSS JOIN {name}" for name in self.tables)}
            WHERE person.is_active
        """  # noqa: S608  (our own text)


class _Row(NamedTuple):
    last_used_at: dt.datetime
    agent: str
    user_id: int
    number: str
    language: str | None
    zone: str | None
    stamps: str | None
    changes_at: dt.datetime | None
    columns: tuple[Any, ...]


@functools.cache
def declared() -> Mapping[str, OwnList]:
    """All lists by their addresses, as the URL configuration says; `{id}` stands for an id."""
    found: Mapping[str, OwnList] = get_resolver().urlconf_module.OWN_LISTS  # type: ignore[union-attr]
    return found


def plain_answer(listed: OwnList, call: Call) -> HttpResponse | None:
    """The answer to a call about which nothing is out of the ordinary; None for any other."""
    if call.has and sessions.is_possible(call.token):
        known = versions.known(call, sessions.hash_of(call.token))
        if known and not _is_out_of_the_ordinary(*known[:2]):
            return _nothing_new(listed, known[2])
    row = _read(listed, call)
    if row is None or _is_out_of_the_ordinary(row.last_used_at, row.agent):
        return None
    language = call.language(row.language)
    try:
        with translation.override(language) if language else contextlib.nullcontext():
            return _answer(listed, call, row)
    except NothingThere:
        return None


def answer(listed: OwnList, call: Call | None) -> HttpResponse:
    """The answer to a caller whom the framework has let in.

    Raises:
        NothingThere: if nothing of hers is at this address.
    """
    row = _read(listed, call) if call else None
    if call is None or row is None:
        raise NothingThere  # signed out in this very moment
    return _answer(listed, call, row)


def _is_out_of_the_ordinary(last_used_at: dt.datetime, agent: str) -> bool:
    return agent == sessions.PAGE or sessions.is_to_be_noted(last_used_at)


def _read(listed: OwnList, call: Call) -> _Row | None:
    if not sessions.is_possible(call.token):
        return None
    values = {
        "key_hash": sessions.hash_of(call.token),
        "now": clock.now(),
        "default": languages.default(),
        "wanted_id": call.wanted_id,
    }
    found = prepared.row(listed.statement, values)
    if found is None:
        return None
    of_caller = len(_Row._fields) - 1
    return _Row._make((*found[:of_caller], found[of_caller:]))


def _answer(listed: OwnList, call: Call, row: _Row) -> HttpResponse:
    caller = Caller(
        row.user_id,
        row.number,
        row.language or languages.default(),
        row.zone or "",
        clock.now(),
        call.is_first_app,
        call.wanted_id,
        call.query,
    )
    until = min(caller.midnight, row.changes_at or caller.midnight)
    tag = versions.tag(call, sessions.hash_of(call.token), row.stamps, until)
    if tag in call.has:
        return _nothing_new(listed, tag)
    shown = listed.shown(caller, *row.columns)
    is_whole = not isinstance(shown, Partial)
    body = _as_json(shown if is_whole else shown.shown)
    headers = _headers(listed, tag if is_whole else None) | {"Content-Length": str(len(body))}
    return HttpResponse(body, content_type="application/json", headers=headers)


def _nothing_new(listed: OwnList, tag: str) -> HttpResponse:
    return HttpResponseNotModified(headers=_headers(listed, tag))


def _headers(listed: OwnList, tag: str | None) -> dict[str, str]:
    """A phone keeps by itself what is its owner's, where signing out finds it; nothing on the way does."""
    allowed = ", ".join(["GET", *listed.methods, "HEAD", "OPTIONS"])
    return {"Allow": allowed, "Cache-Control": "no-store"} | ({"ETag": f'"{tag}"'} if tag else {})


def _as_json(shown: Any) -> bytes:
    """As the framework writes it, letter for letter."""
    text = json.dumps(shown, cls=JSONEncoder, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


_LENGTH = len("2026-11-27T10:59:09.123456+00:00")


def instant(text: str | None) -> str | None:
    """An instant that PostgreSQL has put into JSON, as the API writes it. All our connections speak UTC."""
    if text is None or (len(text) == _LENGTH and text.endswith("+00:00")):
        return text and f"{text[:-6]}Z"
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).isoformat().removesuffix("+00:00") + "Z"
