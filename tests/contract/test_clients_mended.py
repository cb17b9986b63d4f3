"""Faults that the shipped apps met with, each by its number (C2 to C12), with the calls that they make."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User

from hera.child_health.models import Child
from hera.core import clock, phone_numbers
from hera.delivery.models import Message
from hera.events.services import announce_due
from hera.otp_auth.models import SmsOtpChallenge
from tests.conftest import PROFILE
from tests.contract.rn import NUMBER, WEEK_12, child_body
from tests.families import make_child, make_schedule, make_type
from tests.phone import latest_code, latest_text

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
NEW = "+905321234599"


def not_the(code: str) -> str:
    return "000000" if code != "000000" else "111111"


@pytest.mark.parametrize("script", [ARABIC, PERSIAN])
@pytest.mark.parametrize("marks", ["{}", "\u200f{}\u200e", " {} "])
class TestC2:
    def test_c2_a_code_and_a_number_in_any_digits(self, phone, script, marks):
        typed = "+90" + marks.format("532 123 45 67".translate(script))
        phone.post("/otp_auth/request_challenge/", {"phone_number": typed}).expect(201)
        body = {"phone_number": typed, "secret": marks.format(latest_code().translate(script))}
        assert phone.post("/otp_auth/attempt_challenge/", body).expect(201)["is_new_user"] is True
        assert SmsOtpChallenge.objects.get().wrong_guesses == 0
        assert User.objects.get().username == NUMBER

    def test_c2_the_code_of_a_changed_number(self, mother, script, marks):
        body = {"new_phone_number": "+90" + "5321234599".translate(script)}
        change = mother.post("/phone_number_change_requests/", body).expect(201)
        guess = {"guess_secret": marks.format(latest_code().translate(script))}
        solved = mother.post(f"/phone_number_change_requests/{change['id']}/attempt_solve/", guess).expect(200)
        assert solved["phone_full_number"] == NEW

    def test_c2_weeks_visits_and_dates(self, mother, script, marks):
        body = {**WEEK_12, "declared_pregnancy_week": marks.format("12".translate(script)),
                "declared_number_of_prenatal_visits": marks.format("3".translate(script))}  # fmt: skip
        told = mother.post("/pregnancies/", body).expect(201)
        assert (told["declared_pregnancy_week"], told["declared_number_of_prenatal_visits"]) == (12, 3)
        born = child_body()["date_of_birth"]
        child = mother.post("/children/", child_body(date_of_birth=marks.format(born.translate(script)))).expect(201)
        assert child["date_of_birth"] == born
        profile = {**PROFILE, "date_of_birth": marks.format("1996-04-12".translate(script))}
        assert mother.post("/user_profiles/", profile).expect(201)["date_of_birth"] == "1996-04-12"


class TestC3:
    """The app keeps every answer of `attempt_solve` as her number, and those of two GETs."""

    @pytest.mark.parametrize("lost", ["", "undefined", "NaN", "1.5", "999999"])
    def test_c3_a_lost_id(self, mother, lost):
        answer = mother.post(f"/phone_number_change_requests/{lost}/attempt_solve/", {"guess_secret": "123456"})
        told = answer.expect(404)
        assert isinstance(told["detail"], str)
        assert (told["phone_country_code"], told["phone_national_number"]) == ("90", "5321234567")

    @pytest.mark.parametrize("guess", [None, "", "12", "000000000000", {"a": 1}, ["1"], "x" * 60])
    def test_c3_a_guess_that_is_none(self, mother, guess):
        change = mother.post("/phone_number_change_requests/", {"new_phone_number": NEW}).expect(201)
        path = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        for told in (
            mother.post(path, {"guess_secret": guess}).expect(400),
            mother.call("POST", path, raw=b"{").expect(400),
        ):
            assert isinstance(told["detail"], str)
            assert (told["phone_country_code"], told["phone_national_number"]) == ("90", "5321234567")

    def test_c3_a_taken_number_and_too_many_guesses(self, mother):
        User.objects.create(username=NEW)
        change = mother.post("/phone_number_change_requests/", {"new_phone_number": NEW}).expect(201)
        path = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        assert mother.post(path, {"guess_secret": latest_code()}).expect(400)["phone_national_number"] == "5321234567"
        for _ in range(12):
            answer = mother.post(path, {"guess_secret": "000000"})
        told = answer.expect(429)
        assert (told["phone_country_code"], told["phone_national_number"]) == ("90", "5321234567")
        assert int(answer.response.headers["Retry-After"]) > 0

    def test_c3_whoever_is_signed_out_gets_no_body(self, mother):
        mother.use("0" * 40, mother.user_id)
        for answer in (
            mother.post("/phone_number_change_requests/1/attempt_solve/", {"guess_secret": "123456"}),
            mother.post("/phone_number_change_requests//attempt_solve/", {"guess_secret": "123456"}),
            mother.get("/users/me/"),
            mother.get(f"/user_profiles/{mother.user_id}/"),
        ):
            assert (answer.status, answer.body) == (401, b"")
        for path in ("/users/me/", f"/user_profiles/{mother.user_id}/"):
            assert isinstance(mother.get(path, Authorization="Bearer " + "0" * 40).expect(401)["detail"], str)

    def test_c3_our_own_errors_have_no_body(self, mother, monkeypatch):
        change = mother.post("/phone_number_change_requests/", {"new_phone_number": NEW}).expect(201)

        def broken(*_args, **_kwargs):
            raise RuntimeError

        monkeypatch.setattr("hera.user_profile.number_changes.solve_number_change", broken)
        monkeypatch.setattr("hera.core.phone_numbers.split", broken)
        path = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        for answer in (mother.post(path, {"guess_secret": "123456"}), mother.get("/users/me/")):
            assert (answer.status, answer.body) == (500, b"")


class TestC4:
    DATE = {**WEEK_12, "declared_pregnancy_week": None, "declared_number_of_prenatal_visits": "3"}

    def test_c4_an_edit_loses_nothing(self, mother):
        day = str(clock.now().date() - dt.timedelta(weeks=20))
        mother.post("/pregnancies/", {**self.DATE, "declared_date_of_last_menstrual_period": day}).expect(201)
        [shown] = mother.get("/pregnancies/").expect(200)
        assert (shown["declared_pregnancy_week"], shown["declared_number_of_prenatal_visits"]) == ("", 3)
        body = {name: str(shown[name]) for name in WEEK_12}  # as its page sends what it was given
        saved = mother.patch(f"/pregnancies/{shown['id']}/", body).expect(200)
        assert {name: saved[name] for name in WEEK_12} == {
            "declared_pregnancy_week": None,
            "declared_date_of_last_menstrual_period": day,
            "declared_number_of_prenatal_visits": 3,
        }

    def test_c4_a_week_without_a_date(self, mother):
        mother.post("/pregnancies/", WEEK_12).expect(201)
        assert mother.get("/pregnancies/").expect(200)[0]["declared_date_of_last_menstrual_period"] == ""
        token = mother.http.headers["Authorization"].removeprefix("Token ")
        [later] = mother.get("/pregnancies/", Authorization=f"Bearer {token}").expect(200)
        assert later["declared_date_of_last_menstrual_period"] is None, "the later app takes null"


class TestC5:
    @pytest.mark.parametrize("typed", ["+9005321234567", "+90 0532 123 45 67", "+90905321234567", NUMBER])
    def test_c5_her_number_is_shown_as_she_typed_it(self, phone, typed):
        phone.sign_in(typed)
        me = phone.get("/users/me/").expect(200)
        assert f"+{me['phone_country_code']}{me['phone_national_number']}" == typed, "what the app compares"
        assert me["phone_full_number"] == NUMBER
        token = phone.http.headers["Authorization"].removeprefix("Token ")
        later = phone.get("/users/me/", Authorization=f"Bearer {token}").expect(200)
        assert later["phone_national_number"] == "5321234567"

    def test_c5_not_after_her_number_changed(self, phone):
        phone.sign_in("+9005321234567")
        change = phone.post("/phone_number_change_requests/", {"new_phone_number": NEW}).expect(201)
        path = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        solved = phone.post(path, {"guess_secret": latest_code()}).expect(200)
        assert solved["phone_national_number"] == "5321234599"
        assert phone.get("/users/me/").expect(200) == solved

    def test_c5_a_failed_change_shows_it_too(self, phone):
        phone.sign_in("+9005321234567")
        told = phone.post("/phone_number_change_requests/undefined/attempt_solve/", {"guess_secret": "1"}).expect(404)
        assert told["phone_national_number"] == "05321234567"


def test_c6_the_list_tells_the_detail(mother):
    make_schedule(make_type(), "vaccination", at=dt.time(0))
    make_child(mother.user, clock.now().date() - dt.timedelta(weeks=8))
    User.objects.get().profile.__class__.objects.update(timezone="UTC")
    announce_due(clock.now())
    [told, *_others] = mother.get("/notification_events/").expect(200)
    assert told["in_app_content"]
    assert told["push_body"] == told["in_app_content"] != "Open HERA"
    token = mother.http.headers["Authorization"].removeprefix("Token ")
    assert (
        mother.get("/notification_events/", Authorization=f"Bearer {token}").expect(200)[0]["push_body"] == "Open HERA"
    )


def test_c7_resend_sends_the_same_code_and_costs_no_guess(phone):
    phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
    code = latest_code()
    answer = phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": ""})
    assert isinstance(answer.expect(400)["detail"], str)
    assert (Message.objects.count(), latest_code()) == (2, code)
    assert SmsOtpChallenge.objects.get().wrong_guesses == 0
    answer = phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": " \u200f "})
    assert isinstance(answer.expect(429)["detail"], str), "within the limits of a request"
    phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": code}).expect(201)


@pytest.mark.parametrize(
    ("number", "zone"),
    [("+905321234567", "Europe/Istanbul"), ("+93701234567", "Asia/Kabul"), ("+96171123456", "Asia/Beirut")],
)
def test_c11_whoever_tells_no_zone_lives_in_that_of_her_number_s_country(phone, number, zone):
    phone.sign_in_directly(number)
    phone.use(phone.http.headers["Authorization"].removeprefix("Token "), phone.user_id, scheme="Bearer")
    body = {**PROFILE, "language_code": "ar", "time_zone": "UTC"}  # the later app's only zone
    assert phone.post("/user_profiles/", body).expect(201)["timezone"] == zone


class TestC12:
    @pytest.mark.parametrize(
        "typed",
        ["+90905321234567", "+90+905321234567", "+90 +90 532 123 45 67", "+9000905321234567", "+9090 0532 123 45 67",
         "+90+90" + "0532 123 45 67".translate(PERSIAN)],
    )  # fmt: skip
    def test_c12_a_country_s_code_typed_twice(self, phone, typed):
        assert phone.sign_in(typed)["is_new_user"] is True
        assert User.objects.get().username == NUMBER

    @pytest.mark.parametrize("typed", ["+90", "+9090", "+90+90", "+90+4915112345678", "+909053212345678"])
    def test_c12_what_is_no_number_is_none_still(self, phone, typed):
        phone.post("/otp_auth/request_challenge/", {"phone_number": typed}).expect(400)

    def test_c12_a_number_that_begins_like_its_code_is_itself(self):
        assert phone_numbers.parse("+919123456789").e164 == "+919123456789"
        assert phone_numbers.parse("+919876543210").e164 == "+919876543210"

    def test_c12_names_are_kept_as_far_as_they_fit(self, mother):
        path = f"/user_profiles/{mother.user_id}/"
        assert mother.patch(path, {"name": "ا" * 300}).expect(200)["name"] == "ا" * 255
        assert mother.patch(path, {"name": "  "}).expect(200)["name"] == "ا" * 255, "an edit that empties it is none"
        child = mother.post("/children/", child_body(name="x" * 5000)).expect(201)
        assert child["name"] == "x" * 255
        nameless = mother.post("/children/", child_body(name="")).expect(201)
        assert nameless["name"] == ""
        assert mother.put(f"/children/{child['id']}/", child_body(name=" ")).expect(200)["name"] == "x" * 255
        assert [event["person_name"] for event in mother.get("/calendar_events/").expect(200)]
        assert str(Child.objects.get(pk=nameless["id"]))

    def test_c12_a_new_profile_without_a_name(self, phone):
        phone.sign_in_directly(NUMBER)
        assert phone.post("/user_profiles/", {**PROFILE, "name": ""}).expect(201)["name"] == ""


class TestC13:
    @pytest.fixture
    def closed(self, phone):
        User.objects.create(username=NUMBER, is_active=False)

    def test_c13_a_closed_account_is_sent_a_sentence_and_no_code(self, phone, closed):
        answer = phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}, Accept_Language="en").expect(201)
        assert sorted(answer) == ["expires_at", "phone_number"]
        assert "closed" in latest_text().text
        assert not any(character.isdigit() for character in latest_text().text)
        phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": ""}).expect(400)
        assert Message.objects.filter(purpose="sign_in").count() == 2
        assert "closed" in latest_text().text

    def test_c13_within_the_limits_of_codes(self, phone, closed):
        statuses = [phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).status for _ in range(3)]
        assert statuses == [201, 201, 429]


def test_the_guess_that_is_wrong_costs_one(phone):
    phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
    wrong = not_the(latest_code()).translate(ARABIC)
    phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": wrong}).expect(400)
    assert SmsOtpChallenge.objects.get().wrong_guesses == 1
