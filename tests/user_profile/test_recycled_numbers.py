"""F4: a number that networks have given to somebody else does not show her its former owner."""

from __future__ import annotations

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.core import clock
from hera.delivery.models import Message, State
from hera.events.models import NotificationEvent
from hera.otp_auth import services as otp
from hera.otp_auth.models import KnownPlace
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people import accounts
from hera.privacy import inactivity
from hera.user_profile import number_changes, set_aside
from hera.user_profile.models import ChannelOptOut, NumberChange, PushTarget, SetAsideAccount
from tests.conftest import PROFILE
from tests.delivery.sending import make_event
from tests.families import make_child, make_pregnancy, make_type, make_user
from tests.phone import Phone, latest_code, latest_text

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, OTHER = "+905321234567", "+905321230001"
HERS = "1996-04-12"
STRANGERS = PROFILE | {"name": "Gul", "date_of_birth": "1988-03-05"}
LIST = "/admin/custom_user/customuser/"


def _ago(**units):
    return clock.now() - dt.timedelta(**units)


def idle_for(user, days):
    """As if nobody had used her account for so many days."""
    then = _ago(days=days)
    User.objects.filter(pk=user.pk).update(date_joined=min(user.date_joined, then), last_login=None)
    PhoneSession.objects.filter(user=user).update(created_at=then, last_used_at=then)
    user.sign_ins.update(signed_in_at=then)
    NumberChange.objects.filter(user=user).update(changed_at=then)
    KnownPlace.objects.filter(user=user).update(signed_in_at=then)


@pytest.fixture
def gone(programme):
    """Used HERA until 181 days ago; has a child, a phone that is still signed in, and a name for push."""
    user = make_user(number=NUMBER, name="Amal")
    user.profile.date_of_birth = dt.date.fromisoformat(HERS)
    user.profile.save()
    make_child(user, _ago(weeks=30).date())
    make_pregnancy(user, _ago(days=100).date(), _ago(days=100).date())
    user.old_token = sessions.begin(user)
    PushTarget.objects.create(user=user, external_id="05321234567")
    idle_for(user, 181)
    return user


@pytest.fixture
def second(live_server):
    with Phone(live_server.url) as client:
        yield client


def test_f4_whoever_has_the_number_now_sees_nothing_of_her(gone, phone, second):
    signed_in = phone.sign_in(NUMBER)
    assert (signed_in["is_new_user"], signed_in["user_profile"]) == (True, None)
    assert phone.user_id != gone.pk
    assert phone.get("/children/").expect(200) == []
    assert phone.get("/pregnancies/").expect(200) == []
    assert "Amal" not in phone.get("/users/me/export/").response.text
    second.use(gone.old_token, gone.pk)
    second.get("/users/me/").expect(401)
    aside = User.objects.get(pk=gone.pk)
    assert (aside.username, aside.is_active) == (f"set-aside-{gone.pk}", False)
    assert not aside.push_targets.exists()
    assert phone.get("/users/me/").expect(200)["phone_full_number"] == NUMBER


def test_f4_signing_in_again_is_signing_in_to_the_new_account(gone, phone):
    first = phone.sign_in(NUMBER)
    again = phone.sign_in(NUMBER)
    assert (again["user_id"], again["is_new_user"]) == (first["user_id"], False)
    assert SetAsideAccount.objects.count() == 1


def test_f4_reminders_stop_at_once(gone, phone):
    make_event(gone)
    phone.sign_in(NUMBER)
    call_command("deliver", "--once")
    assert Message.objects.get(event__user=gone).state == State.WITHDRAWN
    call_command("generate_notifications", "--force-create-events")
    assert Message.objects.filter(event__user=gone).count() == 1, "and nothing more is made"


@pytest.mark.parametrize("born", [HERS, "a child's"])
def test_f4_her_birth_date_or_a_childs_brings_everything_back(gone, phone, born):
    child = gone.children.get()
    pregnancy = gone.pregnancies.get()
    event = make_event(gone)
    ChannelOptOut.objects.create(user=gone, channel="sms")
    phone.sign_in(NUMBER)
    date = child.date_of_birth.isoformat() if born == "a child's" else born
    answer = phone.post("/user_profiles/", PROFILE | {"date_of_birth": date}).expect(201)
    assert answer["date_of_birth"] == date
    assert [row["id"] for row in phone.get("/children/").expect(200)] == [child.pk]
    assert [row["id"] for row in phone.get("/pregnancies/").expect(200)] == [pregnancy.pk]
    event.refresh_from_db()
    assert event.user_id == phone.user_id, "or it would be announced again"
    assert phone.get("/users/me/channels/").expect(200)["sms"] is False
    assert not User.objects.filter(pk=gone.pk).exists()
    assert not SetAsideAccount.objects.exists()


