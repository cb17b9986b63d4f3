"""What stays of a name or a number that staff typed to choose people: nothing, once it is sent or she is erased."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from hera.campaigns import services
from hera.core import clock
from hera.events.models import InstantNotification
from hera.people.filter import PeopleFilter
from hera.people.selectors import chosen
from hera.privacy.services import erase
from tests.families import make_type, make_user

State = InstantNotification.State
TYPED = {"name": "Amal Yilmaz", "number": "0532 123 45 67", "pregnant": "yes"}


@pytest.fixture
def kind(db):
    return make_type("news.clinic_moved", en=("News", "Open HERA", "The clinic has moved."))


@pytest.fixture
def amal(db):
    return make_user(number="+905321234567", name="Amal Yilmaz")


def message(kind, criteria, state=State.DRAFT):
    made = InstantNotification.objects.create(notification_type=kind, criteria=criteria)
    if state == State.SCHEDULED:
        made.send_at = clock.now() + dt.timedelta(days=1)
        services.confirm(made)
    return made


def kept_of(one):
    one.refresh_from_db()
    return json.dumps(one.criteria)


def is_clean(one):
    return not any(typed in kept_of(one) for typed in ("Amal", "Yilmaz", "0532", "4567", "yes"))


@pytest.mark.parametrize("end", ["sent", "stopped"])
def test_s10_once_it_is_done_only_the_fields_stay_that_were_asked(kind, amal, end, signed_in):
    made = message(kind, TYPED)
    services.confirm(made)
    if end == "sent":
        assert sum(services.send_due(clock.now())) == 0
    services.stop(made) if end == "stopped" else None
    assert is_clean(made)
    assert made.state == end
    assert set(services.asked_fields(made)) == set(TYPED)
    page = signed_in("programme admin").get(f"/admin/events/instantnotification/{made.pk}/change/")
    assert page.status_code == 200
    assert all(str(PeopleFilter.base_fields[name].label) in page.content.decode() for name in TYPED)


def test_s10_what_is_kept_of_a_filter_chooses_nobody_and_is_kept_once(kind, amal):
    made = message(kind, {})
    services.confirm(made)
    assert sum(services.send_due(clock.now())) == 1
    kept = kept_of(made)
    with pytest.raises(ValueError, match="cannot be read"):
        chosen(made.criteria)
    services.stop(made)
    assert kept_of(made) == kept


@pytest.mark.parametrize("field", ["name", "number"])
def test_s10_erasing_her_deletes_drafts_and_stops_what_waits_but_widens_nothing(kind, amal, field):
    make_user(number="+905329999999", name="Somebody Else")
    criteria = {field: TYPED[field], "pregnant": "yes"}
    drafted, waiting = message(kind, criteria), message(kind, criteria, State.SCHEDULED)
    other = message(kind, {"name": "Somebody", "number": "5329999999"}, State.SCHEDULED)
    of_many = message(kind, {"number": "+9053"}, State.SCHEDULED)
    everybody = message(kind, {}, State.SCHEDULED)
    erase(amal)
    assert not InstantNotification.objects.filter(pk=drafted.pk).exists()
    assert is_clean(waiting)
    assert (waiting.state, waiting.finished_at is not None) == (State.STOPPED, True)
    for untouched in (other, of_many, everybody):
        before = untouched.criteria
        untouched.refresh_from_db()
        assert (untouched.criteria, untouched.state) == (before, State.SCHEDULED)
    assert InstantNotification.objects.filter(criteria={"pregnant": "yes"}).count() == 0


def test_s10_erasing_takes_her_number_out_of_every_message(kind, amal):
    numbers = [amal.username, "+905329999999"]
    made = [
        InstantNotification.objects.create(notification_type=kind, phone_numbers=numbers, state=state)
        for state in State
    ]
    erase(amal)
    for one in made:
        one.refresh_from_db()
        assert one.phone_numbers == ["+905329999999"]


def test_s10_erasing_asks_about_all_messages_at_once(kind, amal, django_assert_max_num_queries):
    from hera.campaigns import forgetting

    for number in range(8):
        message(kind, {"name": f"Somebody {number}"})
    with django_assert_max_num_queries(9):
        forgetting.forget(amal)
