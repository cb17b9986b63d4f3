"""Her story in the web app, from the link to the end, in a real browser over the real API."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.api.models import PhoneSession
from hera.child_health.models import Child, DoseGiven, Pregnancy
from hera.events.models import NotificationEvent
from hera.health_center.models import HealthCenter
from hera.health_center.services import set_center
from hera.surveys.models import Survey
from hera.user_profile import services as profiles
from hera.user_profile.models import UserProfile
from tests.browser.looking import picture
from tests.browser.mothers_phone import (
    NUMBER,
    add_child,
    can_be_used,
    go,
    is_sent,
    phone_of,
    sign_in,
    tap,
    tell_who_she_is,
    today,
    word,
)
from tests.phone import latest_code

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def reload(page):
    page.reload()
    page.wait_for_selector("nav")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("language", ["tr", "ar"])
def test_from_the_link_to_signing_out(browser, live_server, programme, language):
    with phone_of(browser, language, accept_downloads=True) as page:
        she_comes_and_says_who_she_is(page, live_server.url, language)
        she_tells_of_her_child_and_pregnancy(page)
        she_sees_what_is_next_and_where(page, language)
        she_tells_of_a_dose_and_takes_it_back(page, language)
        she_answers_and_reads(page, language)
        she_changes_how_she_is_reached(page, language)
        it_ends_in_two_taps_and_can_be_had_again(page)
        she_hides_it(page)
        page.goto(f"{live_server.url}/app/#/settings")
        page.wait_for_selector("nav")
        with page.expect_navigation():  # the page comes anew once the server has been told, or cannot be
            page.get_by_role("button", name=word(page, "leave")).click()
        page.wait_for_selector("#number")
        assert kept_on(page) == ""
        assert not PhoneSession.objects.exists()


def she_comes_and_says_who_she_is(page, url, language):
    page.goto(url)
    can_be_used(page, f"app-front-{language}")
    page.click("a[href='/privacy/']")
    can_be_used(page, f"privacy-{language}")
    page.go_back()
    page.click("a[href='/app/']")
    page.wait_for_selector("#number")
    assert page.evaluate("document.documentElement.lang") == language
    can_be_used(page, f"app-sign-in-{language}")
    sign_in(page, url)
    page.wait_for_selector("[name=agreed]")
    can_be_used(page, f"app-about-{language}")
    tell_who_she_is(page)
    is_sent(page)
    profile = UserProfile.objects.get()
    assert (profile.language_code, profile.timezone, profile.name) == (language, "Europe/Istanbul", "أمل")


def she_tells_of_her_child_and_pregnancy(page):
    center = HealthCenter.objects.create(name="Fatih ASM", address="Kıztaşı 1", geolocation="41.0,28.9")
    set_center(UserProfile.objects.get().user, center)
    add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
    go(page, "#/pregnancy")
    page.select_option("#week", "12")
    page.click("form .button")
    page.wait_for_selector("a[href='#/pregnancy'] time")
    is_sent(page)
    assert Pregnancy.objects.get().declared_pregnancy_week == 12


def she_sees_what_is_next_and_where(page, language):
    page.locator(".visit:has-text('Leyla')").first.wait_for()
    page.get_by_text("Kıztaşı 1").first.wait_for()
    can_be_used(page, f"app-today-{language}")
    heard = page.locator("main").aria_snapshot()
    for part in ("heading", "article", "Leyla", word(page, "what_is_next"), word(page, "given_today")):
        assert part in heard


def days_given() -> set[dt.date]:
    return set(DoseGiven.objects.filter(retracted_at=None).values_list("date", flat=True))


def she_tells_of_a_dose_and_takes_it_back(page, language):
    page.locator(".visit:has-text('Leyla') .deeds > .button").first.click()
    is_sent(page)
    assert days_given() == {today()}
    go(page, f"#/child/{Child.objects.get().pk}")
    page.locator(".visit.done .ending button").first.click()
    assert days_given() == {today()}
    page.click(".visit.done .ending .button")
    page.wait_for_selector(".visit.done", state="detached")
    is_sent(page)
    assert days_given() == set()
    page.locator(".visit details summary").first.click()
    page.locator("[name=day]").first.fill((today() - dt.timedelta(days=3)).isoformat())
    page.locator(".visit details form .button").first.click()
    page.wait_for_selector(".visit.done")
    is_sent(page)
    assert days_given() == {today() - dt.timedelta(days=3)}
    can_be_used(page, f"app-child-{language}")
    page.click(".paper summary")
    page.emulate_media(media="print")
    picture(page, f"app-card-{language}")
    assert not page.locator("nav").is_visible()
    page.emulate_media(media="screen")


def she_answers_and_reads(page, language):
    call_command("generate_notifications", "--force-create-events")
    call_command("generate_surveys", "--force-create-surveys")
    waiting = Survey.objects.filter(response=None).count()
    go(page, "#/")
    page.reload()
    page.locator(".question .answer").first.click()
    is_sent(page)
    assert Survey.objects.filter(response=None).count() == waiting - 1
    page.click("a[href='#/messages']")
    page.wait_for_selector(".message.new")
    can_be_used(page, f"app-messages-{language}")
    tap(page, "mark_read")
    page.wait_for_selector(".message.new", state="detached")
    is_sent(page)
    assert not NotificationEvent.objects.filter(read_at=None).exists()


def she_changes_how_she_is_reached(page, language):
    page.click("a[href='#/settings']")
    can_be_used(page, f"app-settings-{language}")
    page.locator(".tick", has_text=word(page, "channel_sms")).locator("input").click()
    page.select_option("#zone", "Asia/Damascus")
    is_sent(page)
    profile = UserProfile.objects.get()
    assert profile.timezone == "Asia/Damascus"
    assert not profiles.channels_of(profile.user)["sms"]
    page.click("details:has(#new-number) summary")
    page.fill("#new-number", "+905321234568")
    page.locator("details:has(#new-number) .button").click()
    page.wait_for_selector("#new-code")
    page.fill("#new-code", latest_code())
    page.locator("details:has(#new-code) .button").click()
    page.get_by_text("+905321234568").wait_for()
    assert User.objects.filter(username="+905321234568").exists()
    with page.expect_download() as kept:
        tap(page, "copy_of_all")
    assert "Leyla" in kept.value.path().read_text()


def it_ends_in_two_taps_and_can_be_had_again(page):
    go(page, f"#/child/{Child.objects.get().pk}")
    tap(page, "end_child")
    assert Child.objects.get().ended_at is None
    page.click(".ending .button")
    page.wait_for_selector("a[href='#/child/new']")
    assert page.get_by_text("Leyla").count() == 0
    is_sent(page)
    assert Child.objects.get().ended_at is not None
    page.click(".note .button")
    page.locator(".person:has-text('Leyla')").wait_for()
    is_sent(page)
    assert Child.objects.get().ended_at is None
    go(page, "#/pregnancy")
    page.locator(".ending button").click()
    page.click(".ending .button")
    is_sent(page)
    assert Pregnancy.objects.get().ended_at is not None


def she_hides_it(page):
    """Another page stands there, and the browser's way back does not lead to hers."""
    before = page.evaluate("history.length")
    page.click(".hide")
    page.wait_for_url("**/app/tables/")
    assert page.evaluate("history.length") == before
    assert page.title() == "1 × 1"
    page.go_back()
    assert "/app/" not in page.url
    assert page.get_by_text("Leyla").count() == 0