def test_f4_the_answer_does_not_tell_whether_there_was_an_account(gone, phone, second):
    phone.sign_in(NUMBER)
    second.sign_in(OTHER)
    with_one = phone.post("/user_profiles/", STRANGERS)
    without = second.post("/user_profiles/", STRANGERS)
    assert with_one.status == without.status == 201
    assert with_one.json | {"id": 0} == without.json | {"id": 0}
    assert phone.get("/children/").expect(200) == []


def test_f4_three_dates_are_tried_and_no_more(gone, phone):
    phone.sign_in(NUMBER)
    for day in ("05", "06", "07"):
        phone.post("/user_profiles/", STRANGERS | {"date_of_birth": f"1988-03-{day}"}).expect(201)
    phone.patch(f"/user_profiles/{phone.user_id}/", {"date_of_birth": HERS}).expect(200)
    assert phone.get("/children/").expect(200) == []
    assert SetAsideAccount.objects.get().tries == 3


def test_f4_a_date_that_was_mistyped_can_be_corrected(gone, phone):
    phone.sign_in(NUMBER)
    phone.post("/user_profiles/", PROFILE | {"date_of_birth": "1996-04-21"}).expect(201)
    phone.post("/user_profiles/", PROFILE | {"date_of_birth": "1996-04-21"}).expect(201)
    assert SetAsideAccount.objects.get().tries == 1, "the app posts the same again"
    phone.patch(f"/user_profiles/{phone.user_id}/", {"date_of_birth": HERS}).expect(200)
    assert len(phone.get("/children/").expect(200)) == 1
    assert phone.get(f"/user_profiles/{phone.user_id}/").expect(200)["name"] == "Amal"


@pytest.mark.parametrize(("name", "is_back"), [("amal ", True), ("Gul", False)])
def test_f4_a_first_of_january_proves_nothing_without_the_name(gone, phone, name, is_back):
    gone.profile.date_of_birth = dt.date(1990, 1, 1)
    gone.profile.save()
    phone.sign_in(NUMBER)
    phone.post("/user_profiles/", PROFILE | {"date_of_birth": "1990-01-01", "name": name}).expect(201)
    assert bool(phone.get("/children/").expect(200)) is is_back


@pytest.mark.parametrize(
    ("name", "is_back"),
    [("Gul", False), ("", False), ("amal", True), ("SAMI ", True)],
    ids=["other", "none", "hers", "its"],
)
def test_f4_nor_does_a_childs_first_of_january(gone, phone, name, is_back):
    """Of a child few years come into question: three tries of its 1 January alone would find it."""
    gone.children.update(date_of_birth=dt.date(2024, 1, 1), name="Sami")
    phone.sign_in(NUMBER)
    for year in (2023, 2024, 2025):
        set_aside.claim(phone.user, dt.date(year, 1, 1), name)
    assert bool(phone.get("/children/").expect(200)) is is_back


def test_f4_a_first_of_january_of_a_child_without_a_name_is_no_key(gone, phone):
    gone.children.update(date_of_birth=dt.date(2024, 1, 1), name="")
    phone.sign_in(NUMBER)
    assert not set_aside.claim(phone.user, dt.date(2024, 1, 1), "")


def test_f4_more_than_one_account_can_be_set_aside_from_a_number(gone, phone, second):
    second.sign_in(NUMBER)
    second.post("/user_profiles/", STRANGERS).expect(201)
    idle_for(second.user, 181)
    phone.sign_in(NUMBER)
    phone.post("/user_profiles/", PROFILE).expect(201)
    assert len(phone.get("/children/").expect(200)) == 1
    assert SetAsideAccount.objects.get().user.profile.name == "Gul"


def test_f4_an_account_that_holds_nothing_is_simply_hers(phone, second):
    user = make_user(number=NUMBER, zone=None)
    token = sessions.begin(user)
    idle_for(user, 500)
    assert phone.sign_in(NUMBER)["user_id"] == user.pk
    second.use(token, user.pk)
    second.get("/users/me/").expect(401)
    assert not SetAsideAccount.objects.exists()


