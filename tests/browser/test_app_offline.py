"""The web app without a network: it opens, says how old it is, keeps what she enters, and sends it once."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest

from hera.child_health import births
from hera.child_health.models import Child, DoseGiven
from hera.user_profile.models import UserProfile
from tests.browser.mothers_phone import (
    add_child,
    go,
    hold,
    is_sent,
    phone_of,
    sign_in,
    tap,
    tell_who_she_is,
    today,
    word,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

INSTALLED = "navigator.serviceWorker.ready.then(one => Boolean(one.active))"


@pytest.mark.parametrize("language", ["tr", "ar"])
def test_offline_and_back(browser, live_server, programme, language):
    with phone_of(browser, language) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        page.locator(".visit:has-text('Leyla')").first.wait_for()
        assert page.evaluate(INSTALLED)
        page.context.set_offline(True)
        page.reload()
        page.locator(".visit:has-text('Leyla')").first.wait_for()
        page.wait_for_selector(".note.offline")
        assert word(page, "offline") in page.inner_text(".note.offline")
        # She ticks, adds a child, and takes a tick back that was never sent.
        page.locator(".visit:has-text('Leyla') .deeds > .button").first.click()
        page.wait_for_selector(".note:has-text('1'), .note:has-text('١')")
        add_child(page, "Ayşe", today() - dt.timedelta(days=2))
        assert not DoseGiven.objects.exists()
        assert Child.objects.count() == 1
        page.reload()
        page.locator(".person:has-text('Ayşe')").wait_for()
        page.context.set_offline(False)
        is_sent(page)
        page.wait_for_selector(".note.offline", state="detached")
        assert Child.objects.filter(name="Ayşe").count() == 1
        assert DoseGiven.objects.filter(retracted_at=None, date=today()).exists()
        assert not [one for one in doses_given() if doses_given().count(one) > 1]
        page.locator(".visit:has-text('Ayşe')").first.wait_for()

        page.context.set_offline(True)
        go(page, f"#/child/{Child.objects.get(name='Leyla').pk}")
        before = doses_given()
        not_given(page)
        page.wait_for_selector(".visit.done", state="detached")
        page.locator(".visit .deeds > .button").first.click()
        page.wait_for_selector(".visit.done")
        not_given(page)
        page.wait_for_selector(".visit.done", state="detached")
        page.context.set_offline(False)
        is_sent(page)
        assert before
        assert doses_given() == []


def test_what_the_phone_has_does_not_come_again(browser, live_server, programme):
    lists = ["/users/me/", "/children/", "/pregnancies/", "/calendar_events/", "/notification_events/", "/vaccines/"]
    answers: dict[str, int] = {}
    with phone_of(browser, "tr") as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        page.on("response", lambda answer: answers.update({urlsplit(answer.url).path: answer.status}))
        for _ in range(2):
            answers.clear()
            page.reload()
            page.locator(".visit:has-text('Leyla')").first.wait_for()
            page.wait_for_load_state("networkidle")
        assert {path: answers[path] for path in lists} == dict.fromkeys(lists, 304)
        Child.objects.update(name="Lale")
        page.reload()
        page.locator(".visit:has-text('Lale')").first.wait_for()


def not_given(page) -> None:
    page.locator(".visit.done .ending button").first.click()
    page.click(".visit.done .ending .button")


def doses_given() -> list[tuple[int, int | None]]:
    return list(DoseGiven.objects.filter(retracted_at=None).values_list("child", "vaccine_dose"))


def test_what_the_server_refuses_is_told_and_set_aside(browser, live_server, programme):
    """The server's answer wins: the child was ended elsewhere long ago, and cannot be taken back."""
    with phone_of(browser, "tr", expects=(400,)) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        page.context.set_offline(True)
        for name in ("Ayşe", "Fatma"):
            add_child(page, name, today() - dt.timedelta(days=20))
        mother = UserProfile.objects.get().user
        for count in range(18):
            births.add_child(Child(user=mother, name=f"{count}", gender="MALE", date_of_birth=today()), None)
        # The 21st is refused, with the server's sentence; what she entered before is there.
        page.context.set_offline(False)
        page.wait_for_selector(".note.refused")
        assert Child.objects.filter(name="Ayşe").count() == 1
        assert Child.objects.filter(name="Fatma").count() == 0
        assert len(page.inner_text(".note.refused bdi")) > 10
        page.reload()
        page.wait_for_selector(".note.refused")
        page.click(".note.refused button")
        page.wait_for_selector(".note.refused", state="detached")
        page.reload()
        page.locator(".person:has-text('Ayşe')").wait_for()
        assert page.locator(".note.refused").count() == 0
        page.click("a[href='#/settings']")
        # What is not sent is not thrown away by one tap.
        page.context.set_offline(True)
        go(page, "#/about")
        page.fill("#name", "Emel")
        page.click("form .button")
        page.wait_for_selector("h1")
        go(page, "#/settings")
        page.get_by_role("button", name=word(page, "leave"), exact=True).click()
        page.get_by_text(word(page, "leave_unsent")).wait_for()
        page.context.set_offline(False)
        is_sent(page)
        assert UserProfile.objects.get().name == "Emel"
        tap(page, "today")


