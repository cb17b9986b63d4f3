"""S3: what a provider answers repeats numbers and texts; none of it is kept, whatever it answers."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.apps import apps
from django.db import connection

from hera.config import Environment
from hera.core import clock
from hera.delivery import outbox
from hera.delivery.channels import registry
from hera.devserver.loopback import Misbehaviour
from tests.delivery.sending import make_event, provider_settings, send
from tests.families import make_user

pytestmark = pytest.mark.django_db

NUMBER = "+905327654321"
QUOTED = json.dumps({"errors": [{"code": 9, "description": f"no recipient {NUMBER}"}], "to": NUMBER[1:]})
ANSWERS = [
    Misbehaviour(200, body=json.dumps({"errors": {"invalid_aliases": {"external_id": [NUMBER]}}})),
    Misbehaviour(200, body=json.dumps({"id": "", "errors": [f"{NUMBER} is not subscribed"]})),
    Misbehaviour(200, body=json.dumps({"errors": NUMBER})),
    *(Misbehaviour(status, body=QUOTED) for status in (400, 401, 402, 403, 404, 409, 413, 422, 429, 500, 503)),
    Misbehaviour(422, body=json.dumps({"errors": [{"code": NUMBER}]})),
    Misbehaviour(422, body=json.dumps({"errors": [{"code": int(NUMBER[1:])}]})),
    Misbehaviour(422, body=f"<html>{NUMBER}</html>"),
    Misbehaviour(drop_connection=True),
]


def texts_of_delivery() -> str:
    """Every row of delivery and of what waits at the provider, as text."""
    found = []
    with connection.cursor() as cursor:
        for model in (*apps.get_app_config("delivery").get_models(), apps.get_model("privacy.ProviderErasure")):
            cursor.execute(f"SELECT row::text FROM {model._meta.db_table} row")
            found += [text for (text,) in cursor.fetchall()]
    return "\n".join(found)


@pytest.fixture
def providers(settings, onesignal, messagebird):
    variables = provider_settings(onesignal, messagebird)
    settings.CHANNELS = registry.load_settings(Environment(variables), is_local=True)
    return onesignal, messagebird


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_a_push_keeps_no_number(providers, answer):
    providers[0].misbehave(answer)
    make_event(make_user(number=NUMBER))
    message = send()
    assert message.reason
    assert NUMBER[1:] not in texts_of_delivery()


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_a_code_keeps_no_number(providers, answer):
    providers[1].misbehave(answer)
    outbox.enqueue_code(purpose="sign_in", to=NUMBER, text="123456", expires_at=clock.now() + dt.timedelta(minutes=10))
    send()
    assert NUMBER[1:] not in texts_of_delivery()
