"""A mother's phone: a browser as wide as one, in her language, whose complaints fail the test."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, BrowserContext, Page, Route

from hera.core import clock
from tests.browser.looking import picture, serious
from tests.phone import latest_code

LOCALES = {"en": "en-GB", "tr": "tr-TR", "ar": "ar", "ps": "ps", "prs": "fa-AF"}
WIDTH = 390
ZONE = "Europe/Istanbul"
NUMBER = "+905321234567"
# What the server may have or not have: the app asks, and says nothing of it.
PERHAPS = ("/web_push/",)


def today() -> dt.date:
    """The date on her phone: for some hours of a day it is not that of the server."""
    return clock.today_in(ZoneInfo(ZONE))


@contextlib.contextmanager
def phone_of(browser: Browser, language: str, expects: tuple[int, ...] = (), **options: object) -> Iterator[Page]:
    """A page of a new phone. Whatever the browser complains of fails the test, but for the statuses that it expects
    and a network that is switched off."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": 844}, locale=LOCALES[language], timezone_id=ZONE, **options
    )
    with watched(context, expects) as page:
        yield page
    context.close()


@contextlib.contextmanager
def watched(context: BrowserContext, expects: tuple[int, ...] = ()) -> Iterator[Page]:
    complaints: list[str] = []
    page = context.pages[0] if context.pages else context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text) if "Content Security" in said.text or "Trusted" in said.text else None
        ),
    )
    page.on(
        "response",
        lambda answer: (
            complaints.append(f"{answer.status} {answer.url}")
            if answer.status >= 400 and answer.status not in expects and not any(part in answer.url for part in PERHAPS)
            else None
        ),
    )
    yield page
    assert complaints == []


def word(page: Page, name: str) -> str:
    """What the app says, as it says it now."""
    return page.evaluate(
        """async name => {
            const module = document.querySelector("script[type=module]").src.replace(/app\\.js$/, "words.js");
            return (await import(module)).t(name);
        }""",
        name,
    )


def tap(page: Page, name: str, place: int = 0) -> None:
    page.get_by_text(word(page, name), exact=False).locator("visible=true").nth(place).click()


def sign_in(page: Page, url: str, number: str = NUMBER) -> None:
    """With her number and the code that comes by SMS."""
    if page.locator("#number").count() == 0:
        page.goto(f"{url}/app/")
    page.fill("#number", number)
    page.click("form .button")
    page.wait_for_selector("#code:focus")
    page.fill("#code", latest_code())
    page.click("form .button")
    page.wait_for_selector("#number, #code", state="detached")


def tell_who_she_is(page: Page, name: str = "أمل") -> None:
    page.wait_for_selector("#born")
    page.fill("#name", name)
    page.fill("#born", "1996-04-12")
    page.check("[name=agreed]")
    page.click("form .button")
    page.wait_for_selector("a[href='#/child/new']")


def go(page: Page, address: str) -> None:
    """By the app's own links, as a tap does."""
    page.evaluate(
        """address => {
            const link = document.createElement("a");
            link.href = address;
            document.body.append(link);
            link.click();
            link.remove();
        }""",
        address,
    )


def add_child(page: Page, name: str, born: dt.date) -> None:
    go(page, "#/child/new")
    page.fill("#child-name", name)
    page.fill("#child-born", born.isoformat())
    page.check("[name=gender][value=FEMALE]")
    page.click("form .button")
    page.wait_for_selector(f".person:has-text('{name}')")


def hold(context: BrowserContext, address: str) -> list[Route]:
    """The calls of this address, which are on their way until they are let go."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    context.route(address, keep)
    return held


def until(page: Page, expression: str) -> None:
    """Wait until this is true of the page, where a promise is waited for."""
    page.evaluate(
        """shown => new Promise((done, failed) => {
            const ends = Date.now() + 30000;
            const look = async () => {
                if (await EXPRESSION) done();
                else if (Date.now() > ends) failed(new Error(`never: ${shown}`));
                else setTimeout(look, 50);
            };
            look();
        })""".replace("EXPRESSION", f"({expression})"),
        expression,
    )


_IS_SENT = """(async () => {
    const answer = asked => new Promise((done, failed) => {
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => failed(asked.error);
    });
    const database = await answer(indexedDB.open("hera", 1));
    const count = await answer(database.transaction("outbox").objectStore("outbox").count());
    database.close();
    return count === 0;
})()"""


def is_sent(page: Page) -> None:
    """Wait until nothing waits to be sent."""
    until(page, _IS_SENT)


def can_be_used(page: Page, name: str) -> None:
    """The screen as it is: by axe, by a phone's width, with letters twice as large, and for who listens."""
    picture(page, name)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, name
    page.evaluate("document.documentElement.style.fontSize = '225%'")
    picture(page, f"{name}-large")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTH, f"{name} with large letters"
    page.evaluate("document.documentElement.style.fontSize = ''")
    heard = page.locator("body").aria_snapshot()
    assert re.search(r"^- main", heard, re.MULTILINE), name
    assert len(re.findall(r"- heading .*\[level=1\]", heard)) == 1, name
    assert re.findall(r"^ *- (?:button|checkbox|combobox|link|radio|textbox):?$", heard, re.MULTILINE) == [], name
    # Nothing that is tapped is without a name, or too small for a thumb.
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, summary")].filter(one => {
            if (!one.checkVisibility()) return false;
            const name = one.innerText || one.getAttribute("aria-label") || (one.labels && one.labels.length);
            return !name || (one.matches("button, nav a, .button, select") && one.getBoundingClientRect().height < 40);
        }).map(one => one.outerHTML)"""
    )
    assert unnamed == []
