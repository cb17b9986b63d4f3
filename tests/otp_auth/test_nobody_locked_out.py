"""S8, F3, F10, S13: asking and guessing in somebody else's name keeps nobody out of her account."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.api import sessions
from hera.core import clock, phone_numbers
from hera.core.limits import LimitReached
from hera.delivery.models import Message
from hera.otp_auth import services as otp
from hera.otp_auth.models import KnownPlace, SmsOtpChallenge
from hera.user_profile import number_changes
from tests.families import make_user
from tests.phone import latest_code, latest_text

pytestmark = pytest.mark.django_db

NUMBER = "+905321234567"
HOME, ELSEWHERE = "198.51.100.7", "203.0.113.9"


def ask(address=ELSEWHERE, number=NUMBER, **more):
    return otp.request_challenge(number, language_code=None, address=address, **more)


def sign_in(address=HOME):
    ask(address)
    return otp.attempt_challenge(NUMBER, latest_code(), address=address)


def wrong_code():
    return "000000" if latest_code() != "000000" else "111111"


def asked_too_often():
    """Somebody asks until the waits are as long as they get; how long each was."""
    waits = []
    for number in range(40):
        try:
            ask(f"203.0.113.{number}")
        except LimitReached as reached:
            waits.append(reached.retry_after)
    return waits


def test_s8_a_stranger_makes_her_wait_for_an_hour_at_most():
    waits = []
    with time_machine.travel(clock.now(), tick=False) as travelling:
        for _ in range(12):
            waits += asked_too_often()[:1]
            travelling.shift(waits[-1])
    assert [round(wait / 60) for wait in waits[:5]] == [1, 5, 15, 60, 60]
    assert max(waits) <= 3601


def test_s8_where_she_has_signed_in_before_she_is_not_held_up():
    sign_in(HOME)
    asked_too_often()
    with pytest.raises(LimitReached):
        ask(ELSEWHERE)
    ask(HOME)
    otp.attempt_challenge(NUMBER, latest_code(), address=HOME)
    asked_too_often()
    with time_machine.travel(clock.now() + dt.timedelta(days=91)):
        asked_too_often()
        with pytest.raises(LimitReached):
            ask(HOME)


def test_s8_her_signed_in_phone_is_not_held_up_wherever_it_is(client):
    token = sign_in(HOME).token
    asked_too_often()
    ask("192.0.2.55", token=token)
    with pytest.raises(LimitReached):
        ask("192.0.2.55", token=sessions.begin(make_user()))
    answer = client.post(
        "/otp_auth/request_challenge/", {"phone_number": NUMBER}, headers={"Authorization": f"Token {token}"},
        content_type="application/json",
    )  # fmt: skip
    assert answer.status_code == 201


@pytest.mark.parametrize("known", [True, False], ids=["has signed in there", "asked from there"])
def test_s8_guesses_of_others_use_up_neither_her_guesses_nor_her_attempts(known):
    if known:
        sign_in(HOME)
    ask(HOME)
    for number in range(30):
        with pytest.raises((otp.WrongCode, LimitReached)):
            otp.attempt_challenge(NUMBER, wrong_code(), address=f"203.0.113.{number}")
    with pytest.raises((otp.WrongCode, LimitReached)):
        otp.attempt_challenge(NUMBER, latest_code(), address=ELSEWHERE)
    assert otp.attempt_challenge(NUMBER, latest_code(), address=HOME)


def test_s13_one_customer_with_many_addresses_is_one_caller():
    for number in range(otp.CALLS_A_MINUTE_PER_ADDRESS.hits):
        ask(f"2001:db8:0:1::{number:x}", number=f"+9053212{number:05}")
    with pytest.raises(LimitReached):
        ask("2001:db8:0:1:ffff::1")
    ask("2001:db8:0:2::1")


def test_s8_where_she_signs_in_is_kept_as_a_hash_and_forgotten(programme):
    from hera.privacy import retention

    user = sign_in(HOME).user
    sign_in(HOME)
    place = KnownPlace.objects.get()
    assert HOME not in place.place
    other = make_user()
    otp.places.remember(other, HOME)
    assert KnownPlace.objects.get(user=other).place != place.place, "two of one household share no value"
    with time_machine.travel(clock.now() + dt.timedelta(days=91)):
        assert retention.delete_old()["places"] == 2
    assert User.objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize("secret", ["1", "12345", "x", "abcdef", "1234567"])
def test_f3_what_has_not_six_digits_costs_nothing(secret):
    ask(HOME)
    code = latest_code()
    for _ in range(20):
        with pytest.raises(otp.WrongCode):
            otp.attempt_challenge(NUMBER, secret, address=HOME)
    challenge = SmsOtpChallenge.objects.get()
    assert (challenge.wrong_guesses, challenge.stray_guesses) == (0, 0)
    assert otp.attempt_challenge(NUMBER, code, address=HOME)


@pytest.mark.parametrize("script", ["٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹"])
def test_f3_a_code_as_her_keyboard_writes_it(script):
    ask(HOME)
    typed = latest_code().translate(str.maketrans("0123456789", script))
    number = NUMBER.translate(str.maketrans("0123456789", script))
    signed_in = otp.attempt_challenge(number, f"\u200f{typed[:3]} {typed[3:]}\u200e", address=HOME)
    assert signed_in.user.username == NUMBER


@pytest.mark.parametrize("empty", ["", " ", "\u200f"])
def test_f3_an_empty_attempt_is_the_earlier_apps_resend(client, empty):
    ask(HOME)
    code = latest_code()
    body = {"phone_number": NUMBER, "secret": empty}
    answer = client.post("/otp_auth/attempt_challenge/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (400, "We have sent the code again.")
    assert Message.objects.count() == 2
    assert (latest_code(), latest_text().to) == (code, NUMBER)
    again = client.post("/otp_auth/attempt_challenge/", body, content_type="application/json")
    assert again.status_code == 429, "within the limits of a request"
    assert SmsOtpChallenge.objects.get().wrong_guesses == 0
    assert otp.attempt_challenge(NUMBER, code, address=HOME)


def test_f3_nothing_is_sent_again_where_nothing_was_asked_for():
    with pytest.raises(otp.WrongCode, match="incorrect"):
        otp.attempt_challenge(NUMBER, "", address=HOME)
    assert not Message.objects.exists()


RETIRED = ["+22997123456", "+5215512345678"]


@pytest.mark.parametrize("number", RETIRED)
def test_f10_an_account_whose_number_is_called_invalid_today_signs_in(number):
    with pytest.raises(phone_numbers.InvalidPhoneNumber):
        ask(number=number)
    make_user(number=number)
    ask(number=number)
    assert otp.attempt_challenge(number, latest_code(), address=HOME).is_new_user is False


@pytest.mark.parametrize("number", RETIRED)
def test_f10_numbers_of_one_form_are_answered_alike(number):
    make_user(number=number)
    ask(number=number[:-1] + "0")
    with pytest.raises(phone_numbers.InvalidPhoneNumber):
        ask(number=number + "1")
    with pytest.raises(phone_numbers.InvalidPhoneNumber):
        ask(number="+9053212345")


def test_f10_a_setting_lets_a_new_range_in(settings):
    with pytest.raises(phone_numbers.InvalidPhoneNumber):
        ask(number="+22997123456")
    settings.HERA = dataclasses.replace(settings.HERA, number_ranges=["+22997"])
    ask(number="+22997123456")


def test_s1_her_signing_in_does_not_tell_a_stranger_that_the_number_is_used():
    asked_too_often()
    before = SmsOtpChallenge.objects.count()
    with pytest.raises(LimitReached):
        ask(ELSEWHERE)
    otp.attempt_challenge(NUMBER, latest_code(), address=HOME)
    with pytest.raises(LimitReached):
        ask(ELSEWHERE)
    assert SmsOtpChallenge.objects.count() == before


def test_s1_nor_does_her_code_free_the_attempts_that_a_stranger_has_used_up():
    ask(ELSEWHERE)
    for _ in range(otp.ATTEMPTS_A_MINUTE.hits):
        with pytest.raises(otp.WrongCode):
            otp.attempt_challenge(NUMBER, wrong_code(), address="203.0.113.77")
    otp.attempt_challenge(NUMBER, latest_code(), address=HOME)
    with pytest.raises(LimitReached):
        otp.attempt_challenge(NUMBER, wrong_code(), address="203.0.113.77")


def test_s1_nor_does_a_change_to_the_number():
    user = make_user()
    for _ in range(2):
        change = number_changes.request_number_change(user, NUMBER)
    number_changes.solve_number_change(user, change.pk, latest_code(), session=None, site="")
    with pytest.raises(LimitReached):
        ask(ELSEWHERE)


def test_s1_nor_does_a_resend_tell_who_asked_for_it_that_the_code_was_used():
    def again():
        with pytest.raises(otp.SentAgain) as answer:
            otp.attempt_challenge(NUMBER, "", address=ELSEWHERE)
        return str(answer.value)

    ask(ELSEWHERE)
    before = again()
    otp.attempt_challenge(NUMBER, latest_code(), address=HOME)
    sent = Message.objects.count()
    with time_machine.travel(clock.now() + dt.timedelta(minutes=2)):
        assert again() == before
    assert Message.objects.count() == sent, "a code that was used is not sent"


def test_s8_two_strangers_do_not_hold_her_out_on_a_network_that_is_new():
    """One takes every free request, the other guesses: the code that came to her phone is right all the same."""
    ask(ELSEWHERE)
    for _ in range(20):
        with pytest.raises((otp.WrongCode, LimitReached)):
            otp.attempt_challenge(NUMBER, wrong_code(), address=ELSEWHERE)
        with pytest.raises((otp.WrongCode, LimitReached)):
            otp.attempt_challenge(NUMBER, wrong_code(), address="203.0.113.10")
    with pytest.raises(otp.WrongCode):
        otp.attempt_challenge(NUMBER, wrong_code(), address=HOME)
    assert otp.attempt_challenge(NUMBER, latest_code(), address=HOME)


def test_s8_of_guesses_from_many_networks_ten_are_judged():
    ask(HOME)
    for number in range(20):
        for _ in range(3):
            with pytest.raises(otp.WrongCode):
                otp.attempt_challenge(NUMBER, wrong_code(), address=f"203.0.113.{number}")
    challenge = SmsOtpChallenge.objects.get()
    assert (challenge.stray_guesses, set(challenge.strays.values()), challenge.wrong_guesses) == (10, {2}, 0)
    assert "203.0.113" not in str(challenge.strays)
    with pytest.raises(otp.WrongCode):
        otp.attempt_challenge(NUMBER, latest_code(), address="203.0.113.99")


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_s1_a_colleague_who_is_named_as_a_number_is_not_signed_in_to_by_its_phone(client, rights):
    staff = make_user(number=NUMBER)
    User.objects.filter(pk=staff.pk).update(**rights)
    ask(HOME)
    body = {"phone_number": NUMBER, "secret": latest_code()}
    answer = client.post("/otp_auth/attempt_challenge/", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"detail": "The code is incorrect or has expired."})
    assert not sessions.of(staff).exists()
    with pytest.raises(otp.WrongCode, match="incorrect"):
        otp.attempt_challenge(NUMBER, latest_code(), address=HOME, for_page=True)
