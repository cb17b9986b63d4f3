"""Every operation of the schema, called with what it allows and with what it does not: it refuses, and never breaks."""

from __future__ import annotations

import datetime as dt
import json
import os
from urllib.parse import urlencode

import hypothesis
import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import status_code_conformance

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.child_health.models import Child
from hera.core import clock
from hera.core.models import RateLimitBucket
from hera.wsgi import application
from tests.families import make_child, make_pregnancy, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "20"))  # more of them for a long look
CHECKS = [not_a_server_error, status_code_conformance]


SCHEMA = schemathesis.openapi.from_wsgi("/api_docs/schema/?format=json", application)
DESCRIPTION = SchemaGenerator().get_schema(public=True)
OPERATIONS = {result.ok().label: result.ok() for result in SCHEMA.get_all_operations()}


@pytest.fixture
def one_connection():
    """As with Django's own client, the end of a request closes no connection: the test's transaction is in it."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


@pytest.fixture
def token(programme):
    mother = make_user()
    make_child(mother, clock.now().date() - dt.timedelta(weeks=9))
    make_pregnancy(mother, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
    return sessions.begin(mother)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_no_call_breaks_the_server_or_answers_what_is_not_documented(label, mode, token, one_connection):
    @hypothesis.given(case=OPERATIONS[label].as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    def call(case):
        case.headers = {**(case.headers or {}), "Authorization": f"Token {token}"}
        seen.add(case.call_and_validate(checks=CHECKS).status_code)

    seen: set[int] = set()
    try:
        call()
        assert seen - {401}, "no call got through to what it is about"
    except hypothesis.errors.Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing that this call takes could be got wrong"


def test_what_one_call_gives_goes_into_the_next(token, one_connection):
    """Ids that lists and additions answer are read, changed and deleted in any order: links that the schema implies."""
    mother = PhoneSession.objects.get().user

    class Phone(SCHEMA.as_state_machine()):
        def setup(self):
            # Every sequence begins with the same rows and unspent limits: what is tried next depends on the answers.
            self.begun = transaction.atomic()
            self.begun.__enter__()
            self.token = sessions.begin(mother)  # one that an earlier run may not have ended

        def teardown(self):
            transaction.set_rollback(True)
            self.begun.__exit__(None, None, None)

        def get_call_kwargs(self, _case):
            return {"headers": {"Authorization": f"Token {self.token}"}}

        def validate_response(self, response, case, additional_checks=(), **_more):
            seen.add((case.operation.label, response.status_code))
            case.validate_response(response, checks=CHECKS)

    seen: set[tuple[str, int]] = set()
    run_state_machine_as_test(
        Phone,
        settings=hypothesis.settings(
            max_examples=EXAMPLES,
            stateful_step_count=40,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    followed = {label for label, status in seen if "{" in label and status < 300}
    assert followed >= {"GET /children/{id}/", "PUT /children/{id}/", "DELETE /children/{id}/"}


BODIES = {
    "deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep list": b"[" * 100_000,
    "too much": b'{"name": "' + b"x" * 3_000_000 + b'"}',
    "null byte": b'{"name": "a\\u0000b", "gender": "FEMALE", "date_of_birth": "2026-01-01", "past_vaccinations": []}',
    "raw null byte": b'{"name": "a\x00b"}',
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "Leyla"}'.encode("utf-16"),
    "half a pair": b'{"name": "\\ud800"}',
    "huge number": b'{"declared_pregnancy_week": ' + b"9" * 5000 + b"}",
    "infinity": b'{"declared_pregnancy_week": Infinity}',
    "right to left": json.dumps(
        {"name": "\u202eليلى\u0301\u0301" * 20, "gender": "FEMALE", "date_of_birth": "2026-01-01"}
    ).encode(),
    "many keys": json.dumps({str(number): number for number in range(20_000)}).encode(),
    "empty": b"",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize(
    "path",
    ["/children/", "/pregnancies/", "/user_profiles/", "/otp_auth/request_challenge/", "/otp_auth/attempt_challenge/",
     "/users/me/channels/", "/phone_number_change_requests/", "/surveys/1/response/"],
)  # fmt: skip
def test_bodies_that_no_app_sends(token, path, body):
    client = Client(headers={"Authorization": f"Token {token}"})
    for method in ("post", "put", "patch"):
        answer = getattr(client, method)(path, body, content_type="application/json")
        assert answer.status_code < 500, answer.content[:300]
        if answer.status_code >= 400 and answer.content:
            assert isinstance(answer.json(), dict)


# S21: what no field of any call can hold. A new field is tried as soon as the schema has it.
HOSTILE = {
    "null character": "a\x00b",
    "five thousand nines": "9" * 5000,
    "a list of them": ["9" * 5000] * 3,
    "a list of null characters": ["\x00"],
    "a huge number": 10**400,
    "a huge list": [1] * 20_000,
    "a list of lists": [[1], {}, None, True, 1.5],
    "a negative number": -1,
    "beyond a column": 2**63,
    "a list beyond a column": [2**63, "9223372036854775808", 10**18, -1],
    "an object": {"a": {"b": []}},
    "true": True,
    "a fraction": 1.5,
    "nothing": None,
    "direction marks alone": "\u200f\u202e",
    "three thousand letters": "x" * 3000,
    "digits that are none": "²½Ⅷ",
    "a date beyond the calendar": "99999-12-31",
}


def _fields(label: str) -> list[str]:
    """The names in a call's JSON body."""
    method, path = label.split(" ")
    bodies = DESCRIPTION["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    schema = bodies.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = DESCRIPTION["components"]["schemas"][schema["$ref"].split("/")[-1]]
    return list(schema.get("properties", {}))


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_s21_no_field_of_any_call_breaks_the_server(label, token):
    operation = OPERATIONS[label]
    method, path = label.split(" ")
    mother = PhoneSession.objects.get().user
    ids = {"children": mother.children.first().pk, "pregnancies": mother.pregnancies.first().pk}
    address = path.replace("{id}", str(ids.get(path.split("/")[1], mother.pk)))
    client = Client(headers={"Authorization": f"Token {token}"})
    right = {
        "name": "Leyla", "gender": "FEMALE", "date_of_birth": "2026-01-01", "past_vaccinations": [1], "response": "yes",
        "agree_to_terms_at": "2026-01-01", "declared_pregnancy_week": "12", "phone_number": "+905321234567",
    }  # fmt: skip
    # Without the limits, which would answer before what is looked for does.
    for field in _fields(label):
        for what, value in HOSTILE.items():
            RateLimitBucket.objects.all().delete()
            body = json.dumps({**right, field: value}) if method != "GET" else None
            answer = client.generic(method, address, body or "", content_type="application/json")
            assert answer.status_code < 500, (label, field, what)
    names = [parameter["name"] for parameter in operation.definition.raw.get("parameters", [])]
    for name in {*names, "id"}:
        for what, value in HOSTILE.items():
            if isinstance(value, str) and method == "GET":
                RateLimitBucket.objects.all().delete()
                assert client.get(address, {name: value}).status_code < 500, (label, name, what)


FORMS = {
    "/my_data/": ["step", "number", "code", "token"],
    "/data_dashboard/login/": ["username", "password"],
    "/my_number/1.x/": ["step"],
    "/admin/login/": ["username", "password", "next"],
}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("step", ["number", "code", "erase"])
def test_s21_no_field_of_a_page_breaks_the_server(path, step, programme):
    client = Client()
    for field in FORMS[path]:
        for what, value in HOSTILE.items():
            if isinstance(value, str):
                RateLimitBucket.objects.all().delete()
                form = {"step": step, "number": "+905321234567", "username": "a@example.org", "password": "x"}
                answer = client.post(path, {**form, field: value})
                assert answer.status_code < 500, (field, what)
                body = urlencode({**form, field: value})
                kind = "application/x-www-form-urlencoded"
                assert client.post(path, body, content_type=kind).status_code < 500, (field, what)


@pytest.mark.parametrize(
    "path", ["/%00/", "/children/%00/", "/my_number/%00/", "/surveys/%00/response/", "/admin/%00/"]
)
def test_s21_no_address_breaks_the_server(path, token):
    client = Client(headers={"Authorization": f"Token {token}"})
    assert client.get(path).status_code in {400, 404, 405, 302}


def test_ten_thousand_children_of_one_person(token, django_assert_max_num_queries):
    mother = PhoneSession.objects.get().user
    Child.objects.bulk_create(
        Child(user=mother, name=f"child {number}", date_of_birth=dt.date(2026, 1, 1), gender="MALE")
        for number in range(10_000)
    )
    client = Client(headers={"Authorization": f"Token {token}"})
    for path in ("/children/", "/calendar_events/"):
        with django_assert_max_num_queries(6):
            assert len(client.get(path).json()) >= 10_000
