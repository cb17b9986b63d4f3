"""The worklist: who is on it and why, in which order, and what noting a call does; as staff use it, over HTTP."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health import doses, endings
from hera.child_health.models import PregnancyOutcome, VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import stored
from hera.core import clock, timezones
from hera.delivery.models import Message
from hera.events.models import NotificationEvent
from hera.health_center.models import HealthCenter
from hera.health_center.services import set_center
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people import contacts, worklist
from hera.people.contacts import Outcome
from hera.people.models import Contact
from hera.people.worklist import Kind
from hera.user_profile import moved_records
from tests.families import make_child, make_pregnancy, make_type, make_user, make_vaccine
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/worklist/"
WEEK = dt.timedelta(weeks=1)


def today() -> dt.date:
    return clock.today_in(timezones.default())


@pytest.fixture
def worker(signed_in):
    return signed_in(roles.CASE_WORKER)


@pytest.fixture
def nurse(db):
    return make_staff(roles.CASE_WORKER, "nurse@example.org")


@pytest.fixture
def family():
    """A mother with a child of so many weeks and days; the programme asks for one dose at eight weeks."""
    make_vaccine(8, name="Hexa")

    def make(weeks: int, days: int = 0, **mother):
        person = make_user(**mother)
        make_child(person, today() - dt.timedelta(weeks=weeks, days=days))
        stored.catch_up()
        return person

    return make


def listed(kind: Kind) -> list[int]:
    return [row.person for row in worklist.of(kind)]


@pytest.mark.parametrize(
    ("weeks", "days", "kind"),
    [
        (7, 6, None),
        (8, 0, Kind.TODAY),
        (8, 1, Kind.OVERDUE),
        (60, 0, Kind.OVERDUE),
        (8 + 53, 0, None),  # a year late: nobody is brought back by a call
    ],
)
def test_a_child_is_on_it_from_the_day_of_its_visit(family, weeks, days, kind):
    mother = family(weeks, days)
    assert {each for each in Kind if mother.pk in listed(each)} == ({kind} if kind else set())


def test_the_least_late_come_first_and_a_child_is_one_row(family):
    make_vaccine(4, 6, name="Oral")
    late, later = family(10), family(20)
    assert listed(Kind.OVERDUE) == [late.pk, later.pk]
    [row, _] = worklist.of(Kind.OVERDUE)
    assert row.since == today() - 2 * WEEK


def ended(mother):
    endings.end_child(mother.children.get(), "moved", endings.By())


def paused(mother):
    endings.pause_child(mother.children.get(), today() + WEEK, endings.By())


def given(mother):
    child = mother.children.get()
    row = doses.Entry(VaccineDose.objects.get(vaccine__name="Hexa").pk, date=PartialDate(today(), doses.Precision.DAY))
    doses.record(child, [row], doses.Source.CARD, today=today())


def closed(mother):
    mother.is_active = False
    mother.save()


@pytest.mark.parametrize("what", [ended, paused, given, closed], ids=lambda what: what.__name__)
def test_what_is_over_takes_her_off_it(family, what):
    mother = family(9)
    assert listed(Kind.OVERDUE) == [mother.pk]
    what(mother)
    assert listed(Kind.OVERDUE) == []


@pytest.mark.parametrize(("days_after", "is_listed"), [(13, False), (14, True), (180, True), (181, False)])
def test_a_birth_that_nobody_told_of(db, days_after, is_listed):
    mother = make_user()
    start = today() - dt.timedelta(days=280 + days_after)
    pregnancy = make_pregnancy(mother, start, start)
    stored.catch_up()
    assert (mother.pk in listed(Kind.BIRTH)) is is_listed
    endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.LOSS, endings.By())
    assert listed(Kind.BIRTH) == []


@pytest.mark.parametrize(
    ("states", "days_ago", "is_listed"),
    [
        (["failed"], 1, True),
        (["failed", "expired", "undeliverable"], 1, True),
        (["failed", "delivered"], 1, False),
        (["failed", "sent"], 1, False),
        (["queued"], 1, False),
        (["failed"], 8, False),
    ],
)
def test_whom_no_message_reaches(db, states, days_ago, is_listed):
    mother, kind, at = make_user(), make_type(), clock.now() - dt.timedelta(days=days_ago)
    for state in states:
        event = NotificationEvent.objects.create(
            user=mother, notification_type=kind, context={}, notification_available_at=at, notification_expires_at=at
        )
        Message.objects.create(
            event=event, purpose="notification", channel="push", state=state, state_at=at, not_before=at,
            expires_at=at, enqueued_at=at, created_at=at,
        )  # fmt: skip
    assert (mother.pk in listed(Kind.UNREACHED)) is is_listed


@pytest.mark.parametrize("outcome", list(Outcome))
def test_whoever_was_called_is_left_in_peace_until_her_day(family, nurse, outcome):
    mother = family(9)
    note = contacts.note(mother, outcome, nurse)
    assert listed(Kind.OVERDUE) == []
    with time_machine.travel(dt.datetime.combine(note.next_on, dt.time(12), dt.UTC)):
        assert listed(Kind.OVERDUE) == [mother.pk]
        assert listed(Kind.FOLLOW_UP) == []


def test_a_day_that_was_agreed_on_is_kept_whatever_is_due(family, nurse):
    mother = family(2)  # nothing is due
    contacts.note(mother, Outcome.WILL_COME, nurse, next_on=today() + WEEK)
    assert listed(Kind.FOLLOW_UP) == []
    with time_machine.travel(clock.now() + WEEK):
        assert listed(Kind.FOLLOW_UP) == [mother.pk]
        contacts.note(mother, Outcome.CAME, nurse)
        assert listed(Kind.FOLLOW_UP) == []
    assert Contact.objects.filter(person=mother, is_newest=True).count() == 1


def test_a_page_ends_and_the_next_begins_where_it_ended(family):
    mothers = [family(9 + week).pk for week in range(5)]
    pages = [worklist.of(Kind.OVERDUE, page, size=2) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [3, 3, 1]  # one more than a page: there is another
    assert [row.person for page in pages for row in page[:2]] == mothers


def test_the_page_says_whom_to_call_about_what(worker, family):
    family(9, name="Zeynep", number="+905321234567")
    page = worker.get(LIST).text
    for part in ("Zeynep", 'href="tel:+905321234567"', "Hexa", "Overdue", "Leyla"):
        assert part in page
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.about) == ("view", "worklist")


def test_a_call_is_noted_and_she_is_gone_from_the_list(worker, family):
    mother, day = family(9), today() + 2 * WEEK
    sent = {"person": mother.pk, "outcome": "will_come", "next_on": day.isoformat(), "words": " after  the feast "}
    answer = worker.post(f"{LIST}?kind=overdue", sent)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{LIST}?kind=overdue")
    [kept] = Contact.objects.all()
    assert (kept.outcome, kept.next_on, kept.words, kept.is_agreed) == ("will_come", day, "after the feast", True)
    assert "after the feast" not in worker.get(LIST).text
    entry = AuditEntry.objects.filter(action="add").latest("id")
    assert (entry.about, entry.person) == (f"contact {kept.pk}", mother.pk)
    assert "feast" not in str(entry.detail)
    assert "after the feast" in worker.get(f"/admin/custom_user/customuser/{mother.pk}/change/").text


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "This field is required"),
        ({"outcome": "danced"}, "Select a valid choice"),
        ({"outcome": "came", "next_on": "2020-01-01"}, "over already"),
        ({"outcome": "came", "next_on": "2920-01-01"}, "more than a year away"),
        ({"outcome": "came", "next_on": "31.02.2026"}, "Enter a valid date"),
        ({"outcome": "came", "words": "x" * 501}, "at most 500 characters"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_lost(worker, family, sent, says):
    mother = family(9)
    answer = worker.post(LIST, {"person": mother.pk, "words": "she will ask her sister", **sent})
    assert answer.status_code == 400
    assert says in answer.text
    assert "words" in sent or "she will ask her sister" in answer.text
    assert not Contact.objects.exists()


@pytest.mark.parametrize("outcome", ["moved", "loss", "came"])
def test_what_has_to_be_entered_elsewhere_leads_there(worker, family, outcome):
    mother = family(9)
    answer = worker.post(LIST, {"person": mother.pk, "outcome": outcome}, follow=True)
    assert answer.redirect_chain[0][0] == f"/admin/custom_user/customuser/{mother.pk}/change/"
    assert "It is noted. Please e" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "?kind=nothing",
        "?kind=overdue&page=-1",
        "?kind=overdue&page=99999999999999999999",
        "?center=x&district=y&kind=today",
    ],
)
def test_any_address_is_answered(worker, family, address):
    family(9)
    assert worker.get(LIST + address).status_code == 200


@pytest.mark.parametrize("person", ["", "0", "abc", "99999999999999999999"])
def test_a_call_with_nobody_is_not_found(worker, person):
    assert worker.post(LIST, {"person": person, "outcome": "came"}).status_code == 404


def test_the_page_costs_the_same_however_many_there_are(worker, family, django_assert_max_num_queries):
    for weeks in range(9, 19):
        family(weeks)
    with django_assert_max_num_queries(21):
        worker.get(LIST)


@pytest.fixture
def centres(db):
    make = HealthCenter.objects.create
    return [
        make(name=name, address="-", geolocation="41.0186,28.9397", district=district)
        for name, district in (("Fatih 1", "Fatih"), ("Fatih 2", "Fatih"), ("Seyhan", "Seyhan & Çukurova"))
    ]


def test_each_kind_can_be_of_some_centres_alone(family, centres, nurse):
    """The statements of centres are others than those of all."""
    here, there = family(9), family(10)
    set_center(here, centres[0])
    set_center(there, centres[2])
    assert listed(Kind.OVERDUE) == [here.pk, there.pk]
    assert [row.person for row in worklist.of(Kind.OVERDUE, centers=[centres[0].pk, centres[1].pk])] == [here.pk]
    for kind in Kind:
        assert worklist.of(kind, centers=[centres[1].pk]) == []
    contacts.note(there, Outcome.WILL_COME, nurse, next_on=today())
    assert [row.person for row in worklist.of(Kind.FOLLOW_UP, centers=[centres[2].pk])] == [there.pk]


def test_the_list_of_a_centre_or_a_district_with_how_far_she_has(worker, family, centres):
    names = ("Zeynep", "Hatice", "Gülsüm", "Elif")
    for name, centre in zip(names, [*centres, None], strict=True):
        set_center(family(9, name=name), centre, (41.0082, 28.9784))
    place = centres[2]

    def shown(query: str) -> set[str]:
        page = worker.get(f"{LIST}?{query}").text
        return {name for name in names if name in page}

    assert shown("") == set(names)
    assert shown(f"center={centres[0].pk}") == {"Zeynep", "Elif"}, "Elif goes to the nearest"
    assert shown("district=Fatih&kind=overdue") == {"Zeynep", "Hatice", "Elif"}
    assert shown("district=Fatih&kind=today") == set()
    assert shown(f"district=Fatih&center={place.pk}") == set()
    assert shown("center=99999999999999999999&district=Nowhere") == set(names)
    assert shown("within=5") == set(names)
    assert shown("within=2") == set(), "all have about 4 km"
    assert shown(f"within=5&center={place.pk}") == {"Gülsüm"}
    assert shown("within=3") == set(names), "no distance that is offered"
    page = worker.get(f"{LIST}?center={place.pk}&kind=overdue").text
    assert "Seyhan, Seyhan &amp; Çukurova, 4 km" in page
    assert 'href="?kind=overdue" aria-label="Without Health centre"' in page
    assert f'href="?kind=today&amp;center={place.pk}"' in page


@pytest.mark.parametrize("has_one", [True, False])
def test_calls_go_along_when_one_account_is_taken_into_another(family, nurse, has_one):
    former, holder = family(9), family(10)
    contacts.note(former, Outcome.PHONE_OFF, nurse)
    if has_one:
        contacts.note(holder, Outcome.CAME, nurse)
    moved_records.move_all(former, holder)
    assert Contact.objects.filter(person=holder).count() == 1 + has_one
    newest = contacts.newest_of([holder.pk])[holder.pk]
    assert newest.outcome == (Outcome.CAME if has_one else Outcome.PHONE_OFF)


def test_several_calls_leave_one_newest(family, nurse):
    mother = family(9)
    for outcome in (Outcome.NO_ANSWER, Outcome.PHONE_OFF, Outcome.CAME):
        contacts.note(mother, outcome, nurse)
    assert contacts.newest_of([mother.pk])[mother.pk].outcome == Outcome.CAME
    assert Contact.objects.filter(person=mother).count() == 3
