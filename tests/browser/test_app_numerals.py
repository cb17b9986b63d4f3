"""Every screen of the web app has the numerals of her language, and no others beside them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from hera.child_health import endings
from hera.child_health.models import Child, Pregnancy
from hera.child_health.packs import adopting, reading
from hera.core import clock
from hera.events.services import announce_due
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
from tests.families import make_schedule, make_type

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
FILE = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
OTHERS = {"tr": "[٠-٩۰-۹]", "ar": "[0-9۰-۹]", "ps": "[0-9٠-٩]", "prs": "[0-9٠-٩]"}
# What is read: not what is typed, nor numbers to call and addresses, which stay as they are.
READ = """() => {
    const found = [], walk = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest("[dir=ltr], .where")) found.push(walk.currentNode.data);
    return found;
}"""  # noqa: E501


def mixed(page, language: str) -> list[str]:
    """Texts with numerals of another language; a name such as PCV13 is one word."""
    texts = (re.sub(r"\+\d[\d ]+", "", text) for text in page.evaluate(READ))
    words = ((text, one) for text in texts for one in text.split() if not re.search("[A-Za-z]", one))
    return [text for text, one in words if re.search(OTHERS[language], one)]


@pytest.mark.parametrize("language", list(OTHERS))
def test_no_screen_mixes_numerals(browser, live_server, programme, language):
    adopting.adopt(reading.read(FILE))
    with phone_of(browser, language) as page:
        sign_in(page, live_server.url)
        tell_who_she_is(page)
        add_child(page, "Leyla", today() - dt.timedelta(days=500))
        go(page, "#/pregnancy")
        page.select_option("#week", "39")
        page.fill("#period", (today() - dt.timedelta(weeks=20)).isoformat())
        page.click("form .button")
        page.locator("form .refused").wait_for()
        assert mixed(page, language) == []
        page.fill("#period", "")
        page.click("form .button")
        page.wait_for_selector("a[href='#/pregnancy'] time")
        is_sent(page)
        page.reload()
        page.locator(".visit").first.wait_for()
        assert mixed(page, language) == []
        can_be_used(page, f"app-numerals-today-{language}")
        child = Child.objects.get()
        for address in ("#/settings", "#/pregnancy", "#/about", f"#/child/{child.pk}"):
            go(page, address)
            page.wait_for_selector("h1")
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert mixed(page, language) == [], address
        can_be_used(page, f"app-numerals-child-{language}")
        text = f"{today()}: 3 PCV13, +90 532 111 22 33"
        make_schedule(make_type("after.birth", **{language: ("2", text, text)}), "postnatal_checkup")
        newborn = endings.Newborn("Musa", "MALE", today() - dt.timedelta(days=1))
        pregnancy = Pregnancy.objects.select_related("user__profile").get()
        endings.end_pregnancy(pregnancy, "birth", endings.By(), date=None, newborns=[newborn])
        announce_due(clock.now(), regardless_of_time=True)
        after_birth = word(page, "postnatal_visit")
        go(page, "#/")
        page.reload()
        page.get_by_text(after_birth).first.wait_for()
        assert mixed(page, language) == []
        can_be_used(page, f"app-numerals-birth-{language}")
        page.locator("a", has_text="Musa").first.click()
        page.get_by_text(after_birth).first.wait_for()
        assert mixed(page, language) == []
        go(page, "#/messages")
        page.locator(".message").first.wait_for()
        assert "PCV13" in page.locator("main").inner_text()
        assert mixed(page, language) == []
