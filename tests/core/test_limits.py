from __future__ import annotations

import datetime as dt
import threading

import pytest
import time_machine
from django.db import connections
from django.test import RequestFactory

from hera.core.limits import Limit, LimitReached, client_address, delete_expired, spend

THREE = Limit("test", 3, dt.timedelta(minutes=1))


@pytest.mark.django_db
def test_the_period_begins_with_the_first_request():
    with time_machine.travel("2026-11-25T12:00:30Z", tick=False) as clock:
        for _ in range(3):
            spend(THREE, "a")
        spend(THREE, "b")
        clock.shift(59)
        with pytest.raises(LimitReached) as reached:
            spend(THREE, "a")
        assert reached.value.retry_after == 2
        clock.shift(1)
        spend(THREE, "a")
        clock.shift(61)
        assert delete_expired() == 2


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_all_counted():
    outcomes = []

    def run():
        try:
            spend(THREE, "a")
            outcomes.append(True)
        except LimitReached:
            outcomes.append(False)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(outcomes) == 3


def test_a_caller_cannot_choose_her_address():
    request = RequestFactory().get("/", headers={"x-forwarded-for": "1.2.3.4"}, REMOTE_ADDR="10.0.0.1")
    assert client_address(request) == "10.0.0.1"
