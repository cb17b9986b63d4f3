"""S1: every call whose answer could depend on somebody else's account (docs/threats.md, "One answer for everybody").

Each is asked for a number that somebody has and for one that nobody has, by a caller who holds neither: the status, the
body, the statements and what is queued are the same.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hera.api import sessions
from hera.core.models import RateLimitBucket
from hera.delivery import sealing
from hera.delivery.models import Message
from hera.user_profile.models import PhoneNumberChangeRequest
from tests.families import make_user

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "+905321234567", "+905321234568"
WARMING_UP = "+905321234569"  # what is looked up once in a process is looked up for this one
WRONG = "000000"


@dataclass
class Asked:
    """What one call gave away: nothing in it may differ."""

    status: int
    headers: list[str]
    body: str
    statements: list[str]
    queued: list[tuple[str, str, str, object]]


def ask(number: str, call) -> Asked:
    RateLimitBucket.objects.all().delete()
    Message.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        answer = call(number)
    return Asked(
        answer.status_code,
        sorted(answer.headers),
        _without(number, answer.content.decode()),
        [_shape(query["sql"]) for query in queries],
        [_queued(number, message) for message in Message.objects.order_by("id")],
    )


def assert_alike(known: Asked, unknown: Asked) -> None:
    for ours, theirs in zip(known.statements, unknown.statements, strict=False):
        assert ours == theirs
    assert known == unknown


def _queued(number, message):
    """Purpose, addressee, text and for how long: the worker does the same with it."""
    sealed = sealing.unseal(bytes(message.sealed_text))
    lives = round((message.expires_at - message.created_at).total_seconds() / 60)
    return message.purpose, sealed.to.replace(number, "NUMBER"), re.sub(r"\d", "9", sealed.text), lives


def _without(number: str, text: str) -> str:
    """The body, but for the number that was asked about, ids, moments, and the secrets of forms."""
    text = text.replace(number, "NUMBER").replace(number[3:], "NATIONAL")
    text = re.sub(r"\d{4}-\d{2}-\d{2}T[\d:.]+Z", "MOMENT", text)
    return re.sub(r'"id":\s*\d+', '"id":ID', text)


def _shape(statement: str) -> str:
    """A statement without its values."""
    statement = re.sub(r"'(?:[^']|'')*'(::\w+)?", "?", statement)
    statement = re.sub(r'(SAVEPOINT) "[^"]*"', r"\1", statement)
    return re.sub(r"\b\d+\b", "?", statement)


def _post(client, path, body):
    return client.post(path, json.dumps(body), content_type="application/json")


@pytest.fixture
def mallory(programme):
    """Somebody signed in who is neither."""
    token = sessions.begin(make_user(name="Mallory", number="+905321230000"))
    return Client(headers={"Authorization": f"Token {token}"})


@pytest.fixture
def of(programme):
    """The account that somebody has."""
    return make_user(name="Amal", number=KNOWN)


def request_challenge(client):
    return lambda number: _post(client, "/otp_auth/request_challenge/", {"phone_number": number})


def attempt(secret):
    def call(client):
        return lambda number: _post(client, "/otp_auth/attempt_challenge/", {"phone_number": number, "secret": secret})

    return call


def check_registration(client):
    return lambda number: client.get("/otp_auth/check_registration/", {"phone_number": number})


def change_number(client):
    return lambda number: _post(client, "/phone_number_change_requests/", {"new_phone_number": number})


def _after_asking(client, number) -> str:
    made = _post(client, "/phone_number_change_requests/", {"new_phone_number": number})
    RateLimitBucket.objects.all().delete()
    Message.objects.all().delete()
    return f"/phone_number_change_requests/{made.json()['id']}"


def look_at_change(client):
    return lambda _number: client.get(f"/phone_number_change_requests/{_the_change()}/")


def resend_change(client):
    return lambda _number: _post(client, f"/phone_number_change_requests/{_the_change()}/resend_otp/", {})


def solve_change(client):
    return lambda _number: _post(
        client, f"/phone_number_change_requests/{_the_change()}/attempt_solve/", {"guess_secret": WRONG}
    )


def _the_change() -> int:
    return PhoneNumberChangeRequest.objects.get().pk


def page(step):
    return lambda client: lambda number: client.post("/my_data/", {"step": step, "number": number, "code": WRONG})


CALLS = {
    "asking for a code": request_challenge,
    "trying a code": attempt(WRONG),
    "trying no code": attempt(""),
    "trying what is none": attempt("12"),
    "asking whether a number is registered": check_registration,
    "asking to move to a number": change_number,
    "the page: number": page("number"),
    "the page: code": page("code"),
}
ABOUT_A_CHANGE = {
    "looking at one's change": look_at_change,
    "asking for its code again": resend_change,
    "trying its code": solve_change,
}


@pytest.mark.parametrize("name", CALLS)
def test_s1_a_number_that_somebody_has_and_one_that_nobody_has(name, of, mallory):
    call = CALLS[name](mallory)
    ask(WARMING_UP, call)
    assert_alike(ask(KNOWN, call), ask(UNKNOWN, call))


@pytest.mark.parametrize("name", ["asking for a code", "the page: number", "trying no code", "the page: code"])
def test_c13_a_closed_account_and_a_number_that_nobody_has(name, of, mallory):
    """What is sent differs, and only the number's holder reads it."""
    User.objects.filter(pk=of.pk).update(is_active=False)
    call = CALLS[name](mallory)
    found = []
    for number in (WARMING_UP, KNOWN, UNKNOWN):
        RateLimitBucket.objects.all().delete()
        request_challenge(mallory)(number)
        found.append(ask(number, call))
    closed, unknown = found[1:]
    for each in (closed, unknown):
        each.queued = [(purpose, to, lives) for purpose, to, _text, lives in each.queued]
    assert_alike(closed, unknown)


