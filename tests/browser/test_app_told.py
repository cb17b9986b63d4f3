"""What she tells the web app: it counts from when she told it, changes what she means and no more, and is hers."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from hera.child_health import doses
from hera.child_health.models import Child, DoseGiven, Pregnancy
from hera.child_health.packs import adopting, reading
from hera.child_health.partial_dates import PartialDate
from hera.config import REPOSITORY
from tests.browser.mothers_phone import (
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

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

TWO_WEEKS = dt.timedelta(weeks=2)


def begins(page, url):
    sign_in(page, url)
    tell_who_she_is(page)
    is_sent(page)


def her_clock(page, ago: dt.timedelta) -> None:
    """Another day on her phone, at an hour at which it is the same date in her zone."""
    noon = dt.datetime.combine(today() - ago, dt.time(12), tzinfo=dt.UTC)
    page.clock.set_fixed_time(noon)


@pytest.mark.parametrize("language", ["tr", "ar"])
def test_a_week_told_without_a_network_counts_from_that_day(browser, live_server, programme, language):
    with phone_of(browser, language) as page:
        begins(page, live_server.url)
        go(page, "#/pregnancy")
        page.click("form .button")
        assert page.inner_text(".says span") == word(page, "week_or_day")
        assert page.evaluate("document.activeElement.id") == "week"
        can_be_used(page, f"app-week-or-day-{language}")
        assert not Pregnancy.objects.exists()
        page.context.set_offline(True)
        her_clock(page, TWO_WEEKS)
        page.select_option("#week", "12")
        page.click("form .button")
        page.wait_for_selector("a[href='#/pregnancy'].person:not(.add)")
        her_clock(page, dt.timedelta(0))
        go(page, "#/pregnancy")
        week = page.locator(".lead").first.inner_text()
        page.context.set_offline(False)
        is_sent(page)
        page.locator(".lead time").wait_for()
        told = Pregnancy.objects.get()
        assert told.declared_on == today() - TWO_WEEKS
        assert told.estimated_start_date == today() - TWO_WEEKS - dt.timedelta(weeks=12)
        assert page.locator(".lead").first.inner_text() == week
        assert {"tr": "14.", "ar": "١٤"}[language] in week
        can_be_used(page, f"app-pregnancy-{language}")


@pytest.mark.parametrize("language", ["tr", "ar"])
def test_a_week_and_a_day_that_contradict_each_other_are_said_and_nothing_is_lost(
    browser, live_server, programme, language
):
    day = (today() - dt.timedelta(weeks=8)).isoformat()
    with phone_of(browser, language) as page:
        begins(page, live_server.url)
        go(page, "#/pregnancy")
        page.select_option("#week", "30")
        page.fill("#period", day)
        page.click("form .button")
        said = page.locator("form .refused")
        said.wait_for()
        assert re.findall(r"\d+", said.inner_text()) == {"tr": ["30", "8"], "ar": ["٣٠", "٨"]}[language]
        assert (page.input_value("#week"), page.input_value("#period")) == ("30", day)
        can_be_used(page, f"app-week-and-day-{language}")
        assert not Pregnancy.objects.exists()
        page.select_option("#week", "")
        assert said.count() == 0
        page.click("form .button")
        page.wait_for_selector("a[href='#/pregnancy'].person:not(.add)")
        is_sent(page)
        assert str(Pregnancy.objects.get().declared_date_of_last_menstrual_period) == day


def test_a_correction_leaves_alone_what_others_have_told_meanwhile(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        begins(page, live_server.url)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        go(page, "#/pregnancy")
        page.select_option("#week", "12")
        page.click("form .button")
        page.wait_for_selector("a[href='#/pregnancy'] time")
        is_sent(page)
        child = Child.objects.get()
        page.context.set_offline(True)
        born = child.date_of_birth - dt.timedelta(days=3)
        Child.objects.update(date_of_birth=born)
        Pregnancy.objects.update(declared_number_of_prenatal_visits=4)
        go(page, f"#/child/{child.pk}")
        page.click("details:has(#child-name) summary")
        page.fill("#child-name", "Lale")
        page.click("details:has(#child-name) .button")
        page.locator("h1:has-text('Lale')").wait_for()
        go(page, "#/pregnancy")
        page.click("details:has(#week) summary")
        page.select_option("#week", "20")
        page.click("details:has(#week) form .button")
        page.wait_for_selector("a[href='#/child/new']")
        page.context.set_offline(False)
        is_sent(page)
        child.refresh_from_db()
        assert (child.name, child.date_of_birth) == ("Lale", born)
        told = Pregnancy.objects.get()
        assert (told.declared_pregnancy_week, told.declared_number_of_prenatal_visits) == (20, 4)


def test_a_baby_born_without_a_network_is_there(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        begins(page, live_server.url)
        go(page, "#/pregnancy")
        page.select_option("#week", "39")
        page.click("form .button")
        page.wait_for_selector("a[href='#/pregnancy'] time")
        is_sent(page)
        page.context.set_offline(True)
        go(page, "#/pregnancy")
        tap(page, "is_born")
        page.fill("#child-name", "Umut")
        assert page.get_attribute("#child-born", "max") == today().isoformat()
        page.fill("#child-born", today().isoformat())
        page.check("[name=gender][value=MALE]")
        page.click("details:has(#child-name) form .button")
        page.locator(".person:has-text('Umut')").click()
        page.locator("h1:has-text('Umut')").wait_for()
        page.get_by_text(word(page, "calendar_later")).wait_for()
        go(page, "#/")
        page.context.set_offline(False)
        is_sent(page)
        child = Child.objects.get()
        page.locator(f"a[href='#/child/{child.pk}']").wait_for()
        assert page.locator(".person:has-text('Umut')").count() == 1


def test_an_end_that_is_refused_offers_no_undo(browser, live_server, programme):
    with phone_of(browser, "en", expects=(400,)) as page:
        begins(page, live_server.url)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        page.route("**/end/", lambda route: route.fulfill(status=400, json={"detail": "This cannot be."}))
        go(page, f"#/child/{Child.objects.get().pk}")
        tap(page, "end_child")
        page.click(".ending .button")
        page.wait_for_selector(".note.refused")
        page.click("a[href='#/messages']")
        page.click(".note.refused button")
        page.click("nav a >> nth=0")
        page.locator(".person:has-text('Leyla')").wait_for()
        assert page.get_by_text(word(page, "ended")).count() == 0
        assert Child.objects.get().ended_at is None


def test_a_card_says_when_a_dose_was_given_and_the_health_centre_s_is_not_hers(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        begins(page, live_server.url)
        add_child(page, "Leyla", today() - dt.timedelta(weeks=8))
        is_sent(page)
        child = Child.objects.get()
        go(page, f"#/child/{child.pk}")
        given = today() - dt.timedelta(days=3)
        page.locator(".visit").first.wait_for()
        page.context.set_offline(True)
        page.locator(".visit details summary").first.click()
        page.locator("[name=day]").first.fill(given.isoformat())
        page.locator(".visit details form .button").first.click()
        day = page.locator(f".visit.done time[datetime='{given}']")
        day.wait_for()
        page.context.set_offline(False)
        is_sent(page)
        day.wait_for()
        page.locator(".visit.done .ending").wait_for()
        told = DoseGiven.objects.filter(retracted_at=None)
        [visit] = {one.date for one in told}
        assert visit == given
        # Staff read the same off her card.
        entries = [doses.Entry(vaccine_dose_id=one.vaccine_dose_id, date=PartialDate.read(f"{given}")) for one in told]
        doses.record(child, entries, DoseGiven.Source.CARD, today=today())
        page.reload()
        page.locator(".visit.done .ending").wait_for(state="detached")
        day.wait_for()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_what_a_pack_takes_as_given_has_no_tick_and_is_denied_in_two_taps(browser, live_server, programme, language):
    adopting.adopt(reading.read(REPOSITORY / "packs" / "TR-2025-04-14.yaml"))
    with phone_of(browser, language) as page:
        begins(page, live_server.url)
        add_child(page, "Leyla", today() - dt.timedelta(days=3))
        is_sent(page)
        go(page, f"#/child/{Child.objects.get().pk}")
        card = page.locator(".visit.assumed")
        card.first.wait_for()
        assert word(page, "is_assumed") in card.first.inner_text()
        assert not page.get_by_text("Dose 1", exact=True).count(), "a dose's name does not say of which vaccine it is"
        can_be_used(page, f"app-assumed-{language}")
        page.click(".paper summary")
        row = page.locator(".paper tbody tr").first.inner_text()
        assert word(page, "is_assumed") in row
        assert "✓" not in row
        [button] = card.locator("button").all()
        button.click()
        page.click(".visit.assumed .ending .button")
        is_sent(page)
        page.locator(".visit.assumed").wait_for(state="detached")
        told = Child.objects.get().doses_not_given
        assert set(told.values()) == {str(today())}
        assert page.locator(".visit.late, .visit.soon").count() > 1
        can_be_used(page, f"app-not-given-{language}")
