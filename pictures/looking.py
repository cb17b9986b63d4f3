"""What each picture is of, and the way there through the panel."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django_otp.oath import totp
from playwright.sync_api import Error, expect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

WIDE, PHONE = {"width": 1280, "height": 844}, {"width": 390, "height": 844}
TALLEST = 1400  # pixels: what is longer is cut
PASSWORD = "only for pictures, and thrown away"  # noqa: S105  (of an account that lives for a minute)
_TO_SEE = 15_000  # milliseconds


@dataclass
class Country:
    """Where the demo country is served, and how its administrator signs in; each code is good once."""

    here: str
    name: str
    password: str
    codes: list[str]


def take(browser: Browser, country: Country, folder: Path, wanted: list[str]) -> Iterator[tuple[str, str]]:
    """Take the pictures, one after the other; gives the name of each and what went wrong, blank if nothing did."""
    page = browser.new_page(viewport=WIDE, locale="en")
    page.set_default_timeout(_TO_SEE)
    sign_in(page, country)
    # The account of a researcher is made first: its second factor is a picture itself.
    for name, look in (*_OF_ADMINISTRATOR.items(), ("enrol-ar", _enrol), ("people-masked", _masked)):
        if wanted and name not in wanted and not (name == "enrol-ar" and "people-masked" in wanted):
            continue
        try:
            shown = look(page, country)
            _keep(shown, folder / f"{name}.png")
        except (Error, AssertionError) as problem:
            yield name, str(problem).splitlines()[0]
        else:
            yield name, ""


def sign_in(page: Page, country: Country) -> None:
    """Past the password and the second factor, by a recovery code."""
    page.goto(f"{country.here}/admin/")
    page.fill("[name=username]", country.name)
    page.fill("[name=password]", country.password)
    page.click("[type=submit]")
    page.fill("[name=code]", country.codes.pop(0))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{country.here}/admin/")


def _keep(page: Page, path: Path) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    width = page.viewport_size["width"] if page.viewport_size else WIDE["width"]
    height = min(int(page.evaluate("document.documentElement.scrollHeight")), TALLEST)
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})


def _at(address: str) -> Callable[[Page, Country], Page]:
    def look(page: Page, country: Country) -> Page:
        page.goto(f"{country.here}/admin/{address}")
        return page

    return look


def _person(page: Page, country: Country) -> Page:
    """A mother with children, of whom something is overdue."""
    page.goto(f"{country.here}/admin/custom_user/customuser/?overdue=yes&children_from=2")
    page.locator("tbody a[href$='/change/']").first.click()
    return page


def _texts(page: Page, country: Country) -> Page:
    page.goto(f"{country.here}/admin/events/notificationtype/?q=vaccination")
    page.locator("a[href*='/change/']").first.click()
    expect(page.locator(".preview .push_title").first).to_be_visible()
    return page


def _message(page: Page, country: Country) -> Page:
    """A message to a district of those who read two languages, looked at before it goes."""
    page.goto(f"{country.here}/admin/events/instantnotification/add/?to=filter&has_children=yes")
    for summary in page.locator("summary").all():
        summary.click()
    for name, text in _NEWS.items():
        page.fill(f"[name={name}]", text)
    page.locator("[name=_save]").first.click()
    expect(page.locator(".phone-card").first).to_be_visible()
    return page


def _import(page: Page, country: Country) -> Page:
    page.goto(f"{country.here}/admin/child_health/vaccine/import/")
    table = {"name": "vaccines.csv", "mimeType": "text/csv", "buffer": _VACCINES.encode()}
    page.set_input_files("[type=file]", files=[table])  # type: ignore[list-item]
    page.locator("form:has([type=file]) [type=submit]").first.click()
    page.wait_for_load_state()
    return page


def _enrol(page: Page, country: Country) -> Page:
    """A new colleague's first sign-in, in Arabic, on a phone."""
    page.goto(f"{country.here}/admin/auth/user/add/")
    page.fill("[name=username]", "leyla@example.org")
    page.fill("[name=email]", "leyla@example.org")
    page.get_by_label("researcher").check()
    page.locator("[name=_save]").first.click()
    link = re.search(r"/admin/set_up/[^\s\"<]+", page.content())
    if link is None:
        raise Error("the new account has no link")
    browser = page.context.browser
    assert browser is not None
    phone = browser.new_page(viewport=PHONE, locale="ar")
    phone.set_default_timeout(_TO_SEE)
    phone.goto(f"{country.here}{link[0]}")
    for field in phone.locator("[type=password]").all():
        field.fill(PASSWORD)
    phone.click("[type=submit]")
    phone.goto(f"{country.here}/admin/")
    phone.fill("[name=username]", "leyla@example.org")
    phone.fill("[name=password]", PASSWORD)
    phone.click("[type=submit]")
    expect(phone.locator("code[dir=ltr]").first).to_be_visible()
    return phone


def _masked(page: Page, country: Country) -> Page:
    """The list of people as that colleague sees it; her second factor is set up on the way."""
    browser = page.context.browser
    assert browser is not None
    phone = browser.contexts[-1].pages[0]
    key = phone.locator("code[dir=ltr]").first.inner_text().replace(" ", "")
    seed = base64.b32decode(key + "=" * (-len(key) % 8))
    phone.fill("[name=code]", str(totp(seed)).zfill(6))
    phone.locator("form:has([name=code]) button").first.click()
    phone.wait_for_load_state()
    desk = browser.new_context(viewport=WIDE, locale="en", storage_state=phone.context.storage_state()).new_page()
    desk.set_default_timeout(_TO_SEE)
    desk.goto(f"{country.here}/admin/custom_user/customuser/")
    return desk


_NEWS = {
    "push_title_en": "News of the health centre",
    "push_body_en": "Open HERA to read it.",
    "in_app_content_en": "Dear {{ person_name }}, on Friday the health centre is closed.",
    "push_title_tr": "Sağlık merkezinden haber",
    "push_body_tr": "Okumak için HERA'yı açın.",
    "in_app_content_tr": "Sayın {{ person_name }}, sağlık merkezi cuma günü kapalıdır.",
    "push_title_ar": "خبر من المركز الصحي",
    "push_body_ar": "افتحي هيرا لقراءته.",
    "in_app_content_ar": "عزيزتي {{ person_name }}، المركز الصحي مغلق يوم الجمعة.",
}
_VACCINES = """name,nickname,applicable_for_female,applicable_for_male,is_active,doses
Rotavirus,Rota,1,1,0,Dose 1 @ 8; Dose 2 @ 16
BCG,BCG,1,1,1,Dose 1 @ 9
"""
_OF_ADMINISTRATOR: dict[str, Callable[[Page, Country], Page]] = {
    "home": _at(""),
    "figures": _at("figures/"),
    "people-filtered": _at("custom_user/customuser/?has_children=yes&language=ar"),
    "person": _person,
    "texts-previewed": _texts,
    "staff-message-dry-run": _message,
    "import-preview": _import,
    "centres": _at("health_center/healthcenter/"),
}
