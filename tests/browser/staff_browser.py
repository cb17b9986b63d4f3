"""Staff in a browser. Signing in itself is typed in one test; all others begin with its session."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page

from tests import staff


def sign_in(page: Page, live_server, user: User, language: str = "en") -> None:
    """On the first page, as this member of staff, in a browser of this language."""
    client = Client()
    staff.sign_in(client, user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    page.set_extra_http_headers({"Accept-Language": language})
    page.goto(f"{live_server.url}/admin/")
