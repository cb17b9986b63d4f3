"""Signing in to the M&E dashboard: as the shipped one calls, and no further than the panel lets."""

from __future__ import annotations

import pytest

from hera.panel import roles
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db

DAYS = "?from=2026-11-01&to=2026-11-30"
PASSWORD = "a long enough password"


@pytest.fixture
def researcher():
    return make_staff(roles.RESEARCHER, "researcher@example.org", password=PASSWORD)


def test_the_dashboard_s_flow(client, researcher):
    """As the shipped one calls: a cookie, a form without a token, then figures without a slash."""
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    assert browser.get("/data_dashboard/csrf_generator/").status_code == 200
    form = {"username": "researcher@example.org", "password": PASSWORD}
    assert browser.post("/data_dashboard/login/", {**form, "password": "wrong"}).status_code == 400
    refused = browser.post("/data_dashboard/login/", form)
    assert refused.status_code == 403, "C8: it would look right, and every figure be refused"
    assert "http://testserver/admin/" in refused.json()["detail"]
    figures = browser.get(f"/data_dashboard/users{DAYS}")
    assert figures.status_code == 403
    assert "http://testserver/admin/" in figures.json()["detail"]
    sign_in(browser, researcher)
    assert browser.post("/data_dashboard/login/", form).status_code == 200
    assert browser.get(f"/data_dashboard/users{DAYS}").status_code == 200, "the second factor still counts"


def test_a_page_elsewhere_cannot_sign_in(client, researcher):
    form = {"username": "researcher@example.org", "password": PASSWORD}
    answer = client.post("/data_dashboard/login/", form, headers={"Origin": "https://evil.example.org"})
    assert answer.status_code == 403
    sign_in(client, researcher)
    assert client.post("/data_dashboard/login/", form, headers={"Origin": "http://testserver"}).status_code == 200


def test_c8_a_password_there_begins_no_session_and_changes_none(client, researcher):
    form = {"username": "researcher@example.org", "password": PASSWORD}
    assert client.post("/data_dashboard/login/", form).status_code == 403
    assert "sessionid" not in client.cookies
    other = make_staff(roles.OPERATOR, "operator@example.org")
    sign_in(client, other)
    assert client.post("/data_dashboard/login/", form).status_code == 403
    assert client.session["_auth_user_id"] == str(other.pk)


def test_guessing_there_counts_with_guessing_in_the_panel(client, researcher):
    for _ in range(10):
        client.post("/data_dashboard/login/", {"username": "researcher@example.org", "password": "wrong"})
    answer = client.post("/admin/login/", {"username": "researcher@example.org", "password": PASSWORD})
    assert answer.status_code == 429
