"""The lists that phones ask for at their start: answered before the framework, and by it, to the letter alike."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from django.db import connection
from rest_framework.test import APIClient

from hera.api import own_lists, sessions
from hera.api.models import PhoneSession
from hera.child_health.models import PastVaccination
from hera.core import clock, prepared
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.surveys.services import ask_due
from hera.urls import OWN_LISTS
from tests.families import make_child, make_pregnancy, make_user, tick
from tests.own_lists import phone_of

WITHOUT_A_PACK_EMPTY = "/visits_after_birth/"
THE_LONG_WAY = "?no=parameter"  # a call with one passes on to the view
SAID = {"": {}, "tr": {"accept-language": "tr"}, "fa": {"accept-language": "fa-AF,en;q=0.5"}}


@pytest.fixture
def amal(programme):
    """Somebody with something on each of her lists."""
    today = clock.now().date()
    user = make_user(name="Amal\u2028", language="ar")
    first = tick(make_child(user, today - dt.timedelta(weeks=8), name="Leyla"), 1, 2)
    make_child(user, today - dt.timedelta(weeks=60), name="ليلى “x” </script>", gender="MALE")
    make_pregnancy(user, today - dt.timedelta(weeks=9), today)
    announce_due(clock.now(), regardless_of_time=True)
    ask_due(clock.now() + dt.timedelta(days=1), regardless_of_time=True)
    read = NotificationEvent.objects.order_by("pk").first()
    NotificationEvent.objects.filter(pk=read.pk).update(read_at=clock.now().replace(microsecond=120000))
    NotificationEvent.objects.update(created_at=clock.now().replace(microsecond=0))
    PastVaccination.objects.filter(child=first).update(is_shown=True)
    return user


def paths_of(user) -> list[str]:
    ids = {"/surveys/{id}/": user.surveys.first().pk, "/user_profiles/{id}/": user.pk}
    return [path.replace("{id}", str(ids.get(path))) for path in OWN_LISTS]


def _headers(answer) -> dict[str, str]:
    """All but the tag, which is of the address too."""
    return {name: value for name, value in answer.items() if name != "ETag"}


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer"])
def test_each_list_is_the_same_by_either_way(amal, scheme, said):
    phone = phone_of(amal, scheme, **SAID[said])
    for path in paths_of(amal):
        short, long = phone.get(path), phone.get(path + THE_LONG_WAY)
        assert short.status_code == long.status_code == 200, path
        assert short.content == long.content, path
        assert short.json() or path == WITHOUT_A_PACK_EMPTY, path
        assert _headers(short) == _headers(long), path
        assert not hasattr(short, "renderer_context"), "it did not enter the framework"
        assert hasattr(long.wsgi_request, "user"), "it did"


def test_each_takes_one_statement_which_the_connection_keeps(amal, django_assert_num_queries):
    phone = phone_of(amal)
    for path in paths_of(amal):
        phone.get(path)
        with django_assert_num_queries(1):
            phone.get(path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%api_phonesession%'")
        assert cursor.fetchone()[0] >= len(OWN_LISTS)


@pytest.mark.parametrize("key", ["x" * 40, "", "ü" * 40, "a\x00b", "a" * 400])
def test_a_token_that_is_none_is_told_to_sign_in(amal, key):
    for path in paths_of(amal):
        answer = APIClient(headers={"authorization": f"Bearer {key}"}).get(path)
        assert (answer.status_code, answer.json().keys()) == (401, {"detail"}), path
        assert answer.headers["WWW-Authenticate"] == "Token"
        if path != paths_of(amal)[list(OWN_LISTS).index("/surveys/{id}/")]:  # the first app stores a body of the others
            assert APIClient(headers={"authorization": f"Token {key}"}).get(path).content == b"", path
        assert APIClient().get(path).status_code == 401


def test_whoever_was_closed_or_signed_out_gets_nothing(amal):
    phone, page = phone_of(amal), APIClient(headers={"authorization": f"Token {sessions.begin_page(amal)}"})
    assert page.get("/children/").status_code == 200
    PhoneSession.objects.filter(agent=sessions.PAGE).update(created_at=clock.now() - sessions.PAGE_LIVES)
    assert page.get("/children/").status_code == 401
    type(amal).objects.update(is_active=False)
    assert phone.get("/children/").status_code == 401
    type(amal).objects.update(is_active=True)
    assert phone.get("/children/").status_code == 200
    sessions.end_all(amal)
    assert phone.get("/children/").status_code == 401


def test_nobody_reads_what_is_another_s(amal):
    other = phone_of(make_user(number="+905321234568"))
    for path in paths_of(amal):
        if path.split("/")[-2].isdigit():
            assert other.get(path).status_code == 404, path
    assert other.get("/children/").json() == []


@pytest.mark.parametrize("digits", [18, 19, 20, 4_301, 10_000])
def test_a_number_too_large_for_an_id_is_nobody_s(amal, digits):
    assert phone_of(amal).get(f"/surveys/{'9' * digits}/").status_code == 404


def test_the_first_call_of_a_day_is_noted(amal):
    phone = phone_of(amal)
    PhoneSession.objects.update(last_used_at=clock.now() - dt.timedelta(days=3))
    assert len(phone.get("/children/").json()) == 2
    assert PhoneSession.objects.get().last_used_at > clock.now() - dt.timedelta(hours=1)


def test_what_is_news_to_an_app_is_news_once(amal, django_assert_num_queries):
    PastVaccination.objects.update(is_shown=False)
    phone = phone_of(amal)
    phone.get("/children/")
    assert not PastVaccination.objects.filter(is_shown=False).exists()
    with django_assert_num_queries(1):
        phone.get("/children/")


def test_an_error_of_ours_has_no_body_for_the_first_app(amal, monkeypatch):
    def fails(*_args):
        raise RuntimeError

    monkeypatch.setitem(OWN_LISTS, "/children/", own_lists.OwnList("1", fails))
    phone = phone_of(amal, "Token")
    phone.raise_request_exception = False
    answer = phone.get("/children/")
    assert (answer.status_code, answer.content) == (500, b"")
    later = phone_of(amal)
    later.raise_request_exception = False
    assert later.get("/children/").json()["detail"]


def test_a_host_that_is_none_of_ours_is_refused(amal):
    assert phone_of(amal).get("/children/", headers={"host": "elsewhere.example"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_put_once_more_where_the_server_went_away_meanwhile():
    assert prepared.row("SELECT pg_backend_pid()", {}) is not None
    other = connection.copy()
    with contextlib.closing(other), other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", prepared.row("SELECT pg_backend_pid()", {}))
    assert prepared.row("SELECT 7", {}) == (7,)


@pytest.mark.django_db(transaction=True)
def test_a_statement_is_prepared_anew_where_a_migration_changed_its_columns():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE changing (a int)")
        cursor.execute("INSERT INTO changing VALUES (1)")
        try:
            assert prepared.row("SELECT * FROM changing", {}) == (1,)
            cursor.execute("ALTER TABLE changing ADD b int DEFAULT 2")
            assert prepared.row("SELECT * FROM changing", {}) == (1, 2)
        finally:
            with connection.cursor() as again:
                again.execute("DROP TABLE changing")
