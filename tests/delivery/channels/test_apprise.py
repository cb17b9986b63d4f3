"""Text messages through gateways that apprise speaks to."""

from __future__ import annotations

import datetime as dt
import http.server
import threading

import pytest
from django.conf import settings

from hera.config import ConfigError, Environment
from hera.core import clock
from hera.delivery import outbox
from hera.delivery.channels import registry
from hera.delivery.models import Attempt
from tests.delivery.sending import provider_settings, send


class gateway:
    """An SMS gateway that apprise's `json://` speaks to; it refuses numbers that are none."""

    def __enter__(self):
        taken = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(500 if "refused" in self.path else 200)
                self.end_headers()

            def log_message(self, *_args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return f"127.0.0.1:{self.server.server_address[1]}", taken

    def __exit__(self, *_exc):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.mark.django_db
def test_a_text_goes_through_whatever_gateway_its_address_names(onesignal, messagebird, monkeypatch):
    with gateway() as (address, taken):
        variables = provider_settings(onesignal, messagebird) | {
            "HERA_SMS_CHANNEL": "apprise",
            "HERA_APPRISE_SMS_URL": f"json://{address}/texts/{{to}}",
        }
        monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))
        outbox.enqueue_code(
            purpose="sign_in", to="+905321234567", text="12 34", expires_at=clock.now() + dt.timedelta(minutes=10)
        )
        assert send().state == "delivered"
        outbox.enqueue_code(
            purpose="sign_in", to="+1refused", text="12 34", expires_at=clock.now() + dt.timedelta(minutes=10)
        )
        assert send().state == "retrying"
    assert taken[0][0].replace("%2B", "+").endswith("/texts/+905321234567")
    assert b"12 34" in taken[0][1]
    assert Attempt.objects.first().channel_kind == "apprise"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "HERA_APPRISE_SMS_URL is not set: it wants an apprise address"),
        ("json://localhost/secret", "HERA_APPRISE_SMS_URL has no {to}: it wants {to}"),
        ("nothing://secret/{to}", "HERA_APPRISE_SMS_URL is no address that apprise knows"),
    ],
)
def test_a_wrong_address_stops_the_start_with_a_sentence_that_does_not_repeat_it(url, sentence):
    variables = {"HERA_SMS_CHANNEL": "apprise", "HERA_APPRISE_SMS_URL": url}
    with pytest.raises(ConfigError) as stopped:
        registry.load_settings(Environment(variables), is_local=True)
    assert sentence in str(stopped.value)
    assert "secret" not in str(stopped.value)
