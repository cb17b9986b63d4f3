"""N24: whoever opens /, nothing, or what she may not, reads why in her language and is led on; apps get JSON."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import get_language_bidi, override

from hera.config import LANGUAGES
from hera.panel import dead_ends, roles

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
APPS = [{}, {"Accept": "*/*"}, {"Accept": "application/json, text/plain, */*"}, {**BROWSER, "Authorization": "Token x"}]


def read(answer):
    return answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/nothing/", "/favicon.ico", "/admin/nothing/", "/admin/custom_user/customuser/999/"]
)
def test_an_unknown_address_leads_on(signed_in, address):
    answer = signed_in(roles.PROGRAMME_ADMIN).get(address, headers=BROWSER)
    assert answer.status_code == 404
    assert "There is no page at this address" in read(answer)
    assert 'href="/admin/"' in read(answer)


def test_what_a_role_may_not_open_says_whom_to_ask(signed_in):
    answer = signed_in(roles.CONTENT_EDITOR).get("/admin/figures/", headers=BROWSER)
    assert answer.status_code == 403
    assert "ask an administrator of your programme" in read(answer)


def test_what_is_opened_by_a_button_says_so_to_who_opens_its_address(signed_in):
    client, address = signed_in(roles.PROGRAMME_ADMIN), "/admin/custom_user/customuser/export/people/"
    answer = client.get(address, headers=BROWSER)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "Go back to the page that led here, and press its button." in read(answer)
    assert client.get(address).content == b"", "a program reads the status"


def test_a_form_of_an_ended_session_says_that_nothing_was_saved(db):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/admin/login/", {"username": "x", "password": "y"}, headers=BROWSER)
    assert answer.status_code == 403
    assert "Nothing was saved" in read(answer)


def test_an_error_of_ours_is_a_page_that_needs_nothing(rf, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = dead_ends.server_error(rf.get("/admin/", headers=BROWSER))
    assert answer.status_code == 500
    assert "try again later" in read(answer)


@pytest.mark.parametrize("headers", APPS, ids=str)
@pytest.mark.parametrize(("address", "status"), [("/", 404), ("/nothing/", 404), ("/admin/nothing/", 302)])
def test_apps_are_answered_as_before(client, headers, address, status):
    answer = client.get(address, headers=headers)
    assert answer.status_code == status
    if status == 404:
        assert answer.json() == {"detail": "Not found."}


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_it_speaks_the_reader_s_language_and_runs_nothing(client, language):
    answer = client.get("/nothing/", headers={**BROWSER, "Accept-Language": language})
    with override(language):
        assert f'lang="{language}" dir="{"rtl" if get_language_bidi() else "ltr"}"' in read(answer)
    assert "script" not in read(answer)
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
