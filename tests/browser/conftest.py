"""A real browser. Debian's chromium, never a download; without one these tests say so, and in CI they fail."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.looking import FLAGS, PASSWORD
from tests.browser.staff_browser import sign_in

# Redoc's own mark, the one thing on our pages that lies elsewhere; without it the page shows none.
REDOC_LOGO = "https://cdn.redoc.ly/redoc/logo-mini.svg"
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")  # its event loop lives in this thread, where other tests run loops of their own
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("no chromium: .ci/run installs it")
        pytest.skip("no chromium on this machine: install Debian's package chromium to run the browser tests")
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Django takes Playwright's loop for asynchronous code
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a new visitor. Whatever the browser complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    # Nobody out there is called: maps are without tiles.
    context.route("https://tile.openstreetmap.org/**", lambda route: route.fulfill(status=200, body=b""))
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    # A page that turns out to be a file to keep is "aborted" for Chromium.
    opened.on(
        "requestfailed",
        lambda request: complaints.append(request.url) if request.failure != "net::ERR_ABORTED" else None,
    )
    opened.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 400 else None)
    yield opened
    context.close()
    assert [complaint for complaint in complaints if complaint != REDOC_LOGO] == []


@pytest.fixture
def staff(page, live_server, programme):
    """A page on which an administrator has signed in."""
    sign_in(page, live_server, User.objects.create_superuser("nurse@example.org", password=PASSWORD))
    return page
