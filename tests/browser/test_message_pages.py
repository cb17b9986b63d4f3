"""A manager writes to a segment: her own words, as a phone shows them, approved by a colleague, with its result."""

from __future__ import annotations

import dataclasses

import pytest

from hera.campaigns import own_texts, services
from hera.campaigns.models import Segment
from hera.core import clock
from hera.delivery.models import Message
from hera.events.models import InstantNotification
from hera.panel import roles
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.staff_browser import sign_in
from tests.families import make_schedule, make_type, make_user
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_a_message_to_a_segment(page, live_server, programme, settings, language, width):
    settings.HERA = dataclasses.replace(settings.HERA, message_approval_above=1)
    for number in range(3):
        make_user(language=language, name=f"Zeynep {number}")
    page.set_viewport_size({"width": width, "height": 844})

    def looks_well(name):
        picture(page, f"{name}-{language}")
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    writer = make_staff(roles.PROGRAMME_ADMIN, "manager@example.org", password=PASSWORD)
    sign_in(page, live_server, writer, language)
    page.goto(f"{live_server.url}/admin/campaigns/segment/add/")
    page.fill("[name=title]", "Readers")
    page.select_option("[name=language]", language)
    looks_well("segment-new")
    page.click("[name=_save]")
    page.wait_for_url("**/segment/")
    segment = Segment.objects.get()
    page.goto(f"{live_server.url}/admin/campaigns/segment/{segment.pk}/change/")
    looks_well("segment")
    page.locator(f"a[href$='segment={segment.pk}']").click()
    page.wait_for_url("**/add/?to=segment**")
    assert page.locator("[name=to][value=segment]").is_checked()
    looks_well("message-new")
    for text in ("push_title", "push_body", "in_app_content"):
        field = page.locator(f"[name={text}_{language}]")
        if not field.is_visible():
            page.locator("details", has=field).locator("summary").click()
        field.fill("Merhaba" if language == "tr" else "مرحبا")
    page.click("[name=_save]")
    page.wait_for_selector(".phone-card")
    looks_well("message-looked-at")
    page.click("[name=events_instantnotification_send]")
    page.wait_for_load_state("load")
    message = InstantNotification.objects.get()
    assert message.state == InstantNotification.State.APPROVAL
    looks_well("message-waits")
    colleague = make_staff(roles.PROGRAMME_ADMIN, "colleague@example.org")
    services.approve(message, colleague.pk, own_texts.version(message))
    assert sum(services.send_due(clock.now())) == 3
    Message.objects.update(state="failed", reason="no such phone")
    page.goto(f"{live_server.url}/admin/message_result/{message.pk}/")
    looks_well("message-result")
    assert page.get_by_text("Zeynep 1").count() == 1


@pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])
def test_the_fields_of_an_event_are_offered_as_they_are_typed(page, live_server, language, width):
    kind = make_type()
    make_schedule(kind)
    page.set_viewport_size({"width": width, "height": 844})
    editor = make_staff(roles.CONTENT_EDITOR, "editor@example.org", password=PASSWORD)
    sign_in(page, live_server, editor, language)
    page.goto(f"{live_server.url}/admin/events/notificationtype/{kind.pk}/change/")
    text = page.locator("textarea[name$=in_app_content]").first
    text.fill("")
    text.type("Dear {{ vac")
    offered = page.locator(".fields button")
    assert offered.all_inner_texts() == ["vaccine_names"]
    picture(page, f"fields-offered-{language}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    text.press("ArrowDown")
    page.keyboard.press("Enter")
    assert text.input_value() == "Dear {{ vaccine_names }}"
    assert offered.count() == 0
