"""Whoever guesses at a colleague's password keeps her out of no network in which she has signed in before."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from hera.panel import guesses
from tests.staff import code_of, enrolled

pytestmark = pytest.mark.django_db

NAME, PASSWORD = "nurse@example.org", "a long enough password"
HERS, NEW = "192.0.2.1", "192.0.2.200"


@pytest.fixture
def nurse():
    return User.objects.create_superuser(NAME, NAME, PASSWORD)


def give_password(address, password=PASSWORD):
    """The answer of the panel to a password from there."""
    return Client(REMOTE_ADDR=address).post("/admin/login/", {"username": NAME, "password": password}).status_code


def guess(address, name=NAME):
    form = {"username": name, "password": "x"}
    return Client(REMOTE_ADDR=address).post("/data_dashboard/login/", form).status_code


def sign_in(nurse, address):
    browser = Client(REMOTE_ADDR=address)
    browser.post("/admin/login/", {"username": NAME, "password": PASSWORD})
    browser.post("/admin/second_factor/", {"code": code_of(enrolled(nurse))})
    assert browser.get("/admin/").status_code == 200


def guess_from_everywhere():
    """As often as strangers may, from several networks."""
    for network in range(guesses.OF_STRANGERS.hits // guesses.AT_A_NAME.hits):
        for _ in range(guesses.AT_A_NAME.hits):
            assert guess(f"198.51.100.{network}") == 400


def test_others_keep_her_out_of_no_network_that_is_hers(nurse):
    sign_in(nurse, HERS)
    guess_from_everywhere()
    assert guess("198.51.100.77") == 429
    assert give_password(HERS) == 302
    assert give_password(NEW) == 429, "from elsewhere she waits with the strangers"


def test_a_password_alone_makes_no_network_hers(nurse):
    assert give_password(HERS) == 302
    guess_from_everywhere()
    assert give_password(HERS) == 429


def test_one_network_uses_up_its_own_tries_only(nurse):
    for _ in range(3 * guesses.OF_STRANGERS.hits):
        guess("198.51.100.1")
    assert guess("198.51.100.1") == 429
    assert give_password(NEW) == 302


def test_where_she_has_signed_in_guessing_ends_too(nurse):
    sign_in(nurse, HERS)
    for _ in range(guesses.AT_A_NAME.hits):
        assert give_password(HERS, "wrong") == 200
    assert give_password(HERS) == 429


def test_a_right_password_begins_her_own_count_anew_and_not_that_of_others(nurse):
    sign_in(nurse, HERS)
    guess_from_everywhere()
    assert give_password(HERS) == 302
    assert guess("198.51.100.77") == 429
    for _ in range(guesses.AT_A_NAME.hits):
        assert give_password(HERS, "wrong") == 200


def test_nor_does_it_free_others_from_where_she_has_never_been(nurse):
    for _ in range(guesses.AT_A_NAME.hits):
        guess("198.51.100.1")
    assert give_password(NEW) == 302
    for address in ("198.51.100.2", "198.51.100.3"):
        for _ in range(guesses.AT_A_NAME.hits):
            assert guess(address) == 400
    assert guess("198.51.100.4") == 429


@pytest.mark.parametrize("name", [NAME, NAME.upper(), "nobody@example.org", "nu\0rse@example.org"])
def test_every_name_is_asked_by_the_same_statements(nurse, name, rf):
    request = rf.post("/", REMOTE_ADDR=HERS)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        guesses.spend(request, name)
    assert len(asked) == 6
