"""What she tells of a visit's doses in the web app, in a real browser: which ones, and on which day; and her card."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health import doses
from hera.child_health.models import Child, DoseGiven
from hera.child_health.partial_dates import PartialDate
from tests.browser.looking import picture
from tests.browser.mothers_phone import (
    add_child,
    can_be_used,
    go,
    is_sent,
    phone_of,
    sign_in,
    tell_who_she_is,
    today,
    word,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def begins(page, url):
    sign_in(page, url)
    tell_who_she_is(page)
    add_child(page, "Leyla", today() - dt.timedelta(weeks=9))
    is_sent(page)
    child = Child.objects.get()
    go(page, f"#/child/{child.pk}")
    page.locator(".visit .deeds").first.wait_for()
    return child


def given(child) -> list[int]:
    rows = DoseGiven.objects.filter(child=child, retracted_at=None).order_by("vaccine_dose")
    return list(rows.values_list("vaccine_dose", flat=True))


@pytest.mark.parametrize("language", ["tr", "ar"])
def test_she_says_which_doses_of_a_visit_were_given(browser, live_server, programme, language):
    with phone_of(browser, language) as page:
        child = begins(page, live_server.url)
        visit = page.locator(".visit", has=page.locator("[name=dose]")).first
        boxes = visit.locator("[name=dose]")
        offered = [int(one.get_attribute("value")) for one in boxes.all()]
        assert len(offered) > 1
        assert all(one.is_checked() for one in boxes.all())
        can_be_used(page, f"app-which-doses-{language}")
        for one in boxes.all():
            one.uncheck()
        visit.locator(".deeds > .button").click()
        visit.locator(".refused").wait_for()
        assert given(child) == []
        boxes.nth(0).check()
        assert visit.locator(".refused").count() == 0
        visit.locator(".deeds > .button").click()
        is_sent(page)
        assert given(child) == offered[:1]
        visit.locator(".ending").wait_for()
        can_be_used(page, f"app-doses-in-part-{language}")
        visit.locator(".ending button").first.click()
        visit.locator(".ending .button").click()
        is_sent(page)
        assert given(child) == []


def test_two_doses_of_one_vaccine_are_not_of_one_day(browser, live_server, programme):
    with phone_of(browser, "en") as page:
        child = begins(page, live_server.url)
        first, second = (page.locator(f".visit:has-text('dose {number}')").first for number in (1, 2))
        name = first.locator("h3 bdi").inner_text().replace("\u2068", "").split("\u2069")[0]
        assert name in second.locator("h3").inner_text()
        first.locator(".deeds > .button").click()
        is_sent(page)
        second.locator(".deeds > .button").click()
        said = second.locator(".refused")
        said.wait_for()
        assert f"{name}\u2069 twice on one day" in said.inner_text()
        can_be_used(page, "app-twice-on-a-day")
        assert len(given(child)) == 1
        second.locator("summary").click()
        second.locator("[name=day]").fill((today() - dt.timedelta(days=9)).isoformat())
        second.locator("details form .button").click()
        is_sent(page)
        assert len(given(child)) == 2


def test_the_card_says_who_wrote_what_and_asks_about_what_cannot_be(browser, live_server, programme):
    with phone_of(browser, "tr") as page:
        child = begins(page, live_server.url)
        day = dt.timedelta(days=1)
        born, today_ = child.date_of_birth, today()
        for dose, date, campaign in ((3, born, False), (4, born - 9 * day, False), (13, today_ - 3 * day, True)):
            doses.record(
                child,
                [doses.Entry(vaccine_dose_id=dose, date=PartialDate(date, DoseGiven.Precision.DAY), campaign=campaign)],
                DoseGiven.Source.CARD,
                today=today_,
            )
        page.reload()
        page.locator(".visit.done").first.wait_for()
        page.click(".paper summary")
        rows = [one.inner_text() for one in page.locator(".paper tbody tr").all()]
        assert "✓" in rows[0]
        assert "✓" not in rows[1]
        assert word(page, "card_asks") in rows[1]
        assert f"({word(page, 'campaign')})" in rows[-1]
        assert "✓" in rows[-1]
        assert page.locator(".paper p").inner_text() == f"{word(page, 'card_is_staffs')} {word(page, 'card_proof')}"
        can_be_used(page, "app-card-of-staff")
        page.locator(".visit:not(.done) .deeds > .button").first.click()
        is_sent(page)
        page.locator(".paper td:has-text('*')").first.wait_for()
        assert word(page, "card_is_mixed") in page.locator(".paper p").inner_text()
        picture(page, "app-card-mixed")
