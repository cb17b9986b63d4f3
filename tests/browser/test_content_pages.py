"""A nurse searches and writes to one mother, an editor takes a text back: seen at both widths, in both directions."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from hera.events.models import InstantNotification, NotificationTemplate
from hera.panel import roles
from hera.texts import versions
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.test_trail import sign_in
from tests.families import make_type, make_user
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]
TEXTS = {
    "push_title": "Sizin için",
    "push_body": "HERA",
    "in_app_content": "Sayın {{ person_name }}, yarın bekliyoruz.",
}


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_a_mother_is_found_from_any_page_and_written_to(page, live_server, programme, language, width):
    zeynep = make_user(language=language, name="Zeynep", number="+905321234567")
    page.set_viewport_size({"width": width, "height": 844})

    def looks_well(name):
        picture(page, f"{name}-{language}")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    nurse = make_staff(roles.CASE_WORKER, "nurse@example.org", password=PASSWORD)
    sign_in(page, live_server, nurse, language)
    page.goto(f"{live_server.url}/admin/register/")
    looks_well("search-in-the-header")
    if width < 1024:
        page.locator(".find-link").click()
        page.wait_for_url("**/find/")
    box = page.locator("#find-anything")
    box.focus()
    page.keyboard.type("0532 123")
    page.keyboard.press("Enter")
    page.wait_for_url("**/find/?q=**")
    looks_well("search-found")
    page.locator(f"a[href$='customuser/{zeynep.pk}/change/']").click()
    looks_well("her-page")
    page.locator(f"a[href$='/write/{zeynep.pk}/']").click()
    for name, text in TEXTS.items():
        page.fill(f"[name={name}]", text)
    expect(page.locator(".preview .in_app_content")).to_have_text("Sayın Zeynep, yarın bekliyoruz.".replace(
        "Zeynep", "Zeynep" if language == "tr" else "\u2068Zeynep\u2069"
    ))  # fmt: skip
    looks_well("write-to-her-typed")
    page.locator("[name=deed][value=look]").click()
    page.wait_for_selector(".phone-card")
    looks_well("write-to-her-looked-at")
    page.locator("[name=deed][value=send]").click()
    page.wait_for_url(f"**/customuser/{zeynep.pk}/change/")
    looks_well("her-page-after-writing")
    assert InstantNotification.objects.get().phone_numbers == ["+905321234567"]


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_an_editor_takes_a_text_back_and_sees_messages_as_they_are_typed(page, live_server, language, width):
    kind = make_type("note.of_the_clinic", ar=("أخبار", "افتحي", "انتقلنا."), tr=("Haber", "Açın", "Taşındık."))
    texts = {row.language_code: {"in_app_content": row.in_app_content} for row in kind.templates.all()}
    versions.note(kind, texts, {**texts, language: {"in_app_content": "…"}}, "editor@example.org")
    page.set_viewport_size({"width": width, "height": 844})
    admin = make_staff(roles.PROGRAMME_ADMIN, "manager@example.org", password=PASSWORD)
    sign_in(page, live_server, admin, language)
    page.goto(f"{live_server.url}/admin/events/notificationtype/{kind.pk}/versions/")
    picture(page, f"versions-{language}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{live_server.url}/admin/events/instantnotification/add/")
    field = page.locator(f"[name=in_app_content_{language}]")
    page.locator("details", has=field).locator("summary").click()
    field.fill("{{ person_name }}!")
    expect(page.locator(f"[data-preview={language}] .in_app_content")).to_contain_text("Amal")
    picture(page, f"message-typed-{language}")
    assert serious(page) == []
    assert NotificationTemplate.objects.count() == 2
