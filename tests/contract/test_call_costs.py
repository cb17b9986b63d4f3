"""What a call costs: its statements, and how often it calls a function, which no clock and no load blurs.

Kept in `interface/costs.txt`; a call may take no statement more, and a fifth more calls of functions. What is meant to
cost more, or came to cost less, is written anew (`INTERFACE=write make test ARGS="tests/contract/test_call_costs.py"`).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import sys

import pytest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test.utils import CaptureQueriesContext

from hera.api import sessions
from hera.core import clock
from hera.events.services import announce_due
from hera.surveys.services import ask_due
from hera.urls import OWN_LISTS
from tests.contract.test_interface import KEPT
from tests.families import make_child, make_pregnancy, make_user

FILE = KEPT / "costs.txt"
MORE = 1.2


@pytest.fixture
def _connection_of_the_test():
    """The application ends its connections with each request; that of the test goes on, as with a test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def amal(programme, _connection_of_the_test):
    """Somebody with two children, a pregnancy, five notifications and two questions at the least."""
    today = clock.now().date()
    user = make_user(name="Amal", language="ar")
    for weeks in (8, 60):
        make_child(user, today - dt.timedelta(weeks=weeks))
    make_pregnancy(user, today - dt.timedelta(weeks=9), today)
    announce_due(clock.now(), regardless_of_time=True)
    ask_due(clock.now() + dt.timedelta(days=1), regardless_of_time=True)
    return user


class Phone:
    """A phone before the application itself: what a test client does besides would be counted too."""

    def __init__(self, user) -> None:
        self.application, self.token = get_wsgi_application(), sessions.begin(user)

    def call(self, method: str, path: str, body: object = None, tag: str = "") -> tuple[int, dict[str, str]]:
        sent = b"" if body is None else json.dumps(body).encode()
        said: list[tuple[int, dict[str, str]]] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(sent)),
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(sent),
            "wsgi.errors": sys.stderr,
            **({"HTTP_IF_NONE_MATCH": tag} if tag else {}),
        }
        answer = self.application(environ, lambda status, headers: said.append((int(status[:3]), dict(headers))))
        for _ in answer:
            pass
        answer.close()
        return said[0]


def cost(call) -> tuple[int, int]:
    """Statements, and calls of functions, of a call that has been made before."""
    for _ in range(3):
        call()
    with CaptureQueriesContext(connection) as statements:
        call()
    asked, counted = len(statements), 0

    def count(_frame, event, _argument) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return asked, counted


def costs(user) -> dict[str, tuple[int, int]]:
    phone, found = Phone(user), {}
    ids = {"/surveys/{id}/": user.surveys.first().pk, "/user_profiles/{id}/": user.pk}
    for path in OWN_LISTS:
        address = path.replace("{id}", str(ids.get(path)))
        phone.call("GET", address)
        status, headers = phone.call("GET", address)
        assert status == 200, path
        found[f"GET {path}"] = cost(lambda: phone.call("GET", address))  # noqa: B023
        assert phone.call("GET", address, tag=headers["ETag"])[0] == 304
        found[f"GET {path} (nothing new)"] = cost(lambda: phone.call("GET", address, tag=headers["ETag"]))  # noqa: B023
    writes = {
        "PATCH /user_profiles/{id}/": ("PATCH", f"/user_profiles/{user.pk}/", {"language_code": "ar"}),
        "POST /notification_events/mark_all_as_read/": ("POST", "/notification_events/mark_all_as_read/"),
        "PUT /onboarding_progresses/{id}/": ("PUT", f"/onboarding_progresses/{user.pk}/", {"has_filled_profile": True}),
    }
    phone.call("POST", "/onboarding_progresses/", {"has_filled_profile": True})
    for name, write in writes.items():
        assert phone.call(*write)[0] == 200, name
        found[name] = cost(lambda: phone.call(*write))  # noqa: B023
    return found


def test_no_call_costs_more_than_it_did(amal):
    found = costs(amal)
    if os.environ.get("INTERFACE") == "write":
        rows = (f"{name}  {statements} {calls}\n" for name, (statements, calls) in found.items())
        FILE.write_text("".join(rows), "utf-8")
    kept = {
        name: tuple(map(int, of.split()))
        for name, of in (row.split("  ") for row in FILE.read_text("utf-8").splitlines())
    }
    assert found.keys() == kept.keys()
    more = {
        name: f"{statements} statements, {calls} calls of functions; it had {kept[name]}"
        for name, (statements, calls) in found.items()
        if statements > kept[name][0] or calls > kept[name][1] * MORE
    }
    assert more == {}