USED = {
    "joined lately": lambda user: User.objects.filter(pk=user.pk).update(date_joined=_ago(days=179)),
    "called": lambda user: PhoneSession.objects.filter(user=user).update(last_used_at=_ago(days=179)),
    "signed in": lambda user: user.sign_ins.create(signed_in_at=_ago(days=179)),
    "signed in to the earlier HERA": lambda user: User.objects.filter(pk=user.pk).update(last_login=_ago(days=179)),
    "read a notification": lambda user: NotificationEvent.objects.create(
        user=user,
        notification_type=make_type("test.reminder"),
        notification_available_at=_ago(days=300),
        notification_expires_at=_ago(days=299),
        read_at=_ago(days=179),
    ),
    "staff moved her": lambda user: user.number_changes.create(
        former_number=OTHER, new_number=NUMBER, changed_at=_ago(days=179), new_is_proven=False
    ),
}


@pytest.mark.parametrize("sign", list(USED))
def test_f4_an_account_that_is_used_stays(gone, phone, sign):
    USED[sign](gone)
    assert phone.sign_in(NUMBER)["user_id"] == gone.pk


@pytest.mark.parametrize("ended", ["by herself", "all"])
def test_f4_a_phone_that_was_signed_out_lately_was_used(gone, phone, second, ended):
    PhoneSession.objects.filter(user=gone).update(last_used_at=_ago(days=3))
    if ended == "all":
        sessions.end_all(gone)
    else:
        second.use(gone.old_token, gone.pk)
        second.delete(f"/users/me/sessions/{PhoneSession.objects.get(user=gone).pk}/").expect(204)
    assert phone.sign_in(NUMBER)["user_id"] == gone.pk


def test_f4_it_can_be_switched_off(gone, phone, settings):
    settings.HERA = dataclasses.replace(settings.HERA, recycled_after_days=0)
    assert phone.sign_in(NUMBER)["user_id"] == gone.pk


def test_f4_numbers_of_store_reviewers_are_nobodys(gone, phone, settings):
    settings.HERA = dataclasses.replace(settings.HERA, otp_review_numbers={NUMBER: "246810"})
    phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
    answer = phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": "246810"}).expect(201)
    assert answer["user_id"] == gone.pk


def test_f4_an_account_that_staff_closed_stays_closed(gone, phone):
    accounts.set_open(gone, is_open=False)
    idle_for(gone, 181)
    phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
    assert "closed" in latest_text().text
    phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": "123456"}).expect(400)
    assert User.objects.get(pk=gone.pk).username == NUMBER


def test_f4_a_colleague_is_not_set_aside(gone, phone):
    User.objects.filter(pk=gone.pk).update(is_staff=True)
    phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
    phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": latest_code()}).expect(400)
    assert User.objects.get(pk=gone.pk).username == NUMBER


def test_f4_who_moves_her_account_to_a_number_that_was_given_out_again_may(gone, phone):
    phone.sign_in_directly(OTHER)
    change = phone.post("/phone_number_change_requests/", {"new_phone_number": NUMBER}).expect(201)
    solve = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
    assert phone.post(solve, {"guess_secret": latest_code()}).expect(200)["phone_full_number"] == NUMBER
    assert phone.get("/children/").expect(200) == []
    assert SetAsideAccount.objects.get().user_id == gone.pk


def test_f4_a_change_within_three_days_is_taken_back_as_ever(gone, phone, client):
    """Who has just taken her account to another number has used it: nothing is set aside under the link."""
    phone.use(gone.old_token, gone.pk)
    change = phone.post("/phone_number_change_requests/", {"new_phone_number": OTHER}).expect(201)
    solve = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
    phone.post(solve, {"guess_secret": latest_code()}).expect(200)
    link = f"/my_number/{number_changes.token_of(NumberChange.objects.get())}/"
    assert phone.sign_in(OTHER)["user_id"] == gone.pk
    client.post(link, {"step": "take_back"})
    assert phone.sign_in(NUMBER)["user_id"] == gone.pk


def test_f4_nor_where_the_time_is_shorter_than_that(gone, phone, settings):
    gone.number_changes.create(former_number=OTHER, new_number=NUMBER, changed_at=_ago(days=6))
    settings.HERA = dataclasses.replace(settings.HERA, recycled_after_days=1)
    assert phone.sign_in(NUMBER)["user_id"] == gone.pk