def test_a_busy_server_is_no_missing_network_and_what_is_new_is_shown(browser, live_server, programme):
    """What it cannot take now waits with all that comes after it, and is sent once."""
    with phone_of(browser, "en", expects=(503,)) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page, "Amal")
        is_sent(page)
        page.context.route(
            "**/children/", lambda route: route.fulfill(status=503) if is_write(route) else route.fallback()
        )
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        page.get_by_text(word(page, "busy")).wait_for()
        assert page.get_by_text(word(page, "offline")).count() == 0
        UserProfile.objects.update(name="Emel")
        page.click(".note.offline button")
        go(page, "#/settings")
        page.get_by_text("Emel").wait_for()
        assert not Child.objects.exists()
        page.context.unroute("**/children/")
        page.click(".note.offline button")
        is_sent(page)
        page.wait_for_selector(".note.offline", state="detached")
        assert Child.objects.count() == 1


def is_write(route) -> bool:
    return route.request.method == "POST"


def test_a_correction_leaves_what_staff_corrected_meanwhile(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page, "Amal")
        is_sent(page)
        page.wait_for_load_state("networkidle")
        go(page, "#/about")
        page.context.set_offline(True)
        UserProfile.objects.update(date_of_birth=dt.date(1990, 1, 2))
        page.fill("#name", "Emel")
        page.click("form .button")
        page.context.set_offline(False)
        is_sent(page)
        assert UserProfile.objects.values_list("name", "date_of_birth").get() == ("Emel", dt.date(1990, 1, 2))


MADE_OLD = """new Promise(done => {
    const asked = indexedDB.open("hera", 1);
    asked.onsuccess = () => {
        const change = asked.result.transaction("known", "readwrite");
        change.objectStore("known").put(new Date(Date.now() - 3 * 3600000).toISOString(), "asOf");
        change.oncomplete = () => { asked.result.close(); done(true); };
    };
})"""


def test_how_old_it_is_she_reads_before_the_network_has_answered(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page, "Amal")
        is_sent(page)
        page.wait_for_load_state("networkidle")
        page.evaluate(MADE_OLD)
        held = hold(page.context, "**/users/me/")
        page.reload()
        page.get_by_text("3 hours ago").wait_for()
        assert page.get_by_text(word(page, "offline")).count() == 0
        for one in held:
            one.continue_()
        page.get_by_text("3 hours ago").wait_for(state="detached")


@pytest.mark.parametrize("network", ["none", "of a server that does not answer"])
def test_who_signs_out_is_gone_at_once_and_the_sign_in_opens(browser, live_server, programme, network):
    with phone_of(browser, "en") as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page, "Amal")
        is_sent(page)
        assert page.evaluate(INSTALLED)
        page.reload()  # by the worker
        page.wait_for_selector("a[href='#/settings']")
        page.wait_for_load_state("networkidle")
        go(page, "#/settings")
        page.get_by_text("Amal").wait_for()
        if network == "none":
            page.context.set_offline(True)
        else:
            page.context.route("**/users/me/sessions/", lambda _route: None)
        with page.expect_navigation():
            page.get_by_role("button", name=word(page, "leave")).click()
            page.get_by_text("Amal").wait_for(state="detached", timeout=2000)
        page.wait_for_selector("#number")
        assert page.get_by_text("Amal").count() == 0
        assert page.evaluate(KEPT_IN_CACHES) == ["app"]


# The first folders of whatever a cache keeps.
KEPT_IN_CACHES = """caches.keys()
    .then(names => Promise.all(names.map(name => caches.open(name).then(one => one.keys()))))
    .then(found => [...new Set(found.flat().map(one => new URL(one.url).pathname.split("/")[1]))])"""
TOKEN_OF_ANOTHER = """new Promise(done => {
    const asked = indexedDB.open("hera", 1);
    asked.onsuccess = () => {
        const change = asked.result.transaction("me", "readwrite");
        change.objectStore("me").put("0".repeat(40), "token");
        change.oncomplete = () => { asked.result.close(); done(true); };
    };
})"""


def test_what_is_entered_in_a_window_that_another_person_has_overtaken_is_not_kept(browser, live_server, programme):
    """Whoever signs in in one window begins all others anew; one that has not heard of it keeps nothing."""
    with phone_of(browser, "en", expects=(401,)) as page:
        page.goto(f"{live_server.url}/app/")
        page.wait_for_selector("#number")
        other = page.context.new_page()
        other.goto(f"{live_server.url}/app/")
        other.wait_for_selector("#number")
        sign_in(page, live_server.url)
        other.wait_for_selector("#born")
        tell_who_she_is(page, "Amal")
        is_sent(page)
        other.evaluate(TOKEN_OF_ANOTHER)
        go(page, "#/child/new")
        page.fill("#child-name", "Leyla")
        page.fill("#child-born", today().isoformat())
        page.check("[name=gender][value=FEMALE]")
        with page.expect_navigation():
            page.click("form .button")
        page.wait_for_selector("#number")
        assert not Child.objects.exists()
