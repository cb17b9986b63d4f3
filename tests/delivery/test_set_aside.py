"""S4: what workers were lost with three times is set aside, told of, and put back by staff only."""

from __future__ import annotations

import datetime as dt

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from hera.core import clock
from hera.delivery import claims, outbox, reasons
from hera.delivery.models import Message, State
from hera.events.models import NotificationTemplate
from hera.panel import roles
from tests.delivery.sending import make_event, send
from tests.families import make_type, make_user
from tests.staff import make_staff, sign_in
from tests.texts.hostile import SLOW

pytestmark = pytest.mark.django_db
MESSAGES = "/admin/delivery/message/"


def lose_a_worker(message: Message) -> None:
    """A worker claims it and is never heard of again."""
    claims.claim([message.pk])
    Message.objects.filter(pk=message.pk).update(claimed_until=clock.now() - dt.timedelta(seconds=1))


@pytest.fixture
def aside():
    make_event(make_user())
    message = Message.objects.get()
    for _ in range(claims.MOST_LAPSES):
        lose_a_worker(message)
    claims.requeue_lost(dt.timedelta(0))
    message.refresh_from_db()
    return message


def test_after_three_lost_workers_it_is_set_aside_and_nobody_claims_it_again(aside):
    assert (aside.state, aside.reason, aside.claims_lapsed) == ("set_aside", claims.LOST_WITH_IT, 3)
    assert claims.claim([aside.pk])[0] == []
    assert claims.requeue_lost(dt.timedelta(0)) == 0
    assert send(whenever=True).state == "set_aside"


def test_twice_is_not_enough_and_a_worker_that_lives_begins_the_count_anew():
    make_event(make_user())
    message = Message.objects.get()
    for _ in range(2):
        lose_a_worker(message)
    assert claims.set_aside() == 0
    _, until = claims.claim([message.pk])
    claims.record([claims.Verdict(message.pk, State.RETRYING, "HTTP 500", clock.now())], until)
    message.refresh_from_db()
    assert (message.state, message.claims_lapsed) == ("retrying", 0)


def test_what_a_worker_was_lost_with_goes_among_fewer_each_time():
    kind = make_type()
    for _ in range(12):
        make_event(make_user(), kind)
    ids = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    tasks = [ids]
    for expected in ([ids[:10], ids[10:]], [[pk] for pk in ids]):
        for task in tasks:
            assert sorted(claims.claim(task)[0]) == task
        Message.objects.update(claimed_until=clock.now() - dt.timedelta(seconds=1))
        ProcrastinateJob.objects.all().delete()
        assert claims.requeue_lost(dt.timedelta(0)) == 12
        tasks = sorted(task["message_ids"] for task in ProcrastinateJob.objects.values_list("args", flat=True))
        assert tasks == expected


def test_a_task_from_before_leaves_what_goes_among_fewer_by_now():
    kind = make_type()
    for _ in range(12):
        make_event(make_user(), kind)
    ids = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    lost, put_back, *others = ids
    lose_a_worker(Message.objects.get(pk=lost))
    Message.objects.filter(pk=put_back).update(claims_lapsed=2)
    assert sorted(claims.claim(ids)[0]) == others
    assert claims.claim([lost, put_back])[0] == [lost]
    assert claims.claim([put_back])[0] == [put_back]


def test_whose_window_closes_meanwhile_is_expired_and_keeps_its_reason(aside):
    Message.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    assert claims.expire() == 1
    aside.refresh_from_db()
    assert (aside.state, aside.reason) == ("expired", claims.LOST_WITH_IT)


def test_a_code_that_is_set_aside_keeps_its_text_until_its_window_closes():
    ends = clock.now() + dt.timedelta(minutes=10)
    outbox.enqueue_code(purpose="sign_in", to="+905321234567", text="123456", expires_at=ends)
    message = Message.objects.get()
    for _ in range(3):
        lose_a_worker(message)
    claims.set_aside()
    assert Message.objects.get().sealed_text
    Message.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
    claims.expire()
    assert Message.objects.get().sealed_text is None


@pytest.mark.parametrize("role", [roles.OPERATOR, roles.PROGRAMME_ADMIN])
def test_staff_see_it_and_put_it_back(client, aside, role):
    user = make_staff(role, "staff@example.org")
    sign_in(client, user)
    assert (
        "Messages that are set aside, since workers were lost with them: 1. Look, and put them back."
        in client.get("/admin/").text
    )
    page = client.get(f"{MESSAGES}?state__exact=set_aside")
    assert reasons.said(claims.LOST_WITH_IT) in page.text
    chosen = {"action": "put_back", "_selected_action": [aside.pk]}
    assert "Put back into the queue: 1." in client.post(MESSAGES, chosen, follow=True).text
    assert "Left as they are" in client.post(MESSAGES, chosen, follow=True).text
    assert "Messages that are set aside" not in client.get("/admin/").text
    assert send().state == "delivered"


def test_a_text_that_is_stopped_is_undeliverable_and_staff_are_told(client, monkeypatch):
    kind = make_type()
    NotificationTemplate.objects.update(in_app_content=SLOW)
    make_event(make_user(), kind)
    message = send()
    assert (message.state, message.reason) == (
        "undeliverable",
        "the en template does not render: it takes too much time",
    )
    user = make_staff(roles.CONTENT_EDITOR, "editor@example.org")
    sign_in(client, user)
    told = f"because a text does not render: 1. Mend the texts of {kind.code}."
    assert told in client.get("/admin/").text
    Message.objects.update(state_at=clock.now() - dt.timedelta(hours=25))
    assert told not in client.get("/admin/").text