def test_hiding_waits_for_no_network_and_the_title_of_the_table_leads_back(browser, live_server, programme):
    """An installed app has no address bar."""
    with phone_of(browser, "en", service_workers="block") as page:
        page.goto(f"{live_server.url}/app/")
        page.wait_for_selector("#number")
        assert page.evaluate("() => { document.querySelector('.hide').click(); return document.body.innerText; }") == ""
        page.wait_for_url("**/app/tables/")
        page.click("h1 a")
        page.wait_for_selector("#number")


def kept_on(page) -> str:
    """Whatever the browser keeps of anybody: databases and caches, as text."""
    return page.evaluate(
        """async () => {
            const answer = asked => new Promise(done => { asked.onsuccess = () => done(asked.result); });
            const found = [localStorage, sessionStorage].flatMap(Object.keys).concat(document.cookie || []);
            for (const { name, version } of await indexedDB.databases()) {
                const database = await answer(indexedDB.open(name, version));
                for (const store of database.objectStoreNames) {
                    const rows = await answer(database.transaction(store).objectStore(store).getAll());
                    found.push(...rows.map(row => JSON.stringify(row)));
                }
                database.close();
            }
            for (const name of await caches.keys())
                for (const request of await (await caches.open(name)).keys())
                    if (!request.url.includes("/app/")) found.push(request.url);
            return found.join("\\n");
        }"""
    )


def test_she_is_erased_and_the_next_person_on_this_phone_sees_nothing_of_hers(browser, live_server, programme):
    with phone_of(browser, "en", expects=(401,)) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page, "Amal")
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        # Signed out from elsewhere: nothing is shown, and whoever signs in next begins anew.
        PhoneSession.objects.all().delete()
        go(page, "#/settings")
        with page.expect_response(lambda answer: answer.status == 401):
            page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_selector("#number")
        assert page.get_by_text("Leyla").count() == 0
        page.fill("#number", "+905321234569")
        page.click("form .button")
        page.wait_for_selector("#code")
        page.fill("#code", latest_code())
        with page.expect_navigation():  # nothing that the page remembers is for her
            page.click("form .button")
        assert page.evaluate("location.hash") == ""
        tell_who_she_is(page, "Fatma")
        is_sent(page)
        assert page.get_by_text("Leyla").count() == 0
        assert not re.search("Leyla|Amal", kept_on(page))
        page.click("a[href='#/settings']")
        tap(page, "erase")
        page.wait_for_selector("#erase")
        page.fill("#erase", latest_code())
        page.locator("form:has(#erase) .button").click()
        page.get_by_text(word(page, "erased")).wait_for()
        page.wait_for_selector("#number")
        assert page.evaluate("location.href").endswith("/app/"), "the next one on this phone does not read it"
        assert kept_on(page) == ""
        assert [one.name for one in UserProfile.objects.all()] == ["Amal"]


