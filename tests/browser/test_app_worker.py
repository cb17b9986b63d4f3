"""The life of the web app's service worker: first visit, update, broken update, cleared, a full phone, a push."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

from hera.child_health.models import Child
from hera.user_profile.models import UserProfile
from hera.web import files
from tests.browser.mothers_phone import (
    NUMBER,
    add_child,
    go,
    is_sent,
    phone_of,
    sign_in,
    tell_who_she_is,
    today,
    until,
    word,
)
from tests.phone import latest_code

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

READY = """navigator.serviceWorker.ready.then(one => new Promise(done => {
    const look = () => one.active.state === "activated" ? done(true) : setTimeout(look, 50);
    look();
}))"""
CACHES = "caches.keys()"
# The browser's database has no room: said by it as it says so, since no disk here can be filled.
NO_ROOM = """() => {
    const { prototype } = IDBObjectStore;
    prototype.add = prototype.put = () => { throw new DOMException("no room", "QuotaExceededError"); };
}"""
MOST_REQUESTS, MOST_BYTES = 30, 68_000  # of the page at a first visit
# Waits until an update was installed, or has failed; tells which.
UPDATE = """async () => {
    const worker = await navigator.serviceWorker.ready;
    const found = new Promise(done => worker.addEventListener("updatefound", () => {
        const one = worker.installing;
        one.addEventListener("statechange", () => { if (one.state !== "installing") done(one.state); });
    }));
    await worker.update().catch(() => {});
    return await found;
}"""


@pytest.fixture
def release(monkeypatch, tmp_path):
    """A later version of the app, served from now on."""

    def changed(text: str, *, missing: str = "") -> str:
        folder = tmp_path / text
        shutil.copytree(files.FOLDER, folder)
        (folder / "styles.css").write_text((folder / "styles.css").read_text() + f"\n.{text} {{ margin: 0; }}\n")
        monkeypatch.setattr(files, "FOLDER", folder)
        files.app.cache_clear()
        files.worker.cache_clear()
        if missing:
            served = files.worker().plain.replace(b"const KEPT = [", f'const KEPT = ["{missing}", '.encode(), 1)
            monkeypatch.setattr(files, "worker", lambda: files.sent("text/javascript", served))
        return files.app().version

    yield changed
    monkeypatch.undo()
    files.app.cache_clear()
    files.worker.cache_clear()


def test_a_visit_asks_for_little_and_the_next_one_for_nothing(browser, live_server, db):
    """Each file is fetched once at the first visit, by the page or its worker; `make bench ARGS=app` has the times."""
    with phone_of(browser, "ar") as page:
        sizes: list[int] = []
        devtools = page.context.new_cdp_session(page)
        devtools.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
        devtools.send("Network.enable")
        page.goto(f"{live_server.url}/app/")
        page.wait_for_selector("#number")
        assert page.evaluate(READY)
        over_the_wire = [size for size in sizes if size]
        assert len(over_the_wire) <= MOST_REQUESTS
        assert sum(over_the_wire) <= MOST_BYTES
        sizes.clear()
        page.reload()
        page.wait_for_selector("#number")
        assert [size for size in sizes if size] == []


def test_first_visit_and_broken_update(browser, live_server, programme, release):
    first = files.app().version
    with phone_of(browser, "tr", expects=(404,)) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        is_sent(page)
        assert page.evaluate(READY)
        assert page.evaluate(CACHES) == [f"hera-{first}"]

        # An update that lacks a file is not installed: the version of before goes on, also offline.
        assert release("broken", missing="/app/nothing.js") != first
        assert page.evaluate(UPDATE) == "redundant"
        assert page.evaluate(CACHES) == [f"hera-{first}"]
        page.context.set_offline(True)
        page.reload()
        page.wait_for_selector("a[href='#/child/new']")
        assert f"/app/{first}/" in page.content()


def test_an_update_comes_with_the_next_opening_and_loses_nothing_that_waits(browser, live_server, programme, release):
    first = files.app().version
    with phone_of(browser, "tr") as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        is_sent(page)
        assert page.evaluate(READY)
        page.context.route("**/children/", lambda route: route.abort())
        add_child(page, "Leyla", today() - dt.timedelta(days=3))
        second = release("second")
        assert page.evaluate(UPDATE) == "installed"
        assert sorted(page.evaluate(CACHES)) == sorted([f"hera-{first}", f"hera-{second}"])
        assert f"/app/{first}/" in page.content()
        page.goto("about:blank")
        page.goto(f"{live_server.url}/app/")
        page.locator(".person:has-text('Leyla')").wait_for()
        until(page, "caches.keys().then(names => names.length === 1)")
        page.reload()
        page.locator(".person:has-text('Leyla')").wait_for()
        assert f"/app/{second}/" in page.content()
        assert not Child.objects.exists()
        page.context.unroute("**/children/")
        page.evaluate("dispatchEvent(new Event('online'))")
        is_sent(page)
        assert Child.objects.count() == 1


def test_cleared_storage_fills_again_and_a_full_phone_is_told(browser, live_server, programme):
    with phone_of(browser, "tr") as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        is_sent(page)
        assert page.evaluate(READY)
        page.evaluate("caches.keys().then(names => Promise.all(names.map(name => caches.delete(name))))")
        page.reload()
        page.wait_for_selector("a[href='#/child/new']")
        until(page, "caches.keys().then(names => names.length === 1)")

        page.evaluate(NO_ROOM)
        page.evaluate("location.hash = '#/child/new'")
        page.fill("#child-name", "Leyla")
        page.fill("#child-born", today().isoformat())
        page.check("[name=gender][value=FEMALE]")
        page.click("form .button")
        page.get_by_text(word(page, "phone_full")).wait_for()
        assert not Child.objects.exists()
        assert page.input_value("#child-name") == "Leyla"
        # What the server has is shown all the same.
        UserProfile.objects.update(name="Emel")
        page.evaluate("dispatchEvent(new Event('online'))")
        page.get_by_text(word(page, "not_kept")).wait_for()
        go(page, "#/settings")
        page.get_by_text("Emel").wait_for()

        devtools = page.context.new_cdp_session(page)
        devtools.send("Storage.clearDataForOrigin", {"origin": live_server.url, "storageTypes": "all"})
        page.goto(f"{live_server.url}/app/")
        page.wait_for_selector("#number")


def test_a_phone_on_which_nothing_can_be_kept_says_what_to_do(browser, live_server, programme):
    with phone_of(browser, "tr") as page:
        page.goto(f"{live_server.url}/app/")
        page.wait_for_selector("#number")
        page.evaluate(NO_ROOM)
        page.fill("#number", NUMBER)
        page.click("form .button")
        page.wait_for_selector("#code")
        page.fill("#code", latest_code())
        page.click("form .button")
        page.get_by_text(word(page, "phone_full")).wait_for()
        page.wait_for_selector("#number")
        page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); };")
        page.reload()
        page.get_by_text(word(page, "keeps_nothing")).wait_for()


def test_a_push_shows_what_it_says_and_opens_its_page(browser, live_server, programme):
    with phone_of(browser, "tr", permissions=["notifications"]) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        assert page.evaluate(READY)
        devtools = page.context.new_cdp_session(page)
        found: list[str] = []
        devtools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda told: found.extend(one["registrationId"] for one in told["registrations"]),
        )
        devtools.send("ServiceWorker.enable")
        while not found:
            page.evaluate("1")  # events are heard meanwhile
        said = '{"title": "HERA", "body": "Open HERA", "tag": "a", "url": "/app/#/messages"}'
        devtools.send(
            "ServiceWorker.deliverPushMessage", {"origin": live_server.url, "registrationId": found[0], "data": said}
        )
        until(page, "navigator.serviceWorker.ready.then(one => one.getNotifications()).then(all => all.length === 1)")
        shown = page.evaluate(
            """navigator.serviceWorker.ready.then(one => one.getNotifications())
            .then(all => [all[0].title, all[0].body, all[0].tag, all[0].data.url])"""
        )
        assert shown == ["HERA", "Open HERA", "a", "/app/#/messages"]