@pytest.mark.parametrize("name", ["trying a code", "trying no code", "the page: code"])
def test_s1_the_same_while_a_code_is_open(name, of, mallory):
    call = CALLS[name](mallory)
    found = []
    for number in (WARMING_UP, KNOWN, UNKNOWN):
        RateLimitBucket.objects.all().delete()
        request_challenge(mallory)(number)
        found.append(ask(number, call))
    assert_alike(found[1], found[2])


@pytest.mark.parametrize("name", ABOUT_A_CHANGE)
def test_s1_the_same_for_a_change_to_either(name, of, mallory):
    found = []
    for number in (WARMING_UP, KNOWN, UNKNOWN):
        _after_asking(mallory, number)
        found.append(ask(number, ABOUT_A_CHANGE[name](mallory)))
    assert_alike(found[1], found[2])


@pytest.mark.parametrize("switched_on", [{"otp_only_known_numbers": True}])
def test_s1_the_switch_against_pumping_tells_nobody_who_is_known(of, mallory, settings, switched_on):
    import dataclasses

    settings.HERA = dataclasses.replace(settings.HERA, **switched_on)
    call = request_challenge(mallory)
    known, unknown = ask(KNOWN, call), ask(UNKNOWN, call)
    assert known.queued  # for both: the worker drops what is of no use (S18)
    assert_alike(known, unknown)


@pytest.mark.parametrize(
    "name", ["asking for a code", "asking to move to a number", "asking whether a number is registered"]
)
def test_s1_limits_come_before_looks(name, of, mallory):
    """Whoever has used up her calls is told so of either number, and nothing is looked up."""
    call = CALLS[name](mallory)
    answers = {}
    for number in (KNOWN, UNKNOWN):
        RateLimitBucket.objects.all().delete()
        seen = [call(number).status_code for _ in range(12)]
        answers[number] = seen
    assert answers[KNOWN] == answers[UNKNOWN]
    assert answers[KNOWN][-1] == 429


def test_s1_every_such_call_stands_in_the_list_of_threats():
    from pathlib import Path

    listed = Path("docs/threats.md").read_text(encoding="utf-8")
    for path in ("request_challenge", "attempt_challenge", "check_registration", "phone_number_change_requests",
                 "resend_otp", "attempt_solve", "/my_data/", "/my_number/", "/data_dashboard/login/"):  # fmt: skip
        assert path in listed, path
