"""Passkeys in a real browser, with an authenticator that Chromium plays (DevTools protocol, WebAuthn)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from hera.panel import roles
from hera.panel.models import AuditEntry, Passkey
from tests.browser.looking import PASSWORD, picture, serious
from tests.staff import enrolled, fresh_code, make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

NAME = "nurse@example.org"


@pytest.fixture
def key(page):
    """A security key in the browser's machine; whoever asks is let touch it. Gives its DevTools session and id."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def give_password(page, live_server):
    page.goto(f"{live_server.url}/admin/")
    page.fill("[name=username]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_selector("[name=code]")


def test_a_passkey_is_added_and_opens_the_panel(page, live_server, key):
    """Issue 15, 7: beside the authenticator app, under a policy without inline scripts."""
    devtools, authenticator = key
    device = enrolled(User.objects.create_superuser(NAME, password=PASSWORD))
    give_password(page, live_server)
    assert page.get_by_role("button", name="Use a passkey").count() == 0
    page.fill("[name=code]", fresh_code(device))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/admin/second_factor/mine/")
    page.get_by_label("A name for it").fill("My laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey was added.").wait_for()
    page.get_by_text("My laptop").first.wait_for()
    picture(page, "my-second-factor")
    assert serious(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    picture(page, "my-second-factor-390")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing hangs over the edge"
    page.set_viewport_size({"width": 1280, "height": 900})

    page.context.clear_cookies()
    give_password(page, live_server)
    picture(page, "second-factor-passkey")
    assert serious(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    used = Passkey.objects.get()
    assert used.sign_count > 0
    assert used.last_used_at
    assert AuditEntry.objects.filter(action="sign_in").count() == 2

    # Another key is not hers, and what does not answer says so.
    devtools.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
    page.context.clear_cookies()
    give_password(page, live_server)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('cancelled')); }")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_text("No passkey answered.").wait_for()

    # The app opens still, and the key is forgotten.
    device.refresh_from_db()
    device.throttle_reset()
    device.last_t = -1
    device.save()
    page.fill("[name=code]", fresh_code(device))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/admin/second_factor/mine/")
    page.get_by_role("button", name="Remove My laptop").click()
    page.get_by_text("The passkey was removed.").wait_for()
    assert not Passkey.objects.exists()


def test_a_passkey_s_answer_is_good_once_and_for_its_owner(page, live_server, key):
    """Issue 15, 7: what one browser said opens nothing a second time, nor for somebody else."""
    device = enrolled(User.objects.create_superuser(NAME, password=PASSWORD))
    give_password(page, live_server)
    page.fill("[name=code]", fresh_code(device))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/admin/second_factor/mine/")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("The passkey was added.").wait_for()
    page.context.clear_cookies()
    give_password(page, live_server)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    said = sent.value.post_data_json["credential"]
    page.context.clear_cookies()
    give_password(page, live_server)
    page.evaluate(
        "said => { const form = document.querySelector('form[data-passkey]');"
        " form.elements.credential.value = said; form.submit(); }",
        said,
    )
    page.get_by_text("This is not the code, or it was used already.").wait_for()


def test_a_second_administrator_helps(page, live_server):
    """N12, as it looks."""
    device = enrolled(User.objects.create_superuser(NAME, password=PASSWORD))
    colleague = make_staff(roles.CASE_WORKER, "amal@example.org", password=PASSWORD, first_name="Amal")
    enrolled(colleague)
    give_password(page, live_server)
    page.fill("[name=code]", fresh_code(device))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/admin/auth/user/{colleague.pk}/change/")
    picture(page, "account")
    assert serious(page) == []
    page.goto(f"{live_server.url}/admin/auth/user/{colleague.pk}/reset_second_factor/")
    picture(page, "reset-second-factor")
    assert serious(page) == []
    page.get_by_role("button", name="Reset the second factor").click()
    page.get_by_text("You reset the second factor of amal@example.org.").wait_for()
    picture(page, "reset-done")
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/admin/")
    page.fill("[name=username]", "amal@example.org")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.get_by_text("reset your second factor on").wait_for()
    picture(page, "enrol-after-reset")
    assert serious(page) == []
