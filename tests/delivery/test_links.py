"""Links in texts: short, naming nobody, for their owner, while they are of use, and counted when she opens one."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.conf import settings

from hera.api import sessions
from hera.config import Config, ConfigError, Environment
from hera.core import clock
from hera.delivery import fallbacks, links
from hera.delivery.channels import registry
from hera.delivery.models import Message
from hera.environment import settings_of
from hera.events import checks
from hera.events.models import LockScreen
from hera.texts import segments
from tests.delivery.sending import make_event, provider_settings, send
from tests.events.test_template_checks import page, panel  # noqa: F401  (a fixture)
from tests.families import make_type, make_user

pytestmark = pytest.mark.django_db
BASE = "https://hera.example.org"
TEXTS = {"push_title": "HERA", "push_body": "{{ link }}", "in_app_content": "-"}


@pytest.fixture(autouse=True)
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird) | {"HERA_MESSAGEBIRD_SIGNING_KEY": ""}
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


@pytest.fixture
def base(monkeypatch):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, public_url=BASE))


def with_link(language="en", body="Open {{ link }}"):
    return make_type(**{language: ("Reminder", body, "-")})


def opened(client, user, code):
    headers = {"Authorization": f"Token {sessions.begin(user)}"}
    return client.post(f"/links/{code}/opened/", content_type="application/json", headers=headers).status_code


class TestTheText:
    def test_a_text_has_it_bare_and_its_sms_is_one_segment(self, base, messagebird):
        kind = with_link("ar", "افتحي {{ link }} الآن")
        kind.fallback_channel, kind.fallback_after = "sms", 60
        kind.save()
        event = make_event(make_user(language="ar"), kind)
        send()
        with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
            fallbacks.enqueue()
            send()
        [sent] = messagebird.accepted
        assert f"افتحي {BASE}/l/{links.code_of(event.pk)}/ الآن" in sent["body"]
        assert segments.cut(sent["body"]).segments <= 2
        assert segments.cut(f"Reminder\nOpen {links.address_of(event.pk)}").segments == 1

    def test_a_push_has_it_too(self, base, onesignal):
        event = make_event(make_user(), with_link())
        send()
        assert onesignal.accepted[0]["contents"] == {"en": f"Open {links.address_of(event.pk)}"}

    def test_without_an_address_it_is_not_sent_and_says_why(self, onesignal):
        make_event(make_user(), with_link())
        message = send()
        assert (message.state, message.reason) == (
            "undeliverable",
            "its text has a link, and HERA_PUBLIC_URL is not set",
        )
        make_event(make_user(), make_type("another.reminder"))
        assert send().state == "delivered"

    def test_a_text_that_only_says_the_word_has_none(self):
        [template] = make_type(en=("A link", "missing link", "{{ link }}")).templates.all()
        assert not links.is_used([template])


class TestTheCode:
    def test_it_is_short_and_tells_no_order(self):
        codes = [links.code_of(number) for number in range(1, 200)]
        assert {len(code) for code in codes} == {12}
        assert len(set(codes)) == len(codes)
        assert len({code[6:] for code in codes}) > 190

    def test_a_former_secret_key_still_opens(self, settings):
        event = make_event(make_user())
        code = links.code_of(event.pk)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another secret key that is long enough"
        assert links.page_of(code) == f"/app/?l={code}#/notice/{event.pk}"
        settings.SECRET_KEY_FALLBACKS = []
        assert links.page_of(code) == "/app/"

    @pytest.mark.parametrize(
        "code", ["", "A", "A" * 12, "A" * 13, "_" * 12, "٣" * 12, "%00" * 4, "a" * 5000, "AAAA AAAAAAA"]
    )
    def test_what_is_no_code_is_none(self, code):
        assert links.page_of(code) == "/app/"


class TestWhereItLeads:
    def test_to_its_notification_without_a_trace(self, client):
        event = make_event(make_user())
        code = links.code_of(event.pk)
        answer = client.get(f"/l/{code}/")
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/app/?l={code}#/notice/{event.pk}"
        assert "no-store" in answer.headers["Cache-Control"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.content == b""

    def test_a_wrong_one_and_one_that_is_over_lead_to_the_first_page_alike(self, client):
        event = make_event(make_user(), ttl=-dt.timedelta(seconds=1))
        for code in (links.code_of(event.pk), links.code_of(event.pk + 1), "AAAAAAAAAAAA"):
            answer = client.get(f"/l/{code}/")
            assert (answer.status_code, answer.headers["Location"]) == (302, "/app/")

    def test_a_preview_counts_nothing(self, client):
        event = make_event(make_user())
        client.head(f"/l/{links.code_of(event.pk)}/")
        client.get(f"/l/{links.code_of(event.pk)}/")
        assert client.post(f"/l/{links.code_of(event.pk)}/").status_code == 405
        event.refresh_from_db()
        assert event.opened_at is None


class TestThatItWasOpened:
    def test_its_owner_tells_it_once(self, client):
        user = make_user()
        event = make_event(user)
        code = links.code_of(event.pk)
        assert opened(client, user, code) == 204
        event.refresh_from_db()
        first = event.opened_at
        assert first is not None
        assert event.read_at == first, "so that no text is paid for that tells it once more"
        assert opened(client, user, code) == 204
        event.refresh_from_db()
        assert event.opened_at == first

    def test_nobody_else_does(self, client):
        event = make_event(make_user())
        code = links.code_of(event.pk)
        assert opened(client, make_user(number="+905321234500"), code) == 404
        assert client.post(f"/links/{code}/opened/").status_code == 401
        event.refresh_from_db()
        assert event.opened_at is None

    def test_nor_a_code_that_is_none_or_over(self, client):
        user = make_user()
        event = make_event(user, ttl=-dt.timedelta(seconds=1))
        assert opened(client, user, links.code_of(event.pk)) == 404
        assert opened(client, user, "AAAAAAAAAAAA") == 404
        assert Message.objects.exists()


class TestWritingIt:
    def test_it_is_offered_and_fits_with_its_example(self, base):
        assert list(checks.errors_of(TEXTS, {}, LockScreen.DISCREET)) == []
        assert checks.examples_with_link("push_body", {})["link"].startswith(f"{BASE}/l/")
        assert "link" not in checks.examples_with_link("in_app_content", {})

    def test_in_the_app_there_is_none(self, base):
        texts = {"push_title": "HERA", "push_body": "-", "in_app_content": "{{ link }}"}
        [(field, problem)] = checks.errors_of(texts, {}, LockScreen.DISCREET)
        assert (field, problem.message) == ("in_app_content", "The variable link is not declared.")

    def test_without_an_address_the_setting_is_named(self):
        [(field, problem)] = checks.errors_of(TEXTS, {}, LockScreen.DISCREET)
        assert field == "push_body"
        assert "HERA_PUBLIC_URL" in problem.message

    def test_the_editor_offers_and_shows_it(self, panel, base):  # noqa: F811
        kind = make_type()
        address = f"/admin/events/notificationtype/{kind.pk}/change/"
        assert " link " in panel.get(address).content.decode().split('data-fields="')[1].split('"')[0] + " "
        shown = panel.post(
            "/admin/events/notificationtype/preview/", page(kind, **{"templates-0-push_body": "Open {{ link }}"})
        ).json()
        assert {"kind": "push_body", "text": f"Open {BASE}/l/AbCdEfGhIjKl/"} in shown["en"]


@pytest.mark.parametrize("value", ["hera.example.org", "http://hera.example.org", "https://hera.example.org/app", "x"])
def test_the_address_of_the_server_is_an_https_address(value):
    [row] = [row for name, row in settings_of(Config) if name == "public_url"]
    with pytest.raises(ConfigError, match="HERA_PUBLIC_URL is"):
        row.kind.read(Environment({"HERA_PUBLIC_URL": value}, is_local=False), "HERA_PUBLIC_URL")
    assert row.kind.read(Environment({"HERA_PUBLIC_URL": BASE + "/"}, is_local=False), "HERA_PUBLIC_URL") == BASE


@pytest.mark.parametrize(
    ("hosts", "address"),
    [
        ("a.example.org,b.example.org", "https://a.example.org"),
        ("*", ""),
        (".example.org", "https://example.org"),
        ("", ""),
    ],
)
def test_where_nothing_is_said_it_is_the_first_of_the_hosts(hosts, address):
    [row] = [row for name, row in settings_of(Config) if name == "public_url"]
    for is_local in (False, True):
        said = row.kind.read(Environment({"HERA_ALLOWED_HOSTS": hosts}, is_local=is_local), "HERA_PUBLIC_URL")
        assert said == ("" if is_local else address)
