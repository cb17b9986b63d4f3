from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.test import RequestFactory

from hera.core.limits import (
    Limit,
    LimitReached,
    Steps,
    add,
    client_address,
    delete_expired,
    network_of,
    spend,
    spent,
    spent_by,
    step,
)
from tests.threads import at_once

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


def admitted_at_once(ask):
    """How many of twelve that ask at the same time are admitted."""

    def admitted(_place):
        try:
            ask()
        except LimitReached:
            return False
        return True

    return sum(at_once(12, admitted))


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_all_counted():
    assert admitted_at_once(lambda: spend(THREE, "a")) == 3


def test_a_caller_cannot_choose_her_address():
    request = RequestFactory().get("/", headers={"x-forwarded-for": "1.2.3.4"}, REMOTE_ADDR="10.0.0.1")
    assert client_address(request) == "10.0.0.1"


STEPS = Steps("steps", (dt.timedelta(0), *(dt.timedelta(minutes=m) for m in (1, 5, 15, 60))), dt.timedelta(days=1))


@pytest.mark.django_db
def test_s8_waits_grow_in_steps_and_never_to_a_day():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        step(STEPS, "a")
        for minutes in (0, 1, 5, 15, 60, 60, 60):
            for _asked_too_early in range(3 if minutes else 0):
                with pytest.raises(LimitReached) as reached:
                    step(STEPS, "a")
                assert reached.value.retry_after == minutes * 60 + 1
            clock.shift(minutes * 60)
            step(STEPS, "a")
        step(STEPS, "b")
        clock.shift(dt.timedelta(days=1))
        step(STEPS, "a")
        step(STEPS, "a")


@pytest.mark.django_db(transaction=True)
def test_s8_requests_at_once_take_one_step():
    assert admitted_at_once(lambda: step(STEPS, "a")) == 2


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [dt.timedelta(days=60), dt.timedelta(days=3650)])
def test_f11_no_limit_outlasts_its_period_whatever_is_stored(ahead):
    with time_machine.travel(dt.datetime(2026, 11, 25, tzinfo=dt.UTC) + ahead, tick=False):
        for _ in range(3):
            spend(THREE, "a")
        step(STEPS, "b")
        step(STEPS, "b")
    with time_machine.travel("2026-11-25T00:00:00Z", tick=False) as clock:
        with pytest.raises(LimitReached) as reached:
            spend(THREE, "a")
        assert reached.value.retry_after <= 61
        step(STEPS, "b")
        with pytest.raises(LimitReached) as reached:
            step(STEPS, "b")
        assert reached.value.retry_after <= 3601
        clock.shift(61)
        spend(THREE, "a")


@pytest.mark.django_db
def test_f11_what_is_counted_without_refusing_outlasts_its_period_as_little():
    with time_machine.travel("2027-01-25T00:00:00Z", tick=False):
        add(THREE, {"a": 3, "b": 3})
    with time_machine.travel("2026-11-25T00:00:00Z", tick=False) as clock:
        assert spent(THREE, "a") == 0
        assert spent_by(THREE, ["a", "b"]) == {}
        add(THREE, {"a": 2})
        clock.shift(59)
        add(THREE, {"a": 1})
        assert (spent(THREE, "a"), spent_by(THREE, ["a", "b"])) == (3, {"a": 3})
        clock.shift(2)
        assert spent(THREE, "a") == 0


@pytest.mark.django_db
def test_s8_a_step_does_not_depend_on_whose_clock_is_a_little_behind():
    with time_machine.travel("2026-11-25T12:00:00Z", tick=False) as clock:
        step(STEPS, "a")
        clock.shift(-0.5)
        step(STEPS, "a")
        clock.shift(0.5)
        with pytest.raises(LimitReached) as reached:
            step(STEPS, "a")
        assert reached.value.retry_after == 61, "from the later of the two"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5555", "192.0.2.7"),
        ("[2001:db8:1:2::1]:443", "2001:db8:1:2::/64"),
        ("[fe80::1%eth0]:443", "fe80::/64"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
        ("proxy:80", "proxy:80"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_s13_a_caller_is_a_network(address, network):
    assert network_of(address) == network


def test_s13_how_much_of_an_address_is_a_caller_is_a_setting(settings):
    settings.HERA = dataclasses.replace(settings.HERA, ipv6_prefix=56)
    assert network_of("2001:db8:1:2ff::1") == "2001:db8:1:200::/56"
