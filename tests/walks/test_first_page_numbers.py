"""Each number of the first page leads to the list that it counts: the list has as many rows as the number says."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User

from hera.child_health.models import Pregnancy
from hera.child_health.plan import stored
from hera.core import clock, timezones
from hera.delivery import budget
from hera.delivery.models import Message, State
from hera.events.models import InstantNotification, NotificationEvent
from hera.figures import selectors
from hera.people.worklist import Kind
from tests.families import make_child, make_pregnancy, make_type, make_user
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

_ROWS = {
    "/admin/custom_user/customuser/": r"customuser/(\d+)/change/",
    "/admin/delivery/message/": r"delivery/message/(\d+)/change/",
    "/admin/worklist/": r'<details class="mt-2"()',
}
_NUMBER = r'<a (?:class="underline" )?href="([^"]+)">(?:<span class="block[^>]*>[^<]*</span> <span[^>]*>)?(\d+)<'


@pytest.fixture
def country(programme) -> None:
    """People, children and pregnancies of every kind that a number may count by mistake; messages likewise."""
    today = clock.today_in(timezones.default())
    several, pregnant, closed = make_user(), make_user(), make_user(active=False)
    make_user(zone=None)  # has no profile
    for born in (70, 40, 7):
        make_child(several, today - dt.timedelta(days=born))
        make_child(closed, today - dt.timedelta(days=born))
    moved = make_child(pregnant, today - dt.timedelta(days=50))
    moved.ended_at = clock.now()
    moved.save()
    for mother in (pregnant, closed):
        make_pregnancy(mother, today - dt.timedelta(weeks=20), today)
    make_pregnancy(several, today - dt.timedelta(weeks=43), today - dt.timedelta(weeks=10))
    ended = make_pregnancy(several, today - dt.timedelta(weeks=9), today)
    Pregnancy.objects.filter(pk=ended.pk).update(ended_at=clock.now())
    stored.catch_up()
    for days in (0, 3, 29, 31, 60):
        for number, state in enumerate((State.SENT, State.DELIVERED, State.FAILED, State.EXPIRED, State.QUEUED)):
            sent(several, state, clock.now() - dt.timedelta(days=days, minutes=number))


def sent(user: User, state: str, at: dt.datetime) -> None:
    kind = make_type(f"kind.{Message.objects.count()}")
    event = NotificationEvent.objects.create(
        user=user, notification_type=kind, event_key=f"{at}", notification_available_at=at, notification_expires_at=at,
    )  # fmt: skip
    message = Message.objects.create(
        event=event, purpose="notification", channel="sms", state=state, state_at=at, not_before=at, expires_at=at,
        enqueued_at=at, created_at=at, counted_on=at.date(),
    )  # fmt: skip
    if at.date() >= budget.first_of_month(budget.today()):
        budget.add({budget.Kind(at.date(), "notification", str(message.pk % 2)): budget.Amount(1, 1)})


def rows_of(client, link: str) -> int:
    page = client.get(link)
    assert page.status_code == 200, link
    pattern = _ROWS[link.partition("?")[0]]
    found = re.findall(pattern, page.content.decode().partition("<main")[2] or page.content.decode())
    return len(found) if "()" in pattern else len(set(found))


def test_each_number_is_that_of_the_rows_behind_it(client, country):
    sign_in(client, User.objects.create_superuser("root@example.org"))
    page = client.get("/admin/").content.decode().replace("&amp;", "&")
    numbers = re.findall(_NUMBER, page)
    lists = {link.partition("?")[0] for link, _number in numbers}
    assert lists == set(_ROWS)
    assert len(numbers) == 6 + len(Kind)
    assert {link: int(number) for link, number in numbers} == {link: rows_of(client, link) for link, _n in numbers}
    assert sum(int(number) > 0 for _link, number in numbers) >= 7


def test_what_staff_have_written_is_no_reminder(programme):
    now = clock.now()
    message = InstantNotification.objects.create(notification_type=make_type("by.staff"), phone_numbers=[])
    for instant in (None, message):
        NotificationEvent.objects.create(
            user=make_user(), notification_type=make_type(f"of.{instant}"), notification_available_at=now,
            notification_expires_at=now, instant_notification=instant, event_key=None if instant else "due",
        )  # fmt: skip
    today = clock.today_in(timezones.default())
    assert selectors.totals()["reminders_today"] == 1
    assert selectors.daily(today, today)["reminders"] == [1]
