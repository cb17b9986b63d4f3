"""Receipts as providers send them: early, late, twice, against each other, and while the server dies."""

from __future__ import annotations

import contextlib
import hashlib
import json
import queue
import random
import threading
import time

import httpx
import jwt
import pytest

from hera.devserver.fakes import FakeMessageBird
from tests.delivery.sending import SIGNING_KEY
from tests.faults.conftest import kill_a_process_of

TEXTS = 300
COURIERS = 4
ENQUEUE = """
import datetime as dt
from django.db import transaction
from hera.core import clock
from hera.delivery import outbox
texts = {{f"+90532{{number:07d}}": "Open HERA" for number in range({count})}}
with transaction.atomic():
    outbox.enqueue_texts(purpose="inactivity", texts=texts, expires_at=clock.now() + dt.timedelta(hours=1))
"""
# What is told of one message, in this order, and how it ends.
STORIES = [
    (["delivered"], "delivered"),
    (["delivered", "delivered", "delivered"], "delivered"),
    (["buffered", "delivered"], "delivered"),
    (["delivery_failed"], "failed"),
    (["expired", "expired"], "failed"),
    (["delivered", "delivery_failed"], "delivered"),  # the first that comes counts
]


class TellingProvider(FakeMessageBird):
    """Accepts texts, and has couriers tell what became of them: some before the answer is out."""

    def __init__(self):
        super().__init__()
        self.dice = random.Random(4)
        self.ends: dict[str, str] = {}
        self.to_tell: queue.Queue[tuple[str, list[str]]] = queue.Queue()

    def _answer(self, body):
        answer = super()._answer(body)
        accepted_id = json.loads(answer.body)["id"]
        story, self.ends[accepted_id] = self.dice.choice(STORIES)
        self.to_tell.put((accepted_id, story))
        return answer


@pytest.fixture
def provider(country):
    with TellingProvider() as made:
        country.environment |= {
            "HERA_SMS_CHANNEL": "messagebird",
            "HERA_MESSAGEBIRD_API_KEY": "key",
            "HERA_MESSAGEBIRD_URL": made.url,
            "HERA_MESSAGEBIRD_SIGNING_KEY": SIGNING_KEY,
        }
        yield made


def _tell(client, address, message_id, status):
    """Tell until it is taken, as the provider does."""
    url = f"{address}/delivery/receipts/messagebird/?id={message_id}&status={status}&reference=x"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        now = int(time.time())
        claims = {
            "iss": "MessageBird",
            "nbf": now,
            "exp": now + 60,
            "url_hash": hashlib.sha256(url.encode()).hexdigest(),
        }
        headers = {"MessageBird-Signature-JWT": jwt.encode(claims, SIGNING_KEY, "HS256")}
        with contextlib.suppress(httpx.TransportError):
            if client.get(url, headers=headers).status_code == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(url)


def test_every_text_ends_as_its_receipts_say(country, provider, web):
    address, master = web
    country.manage("shell", "--no-imports", "-c", ENQUEUE.format(count=TEXTS))
    failures: list[BaseException] = []

    def courier():
        try:
            # One client each: making one reads all trusted certificates, while the fake waits for the interpreter.
            with httpx.Client(timeout=30) as client:
                while (told := provider.to_tell.get()) is not None:
                    message_id, story = told
                    for status in story:
                        _tell(client, address, message_id, status)
        except BaseException as problem:  # a thread's failure is the test's
            failures.append(problem)

    couriers = [threading.Thread(target=courier) for _ in range(COURIERS)]
    for one in couriers:
        one.start()
    with country.workers(2):
        provider.wait_for(TEXTS // 3, 60)
        kill_a_process_of(master)
        provider.wait_for(TEXTS, 120)
        country.wait_until_nothing_is_open(60)
    for _ in couriers:
        provider.to_tell.put(None)
    for one in couriers:
        one.join(120)
    assert failures == []
    # A text whose answer did not come within its time-out is sent again: this provider knows no idempotency key.
    unanswered = country.ask("SELECT error, count(*) FROM delivery_attempt WHERE outcome = 'to_retry' GROUP BY error")
    assert all(error.startswith(("no answer", "no whole answer")) for error, _ in unanswered), unanswered
    assert len(provider.accepted) <= TEXTS + sum(count for _, count in unanswered), "each was sent once"
    ended = dict(country.ask("SELECT provider_message_id, state FROM delivery_message"))
    assert len(ended) == TEXTS
    assert ended == {message_id: provider.ends[message_id] for message_id in ended}
    assert country.ask("SELECT count(*) FROM delivery_message WHERE state = 'failed' AND reason = ''") == [(0,)]
    assert country.ask("SELECT count(*) FROM delivery_message WHERE sealed_text IS NOT NULL") == [(0,)]
