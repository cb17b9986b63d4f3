"""The browser is killed while what she entered is on its way: nothing is lost, and nothing is there twice."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from hera.api import sessions
from hera.child_health.models import DoseGiven
from tests.browser.conftest import CHROMIUM
from tests.browser.looking import FLAGS
from tests.browser.mothers_phone import go, is_sent, today, until
from tests.families import make_child, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser"), pytest.mark.slow]

TIMES = 20
# Milliseconds from when the page says that it has it: the call has not left, is on its way, or is answered.
MOMENTS = [0, 5, 10, 20, 30, 40, 60, 80, 100, 120, 150, 180, 220, 260, 300, 350, 400, 500, 600, 800]


class Killable:
    """A browser of its own, with a profile that stays."""

    def __init__(self, playwright: Playwright, profile: Path) -> None:
        port = profile / "DevToolsActivePort"
        port.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                str(CHROMIUM), "--headless=new", *FLAGS, "--no-first-run",
                "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        ends = time.monotonic() + 60
        while not (port.exists() and port.read_text().count("\n")):
            assert time.monotonic() < ends, "the browser did not start"
            time.sleep(0.05)
        self.browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port.read_text().split()[0]}")
        self.page = self.browser.contexts[0].pages[0]

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.browser.close()


def test_killed_twenty_times_it_sends_each_entry_once(live_server, programme, tmp_path, monkeypatch):
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    mother = make_user(number="+905321234567", language="tr")
    # A child each time: of one child no vaccine is entered twice for a day.
    children = [
        make_child(mother, today() - dt.timedelta(weeks=60 + count), name=f"Leyla {count}") for count in range(TIMES)
    ]
    token = sessions.begin(mother)
    with sync_playwright() as playwright, contextlib.ExitStack() as at_the_end:
        phone = Killable(playwright, tmp_path)
        at_the_end.callback(phone.kill)
        phone.page.goto(f"{live_server.url}/app/")
        phone.page.wait_for_selector("#number")
        phone.page.evaluate(
            """([token, userId]) => new Promise(done => {
                const asked = indexedDB.open("hera", 1);
                asked.onsuccess = () => {
                    const rows = asked.result.transaction("me", "readwrite", { durability: "strict" });
                    rows.objectStore("me").put(token, "token");
                    rows.objectStore("me").put(userId, "userId");
                    rows.oncomplete = () => { asked.result.close(); done(); };
                };
            })""",
            [token, mother.pk],
        )
        for turn in range(TIMES):
            phone.page.goto(f"{live_server.url}/app/")
            child = children[turn]
            phone.page.wait_for_selector(f"a[href='#/child/{child.pk}']")
            is_sent(phone.page)
            go(phone.page, f"#/child/{child.pk}")
            button = phone.page.locator(".visit:not(.done) .deeds > .button").first
            done = phone.page.locator(".visit.done").count()
            button.click()
            until(phone.page, f"document.querySelectorAll('.visit.done').length === {done + 1}")
            time.sleep(MOMENTS[turn] / 1000)
            phone.kill()
            phone = Killable(playwright, tmp_path)
            at_the_end.callback(phone.kill)
        phone.page.goto(f"{live_server.url}/app/")
        phone.page.wait_for_selector("nav")
        is_sent(phone.page)
        shown = 0
        for child in children:
            go(phone.page, f"#/child/{child.pk}")
            shown += phone.page.locator(".visit.done").count()
        phone.kill()
    given = list(DoseGiven.objects.values_list("child", "vaccine_dose"))
    assert len(given) == len(set(given))
    assert shown == TIMES