def test_she_is_erased_also_where_the_answer_is_lost_on_the_way(browser, live_server, programme):
    with phone_of(browser, "en", expects=(401, 400)) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page, "Amal")
        is_sent(page)
        page.click("a[href='#/settings']")
        tap(page, "erase")
        page.wait_for_selector("#erase")

        def lost(route):
            if route.request.method != "DELETE":
                return route.fallback()
            route.fetch()
            return route.abort()

        page.context.route("**/users/me/", lost)
        page.fill("#erase", latest_code())
        page.locator("form:has(#erase) .button").click()
        page.get_by_text(word(page, "no_network")).wait_for()
        assert not UserProfile.objects.exists()
        with page.expect_navigation():
            page.evaluate("dispatchEvent(new Event('online'))")
        page.get_by_text(word(page, "erased")).wait_for()
        page.wait_for_selector("#number")
        assert kept_on(page) == ""


def test_the_code_can_be_typed_where_the_page_was_dropped_while_she_read_it(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        page.goto(f"{live_server.url}/app/")
        for wanted in ("+905321234560", NUMBER):
            page.fill("#number", wanted)
            page.click("form .button")
            page.wait_for_selector("#code")
            page.reload()
            page.wait_for_selector("#code")
            assert wanted in page.inner_text("form")
            if wanted != NUMBER:
                tap(page, "other_number")
                page.wait_for_selector("#number")
                page.reload()
                page.wait_for_selector("#number")
        page.fill("#code", latest_code())
        page.click("form .button")
        tell_who_she_is(page)
        page.click("a[href='#/settings']")
        tap(page, "change_number")
        page.fill("#new-number", "+905321234568")
        page.locator("details:has(#new-number) .button").click()
        page.wait_for_selector("#new-code")
        page.reload()
        page.fill("#new-code", latest_code())
        page.locator("details:has(#new-code) .button").click()
        page.get_by_text(word(page, "number_changed")).wait_for()
        page.get_by_text("+905321234568").wait_for()


def test_what_a_form_lacks_and_a_language_that_cannot_be_had_are_said_in_her_words(browser, live_server, db):
    """Her browser speaks another language than she."""
    with phone_of(browser, "en", service_workers="block") as page:
        page.goto(f"{live_server.url}/app/")
        page.wait_for_selector("#number")
        page.click(".languages [lang=tr]")
        page.wait_for_selector("html[lang=tr]")
        page.click("form .button")
        assert page.evaluate("document.getElementById('number').validationMessage") == word(page, "missing")
        page.fill("#number", NUMBER)
        assert page.evaluate("document.getElementById('number').validationMessage") == ""
        page.context.route("**/words/ps.js", lambda route: route.abort())
        page.click(".languages [lang=ps]")
        page.get_by_text(word(page, "no_network")).wait_for()
        assert page.evaluate("document.documentElement.lang") == "tr"
        page.context.unroute("**/words/ps.js")
        page.click(".languages [lang=ps]")
        page.wait_for_selector("html[lang=ps]")


def test_who_does_not_want_to_say_who_she_is_may_leave(browser, live_server, programme):
    """A sister on a shared phone: she reads whose number it is, in a language of hers, and the next one begins anew."""
    with phone_of(browser, "en") as page:
        sign_in(page, live_server.url)
        page.wait_for_selector("#born")
        assert NUMBER in page.inner_text("main")
        page.click(".languages [lang=tr]")
        page.wait_for_selector("html[lang=tr] #born")
        with page.expect_navigation():
            page.get_by_role("button", name=word(page, "leave")).click()
        page.wait_for_selector("#number")
        assert kept_on(page) == ""
        assert not PhoneSession.objects.exists()


@pytest.mark.parametrize("language", ["en", "ps", "prs"])
def test_every_screen_can_be_used_in_the_other_languages(browser, live_server, programme, language):
    with phone_of(browser, language) as page:
        page.goto(f"{live_server.url}/privacy/")
        can_be_used(page, f"privacy-{language}")
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        page.locator(".visit").first.wait_for()
        for name in ("", f"child/{Child.objects.get().pk}", "child/new", "pregnancy", "messages", "settings", "about"):
            go(page, f"#/{name}")
            page.locator("h1").wait_for()
            can_be_used(page, f"app-{name.split('/')[0] or 'today'}-{language}")
