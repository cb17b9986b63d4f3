"""S7: a borrowed phone does not take an account away."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.api import sessions
from hera.core import clock
from hera.core.limits import LimitReached
from hera.delivery import sealing
from hera.delivery.models import Message
from hera.events.models import NotificationEvent
from hera.people import accounts
from hera.privacy import inactivity
from hera.user_profile import number_changes
from hera.user_profile.models import NumberChange, PushTarget
from tests.contract.rn import NUMBER
from tests.families import make_schedule, make_type, make_user
from tests.phone import latest_code

pytestmark = pytest.mark.django_db(transaction=True)

THIEFS, THIEFS_NEXT = "+905321230001", "+905321230002"


def move(phone, number):
    change = phone.post("/phone_number_change_requests/", {"new_phone_number": number}).expect(201)
    solve = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
    return phone.post(solve, {"guess_secret": latest_code()}).expect(200)


def text_to(number):
    texts = [sealing.unseal(bytes(m.sealed_text)) for m in Message.objects.filter(purpose="number_changed")]
    return next(text.text for text in reversed(texts) if text.to == number)


def link_to(number):
    return re.search(r"https?://[^/]+(/my_number/\S+)", text_to(number))[1]


def test_s7_the_old_number_is_told_at_once_and_other_phones_are_signed_out(mother):
    other = sessions.begin(mother.user)
    move(mother, THIEFS)
    assert "moved to another number" in text_to(NUMBER)
    assert NUMBER not in text_to(NUMBER)
    assert "Amal" not in text_to(NUMBER)
    mother.get("/users/me/").expect(200)
    assert sessions.find(other) is None


@pytest.mark.parametrize("language", ["en", "tr", "ar", "ps", "prs"])
def test_s7_it_is_told_in_her_language(mother, language):
    mother.patch(f"/user_profiles/{mother.user_id}/", {"language_code": language}).expect(200)
    move(mother, THIEFS)
    assert link_to(NUMBER)
    assert ("moved" in text_to(NUMBER)) is (language == "en")


def test_s7_the_link_shows_and_only_a_post_takes_back(mother, client):
    move(mother, THIEFS)
    page = client.get(link_to(NUMBER))
    assert (page.status_code, page.headers["Cache-Control"].split(",")[0]) == (200, "max-age=0")
    assert 'value="take_back"' in page.content.decode()
    assert not page.cookies
    for secret in (NUMBER[3:], THIEFS[3:], "Amal"):
        assert secret not in page.content.decode(), "it names nobody"
    client.head(link_to(NUMBER))
    assert mother.user.username == THIEFS
    done = client.post(link_to(NUMBER), {"step": "take_back"})
    assert "former number again" in done.content.decode()
    assert mother.user.username == NUMBER
    mother.get("/users/me/").expect(401)
    assert not PushTarget.objects.filter(external_id=THIEFS).exists()
    assert PushTarget.objects.filter(external_id=NUMBER, user=mother.user).exists()
    assert client.post(link_to(NUMBER), {"step": "take_back"}).status_code == 404


def test_s7_it_is_taken_back_through_further_changes(mother, client):
    move(mother, THIEFS)
    with time_machine.travel(clock.now() + dt.timedelta(hours=2)):
        move(mother, THIEFS_NEXT)
        thiefs_link = link_to(THIEFS)
        client.post(link_to(NUMBER), {"step": "take_back"})
        assert mother.user.username == NUMBER
        assert client.post(thiefs_link, {"step": "take_back"}).status_code == 404
        assert mother.user.username == NUMBER


def test_s7_for_three_days_and_no_longer(mother, client):
    move(mother, THIEFS)
    with time_machine.travel(clock.now() + dt.timedelta(hours=71)):
        assert 'value="take_back"' in client.get(link_to(NUMBER)).content.decode()
    with time_machine.travel(clock.now() + dt.timedelta(hours=73)):
        assert 'value="take_back"' not in client.get(link_to(NUMBER)).content.decode()
        client.post(link_to(NUMBER), {"step": "take_back"})
        assert mother.user.username == THIEFS
    with time_machine.travel(clock.now() + dt.timedelta(days=8)):
        assert client.get(link_to(NUMBER)).status_code == 404


def test_s7_an_empty_account_that_she_began_when_hers_was_gone_gives_way(mother, client):
    hers = mother.user_id
    move(mother, THIEFS)
    mother.sign_in(NUMBER)
    assert mother.user_id != hers
    client.post(link_to(NUMBER), {"step": "take_back"})
    assert User.objects.get(pk=hers).username == NUMBER
    assert not User.objects.filter(pk=mother.user_id).exists()


PROFILE = {"name": "Nur", "gender": "FEMALE", "date_of_birth": "1990-01-01", "agree_to_terms_at": "2026-01-01"}
CHILD = {"name": "Leyla", "date_of_birth": "2026-01-01", "gender": "FEMALE"}


def test_s7_one_in_which_she_told_all_anew_gives_way_too_and_nothing_is_lost(mother, client, programme, settings):
    hers = mother.user_id
    mother.post("/children/", CHILD).expect(201)
    settings.HERA = dataclasses.replace(settings.HERA, children_per_person=1, pregnancies_per_person=1)
    move(mother, THIEFS)
    mother.sign_in(NUMBER)
    mother.post("/user_profiles/", PROFILE).expect(201)
    mother.patch("/users/me/channels/", {"push": False}).expect(200)
    mother.post("/children/", CHILD | {"name": "Nur"}).expect(201)
    mother.post("/pregnancies/", {"declared_pregnancy_week": 12}).expect(201)
    kind = make_type()
    event = NotificationEvent.objects.create(
        user=mother.user, notification_type=kind, event_key="vaccination/child-1/doses-1", schedule=make_schedule(kind),
        notification_available_at=clock.now(), notification_expires_at=clock.now(),
    )  # fmt: skip
    assert "former number again" in client.post(link_to(NUMBER), {"step": "take_back"}).content.decode()
    returned = User.objects.get(username=NUMBER)
    assert returned.pk == hers
    assert sorted(child.name for child in returned.children.all()) == ["Leyla", "Nur"]
    assert returned.pregnancies.count() == 1
    assert list(returned.notification_events.all()) == [event], "or it would be announced again"
    assert returned.profile.name == "Amal"
    assert not User.objects.filter(pk=mother.user_id).exists()
    assert not User.objects.filter(username=THIEFS).exists()


def test_s7_her_profile_comes_along_if_she_had_none(phone, client):
    phone.sign_in_directly(NUMBER)
    hers = phone.user_id
    move(phone, THIEFS)
    phone.sign_in(NUMBER)
    phone.post("/user_profiles/", PROFILE).expect(201)
    client.post(link_to(NUMBER), {"step": "take_back"})
    assert User.objects.get(pk=hers).profile.name == "Nur"


def test_s7_an_account_that_is_older_than_the_change_does_not_give_way(mother, client):
    hers, older = mother.user_id, make_user()
    move(mother, THIEFS)
    staff_moves(older, NUMBER)
    assert "in use again" in client.post(link_to(NUMBER), {"step": "take_back"}).content.decode()
    assert User.objects.get(pk=hers).username == THIEFS
    assert User.objects.get(pk=older.pk).username == NUMBER


@pytest.mark.parametrize("token", ["1", "1.x", "undefined", "1.%00", "٣.x", "x" * 3000])
def test_s7_a_link_that_is_none(mother, client, token):
    move(mother, THIEFS)
    assert client.post(f"/my_number/{token}/", {"step": "take_back"}).status_code in {400, 404}
    assert mother.user.username == THIEFS


def test_s7_nothing_is_erased_for_a_week_unless_the_old_number_agrees(mother, client):
    mother.post("/users/me/erasure_code/").expect(202)
    early = latest_code()
    move(mother, THIEFS)
    assert "7 days" in mother.post("/users/me/erasure_code/").expect(400)["detail"]
    assert "7 days" in mother.call("DELETE", "/users/me/", {"secret": early}).expect(400)["detail"]
    assert not inactivity.inactive(clock.now()).exists()
    client.post(link_to(NUMBER), {"step": "confirm"})
    mother.post("/users/me/erasure_code/").expect(202)
    mother.call("DELETE", "/users/me/", {"secret": latest_code()}).expect(204)


def test_s7_the_thiefs_own_link_confirms_nothing_of_hers(mother, client):
    move(mother, THIEFS)
    move(mother, THIEFS_NEXT)
    client.post(link_to(THIEFS), {"step": "confirm"})
    mother.post("/users/me/erasure_code/").expect(400)


def test_s7_after_a_week_she_is_erased_as_ever_and_the_former_number_is_forgotten(mother):
    from hera.privacy import retention

    move(mother, THIEFS)
    with time_machine.travel(clock.now() + dt.timedelta(days=8)):
        mother.post("/users/me/erasure_code/").expect(202)
        assert retention.delete_old()["number_changes"] == 1
        assert not NumberChange.objects.exists()


def test_s7_her_own_number_again_is_no_change(mother):
    other = sessions.begin(mother.user)
    move(mother, "+9005321234567")
    assert not NumberChange.objects.exists()
    assert sessions.find(other)


def test_f3_a_number_and_a_code_as_her_keyboard_writes_them(mother):
    persian = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    change = mother.post("/phone_number_change_requests/", {"new_phone_number": THIEFS.translate(persian)}).expect(201)
    solve = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
    for nothing in ("", "12", "x"):
        mother.post(solve, {"guess_secret": nothing}).expect(400)
    assert mother.user.phone_number_change_request.wrong_guesses == 0
    assert mother.post(solve, {"guess_secret": latest_code().translate(persian)}).expect(200)


def test_the_signature_is_that_of_this_link(mother):
    move(mother, THIEFS)
    change = NumberChange.objects.get()
    assert number_changes.find(number_changes.token_of(change)) == change


def staff_moves(user, *numbers):
    for number in numbers:
        accounts.move_to(User.objects.get(pk=user.pk), number, site="https://hera.example.org")


def told():
    messages = Message.objects.filter(purpose="number_changed").order_by("id")
    return [sealing.unseal(bytes(message.sealed_text)).to for message in messages]


def link_of(former, new):
    change = NumberChange.objects.filter(former_number=former, new_number=new).latest("id")
    return f"/my_number/{number_changes.token_of(change)}/"


STRANGERS, HERS_NOW = "+905321230011", "+905321230012"


def test_s7_a_strangers_number_that_staff_typed_by_mistake_gets_neither_text_nor_link(mother, client):
    staff_moves(mother.user, STRANGERS, HERS_NOW)
    assert told() == [NUMBER], "the stranger is not told, and not of what"
    for step in ("take_back", "confirm"):
        assert client.post(link_of(STRANGERS, HERS_NOW), {"step": step}).status_code == 404
    assert mother.user.username == HERS_NOW
    change = NumberChange.objects.get(former_number=STRANGERS)
    with pytest.raises(number_changes.TooLate):
        number_changes.take_back(change)
    number_changes.confirm(change)
    with pytest.raises(number_changes.ErasureHeld):
        number_changes.refuse_while_held(mother.user)


def test_s7_a_slip_of_staff_does_not_weaken_the_link_of_the_number_that_was_proven(mother, client):
    staff_moves(mother.user, STRANGERS)
    link = link_to(NUMBER)
    with time_machine.travel(clock.now() + dt.timedelta(hours=71)):
        staff_moves(mother.user, HERS_NOW)
        client.post(link, {"step": "take_back"})
    assert mother.user.username == NUMBER
    assert not number_changes.unconfirmed(clock.now()).exists()


def test_s7_the_proven_numbers_word_lifts_the_hold_through_a_slip_of_staff(mother, client):
    staff_moves(mother.user, STRANGERS, HERS_NOW)
    client.post(link_to(NUMBER), {"step": "confirm"})
    number_changes.refuse_while_held(mother.user)


def test_s7_a_number_of_staff_that_she_signed_in_with_is_told_as_any_other(mother, client):
    staff_moves(mother.user, HERS_NOW)
    mother.sign_in(HERS_NOW)
    staff_moves(mother.user, STRANGERS)
    assert told() == [NUMBER, HERS_NOW]
    client.post(link_to(HERS_NOW), {"step": "take_back"})
    assert mother.user.username == HERS_NOW


def test_s7_a_number_that_staff_set_back_is_as_proven_as_it_was(mother):
    staff_moves(mother.user, STRANGERS, NUMBER, HERS_NOW)
    assert told() == [NUMBER, NUMBER]


def test_s7_that_a_number_was_never_proven_is_not_forgotten_with_the_former_one(mother):
    staff_moves(mother.user, STRANGERS)
    with time_machine.travel(clock.now() + dt.timedelta(days=30)):
        number_changes.delete_old(clock.now())
        kept = NumberChange.objects.get()
        assert (kept.former_number, kept.new_number) == ("", STRANGERS)
        staff_moves(mother.user, HERS_NOW)
        assert told() == [NUMBER]
        assert number_changes.delete_old(clock.now()) == 1


def test_s7_for_a_week_no_child_and_no_pregnancy_of_hers_is_deleted_either(mother, client):
    child, pregnancy = [
        mother.post(path, body).expect(201)["id"]
        for path, body in [
            ("/children/", {"name": "Leyla", "date_of_birth": "2026-01-01", "gender": "FEMALE"}),
            ("/pregnancies/", {"declared_pregnancy_week": 12}),
        ]
    ]
    move(mother, THIEFS)
    for path in (f"/children/{child}/", f"/pregnancies/{pregnancy}/"):
        assert "7 days" in mother.delete(path).expect(400)["detail"]
        mother.get(path).expect(200)
    mother.delete("/children/9999/").expect(404)
    client.post(link_to(NUMBER), {"step": "confirm"})
    for path in (f"/children/{child}/", f"/pregnancies/{pregnancy}/"):
        mother.delete(path).expect(204)


def test_s6_the_texts_that_tell_of_changes_are_capped_by_number(mother):
    for _ in range(2):
        staff_moves(mother.user, STRANGERS, NUMBER)
    with pytest.raises(LimitReached):
        staff_moves(mother.user, STRANGERS)
    assert mother.user.username == NUMBER
    assert told() == [NUMBER, NUMBER]
    with time_machine.travel(clock.now() + dt.timedelta(minutes=61)):
        staff_moves(mother.user, STRANGERS)


def test_s6_and_by_day(mother, settings):
    limits = settings.HERA.text_limits
    assert limits["number_changed"] == 1000
    settings.HERA = dataclasses.replace(settings.HERA, text_limits=limits | {"number_changed": 1})
    staff_moves(make_user(), STRANGERS)
    refused = make_user()
    with pytest.raises(LimitReached):
        staff_moves(refused, HERS_NOW)
    assert User.objects.get(pk=refused.pk).username == refused.username


def test_s6_a_change_that_is_refused_for_the_day_says_which_number_she_has(mother, settings):
    limits = settings.HERA.text_limits
    settings.HERA = dataclasses.replace(settings.HERA, text_limits=limits | {"number_changed": 0})
    change = mother.post("/phone_number_change_requests/", {"new_phone_number": THIEFS}).expect(201)
    solve = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
    assert mother.post(solve, {"guess_secret": latest_code()}).expect(429)["phone_full_number"] == NUMBER


def test_f11_a_change_that_a_clock_ahead_has_dated_holds_for_a_week_from_now(mother, client):
    move(mother, THIEFS)
    NumberChange.objects.update(changed_at=clock.now() + dt.timedelta(days=60))
    mother.post("/users/me/erasure_code/").expect(400)
    assert client.get(link_to(NUMBER)).status_code == 200
    with time_machine.travel(clock.now() + dt.timedelta(days=7, minutes=1)):
        number_changes.refuse_while_held(mother.user)
        assert not number_changes.unconfirmed(clock.now()).exists()