def test_f4_a_warning_of_before_erases_nothing(gone, phone):
    gone.children.all().delete()
    gone.pregnancies.all().delete()
    idle_for(gone, 731)
    inactivity.look()
    message = Message.objects.get(purpose="inactivity")
    Message.objects.filter(pk=message.pk).update(state=State.SENT)
    phone.sign_in(NUMBER)
    with time_machine.travel(clock.now() + dt.timedelta(days=31)):
        assert inactivity.look() == {"erased": 0, "unsent": 0, "back": 1, "warned": 0}
    assert User.objects.filter(pk=gone.pk).exists()


def test_f4_who_does_not_come_back_is_erased_without_a_text(gone, phone, settings):
    phone.sign_in(NUMBER)
    texts = Message.objects.filter(purpose="inactivity")
    with time_machine.travel(clock.now() + dt.timedelta(days=729)):
        inactivity.look()
        assert User.objects.filter(pk=gone.pk).exists()
        assert not texts.exists()
    with time_machine.travel(clock.now() + dt.timedelta(days=731)):
        settings.HERA = dataclasses.replace(settings.HERA, inactive_days=0)
        inactivity.look()
        assert User.objects.filter(pk=gone.pk).exists()
        settings.HERA = dataclasses.replace(settings.HERA, inactive_days=730)
        inactivity.look()
        assert not User.objects.filter(pk=gone.pk).exists()


def test_f4_staff_give_it_back_to_who_has_the_number(gone, phone, signed_in):
    phone.sign_in(NUMBER)
    phone.post("/user_profiles/", STRANGERS).expect(201)
    client = signed_in(roles.CASE_WORKER)
    hers, page = f"{LIST}{gone.pk}", client.get(f"{LIST}{gone.pk}/change/").content.decode()
    assert NUMBER in page
    assert f"{LIST}{phone.user_id}/change/" in page
    assert f"{LIST}{gone.pk}/change/" in client.get(f"{LIST}{phone.user_id}/change/").content.decode()
    client.post(f"{hers}/account/", {"deed": "open"})
    client.post(f"{hers}/account/", {"deed": "give_back"})
    assert phone.get("/children/").expect(200) == []
    assert not User.objects.get(pk=gone.pk).is_active
    answer = client.post(f"{hers}/account/", {"deed": "give_back", "is_same": "yes"})
    assert answer["Location"] == f"{LIST}{phone.user_id}/change/"
    assert len(phone.get("/children/").expect(200)) == 1, "and her phone stays signed in"
    entry = AuditEntry.objects.filter(action="change").latest("id")
    assert (entry.person, entry.detail) == (phone.user_id, {"given_back": gone.pk})
    assert client.post(f"{hers}/account/", {"deed": "give_back", "is_same": "yes"}).status_code == 404


def test_f4_staff_move_it_to_her_new_number(gone, phone, signed_in):
    phone.sign_in(NUMBER)
    client = signed_in(roles.CASE_WORKER)
    client.post(f"{LIST}{gone.pk}/account/", {"deed": "move", "number": NUMBER})
    assert not User.objects.get(pk=gone.pk).is_active, "that number is taken"
    client.post(f"{LIST}{gone.pk}/account/", {"deed": "move", "number": OTHER})
    assert not SetAsideAccount.objects.exists()
    assert phone.sign_in(OTHER)["user_id"] == gone.pk
    assert len(phone.get("/children/").expect(200)) == 1


@pytest.mark.parametrize("role", [roles.RESEARCHER, roles.CONTENT_EDITOR])
def test_f4_nobody_else_gives_it_back(gone, phone, signed_in, role):
    phone.sign_in(NUMBER)
    client = signed_in(role)
    answer = client.post(f"{LIST}{gone.pk}/account/", {"deed": "give_back", "is_same": "yes"})
    assert answer.status_code == 403
    if role == roles.RESEARCHER:
        assert NUMBER not in client.get(f"{LIST}{gone.pk}/change/").content.decode()


def test_f4_of_two_codes_solved_at_once_one_begins_the_new_account(gone, live_server):
    codes = []
    for address in ("198.51.100.7", "203.0.113.9"):
        otp.request_challenge(NUMBER, language_code=None, address=address)
        codes.append(latest_code())

    def attempt(code):
        with Phone(live_server.url) as one:
            return one.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": code}).expect(201)

    with ThreadPoolExecutor(2) as pool:
        ids = {answer["user_id"] for answer in pool.map(attempt, codes)}
    assert len(ids) == 1
    assert SetAsideAccount.objects.get().user_id == gone.pk
