"""Every call of the shipped React Native app, over real HTTP, as docs/clients.md lists them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as DjangoClient
from django.test.utils import CaptureQueriesContext

from hera.child_health.models import PastVaccinationChange, Vaccine
from hera.core import clock
from hera.delivery.models import Message
from hera.otp_auth.models import SmsOtpChallenge
from hera.user_profile.models import PushTarget
from tests.conftest import PROFILE
from tests.contract.rn import NUMBER, WEEK_12, child_body
from tests.families import make_pregnancy
from tests.phone import latest_code, latest_text


class TestSignIn:
    def test_from_number_to_token(self, phone):
        signed_in = phone.sign_in("+90 0532 123 45 67", Accept_Language="ar")
        assert signed_in["is_new_user"] is True
        assert signed_in["user_profile"] is None
        assert User.objects.get(pk=signed_in["user_id"]).username == NUMBER
        assert latest_text().to == NUMBER
        assert set(PushTarget.objects.values_list("external_id", flat=True)) == {NUMBER, "+90 0532 123 45 67"}
        assert phone.post("/user_profiles/", PROFILE).expect(201)["language_code"] == "ar"

    def test_the_answer_to_a_request_has_no_detail_and_a_known_person_gets_her_profile(self, mother):
        answer = mother.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
        assert "detail" not in answer
        assert answer["phone_number"] == NUMBER
        body = {"phone_number": NUMBER, "secret": latest_code()}
        signed_in = mother.post("/otp_auth/attempt_challenge/", body).expect(201)
        assert (signed_in["is_new_user"], signed_in["user_profile"]["name"]) == (False, "Amal")

    def test_other_phones_stay_signed_in(self, mother):
        old = mother.http.headers["Authorization"]
        mother.sign_in(NUMBER)
        mother.get("/users/me/", Authorization=old).expect(200)

    @pytest.mark.parametrize("number", ["", "+90", "hello", "12345", "+999999999999", None, 5, ["+90"], {"a": 1}])
    @pytest.mark.parametrize("language", ["en", "tr", ""])
    def test_a_bad_number_is_refused_with_a_sentence(self, phone, number, language):
        answer = phone.post("/otp_auth/request_challenge/", {"phone_number": number}, Accept_Language=language)
        assert isinstance(answer.expect(400)["detail"], str)
        assert not Message.objects.exists()

    def test_the_sentence_is_in_the_language_asked_for(self, phone):
        body = {"phone_number": "+90"}
        sentences = {
            language: phone.post("/otp_auth/request_challenge/", body, Accept_Language=language).expect(400)["detail"]
            for language in ("en", "tr", "ar", "ps", "prs", "fa-AF", "de")
        }
        assert sentences["tr"] == "Bu geçerli bir telefon numarası değil."
        assert sentences["fa-AF"] == sentences["prs"] != sentences["ps"]
        assert sentences["de"] == sentences["en"] == "This is not a valid phone number."

    def test_a_typo_does_not_lock_a_mother_out_and_resending_calls_attempt(self, phone):
        phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
        code = latest_code()
        wrong = "000000" if code != "000000" else "111111"
        for secret in (wrong, "", wrong, wrong):
            answer = phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": secret})
            assert isinstance(answer.expect(400)["detail"], str)
        phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": code}).expect(201)
        answer = phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": code})
        answer.expect(400)  # a code is good once

    def test_five_wrong_guesses_end_a_challenge(self, phone):
        phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
        code = latest_code()
        wrong = "000000" if code != "000000" else "111111"
        for _ in range(5):
            phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": wrong}).expect(400)
        phone.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": code}).expect(400)

    def test_a_third_request_in_a_minute_is_too_many(self, phone):
        for _ in range(2):
            phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
        answer = phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER})
        assert isinstance(answer.expect(429)["detail"], str)
        assert 0 < int(answer.response.headers["Retry-After"]) <= 61

    def test_codes_are_kept_as_a_keyed_hash_and_expire(self, phone):
        phone.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
        challenge = SmsOtpChallenge.objects.get()
        assert latest_code() not in challenge.secret
        SmsOtpChallenge.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
        body = {"phone_number": NUMBER, "secret": latest_code()}
        phone.post("/otp_auth/attempt_challenge/", body).expect(400)

    def test_a_deactivated_person_is_not_let_in(self, mother):
        User.objects.update(is_active=False)
        mother.post("/otp_auth/request_challenge/", {"phone_number": NUMBER}).expect(201)
        assert "closed" in latest_text().text
        mother.post("/otp_auth/attempt_challenge/", {"phone_number": NUMBER, "secret": "123456"}).expect(400)
        mother.get("/users/me/").expect(401)

    def test_a_known_number_and_an_unknown_one_cost_the_same_work(self, mother):
        """What takes as many statements, and answers the same, tells nobody who is registered."""
        work, answers = [], []
        for number in ("+905321234567", "+905321234568"):
            with CaptureQueriesContext(connection) as queries:
                client = DjangoClient()
                requested = client.post("/otp_auth/request_challenge/", {"phone_number": number}, "application/json")
                wrong = {"phone_number": number, "secret": "000000"}
                attempted = client.post("/otp_auth/attempt_challenge/", wrong, "application/json")
            # Numbers in a statement are parameters; what is left is its shape.
            work.append([re.sub(r"'[^']*'|\b\d+\b", "?", query["sql"]) for query in queries])
            answers.append((requested.status_code, sorted(requested.json()), attempted.status_code, attempted.json()))
        assert work[0] == work[1]
        assert answers[0] == answers[1]

    def test_registration_cannot_be_asked_about(self, mother):
        known = mother.get("/otp_auth/check_registration/?phone_number=%2B905321234567").expect(200)
        unknown = mother.get("/otp_auth/check_registration/?phone_number=%2B905321234568").expect(200)
        assert known == {"phone_number": "+905321234567", "is_registered": False}
        assert unknown == {"phone_number": "+905321234568", "is_registered": False}


class TestProfile:
    def test_posting_again_updates(self, mother):
        mother.post("/user_profiles/", {**PROFILE, "name": "Amal B."}).expect(201)
        assert mother.get(f"/user_profiles/{mother.user_id}/").expect(200)["name"] == "Amal B."
        assert [profile["id"] for profile in mother.get("/user_profiles/").expect(200)] == [mother.user_id]

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [("Europe/Istanbul", "Europe/Istanbul"), ("Europe/Kyiv", "Europe/Kyiv"), ("GMT+0300", "Europe/Istanbul"),
         ("GMT+0430", "Asia/Kabul"), ("+0330", "Asia/Tehran"), ("GMT-3", "Etc/GMT+3"), ("Factory", "Europe/Istanbul"),
         ("localtime", "Europe/Istanbul"), ("right/UTC", "Europe/Istanbul"), ("Mars/Base", "Europe/Istanbul"),
         ("", "Europe/Istanbul"), (None, "Europe/Istanbul")],
    )  # fmt: skip
    def test_a_time_zone_is_understood_or_left_alone(self, mother, sent, kept):
        assert mother.patch(f"/user_profiles/{mother.user_id}/", {"timezone": sent}).expect(200)["timezone"] == kept

    def test_the_profile_goes_round_through_patch_and_time_zone_is_not_read(self, mother):
        profile = mother.get(f"/user_profiles/{mother.user_id}/").expect(200)
        changed = mother.patch(
            f"/user_profiles/{mother.user_id}/", {**profile, "time_zone": "Asia/Kabul", "language_code": "ar"}
        ).expect(200)
        assert changed == {**profile, "language_code": "ar"}

    def test_a_date_only_consent_is_taken(self, mother):
        body = {**PROFILE, "agree_to_terms_at": "2025-09-01", "time_zone": "UTC"}
        assert mother.post("/user_profiles/", body).expect(201)["agree_to_terms_at"] == "2025-09-01T00:00:00Z"

    def test_other_people_and_missing_profiles_are_404(self, mother):
        for other in (mother.user_id + 1_000_000, "undefined", "99999999999999999999"):
            path = f"/user_profiles/{other}/"
            assert isinstance(mother.get(path).expect(404)["detail"], str)

    def test_onboarding_merges(self, mother):
        path = f"/onboarding_progresses/{mother.user_id}/"
        assert isinstance(mother.get(path).expect(404), dict)
        mother.post("/onboarding_progresses/", {"has_filled_profile": True}).expect(201)
        mother.post("/onboarding_progresses/", {"has_filled_children_info": True}).expect(201)
        assert mother.get(path).expect(200) == {
            "has_filled_profile": True,
            "has_filled_pregnancy_status": False,
            "has_filled_children_info": True,
        }

    def test_users_me(self, mother):
        me = mother.get("/users/me/").expect(200)
        assert (me["phone_country_code"], me["phone_national_number"]) == ("90", "5321234567")
        assert (me["id"], me["phone_full_number"], me["is_staff"]) == (mother.user_id, NUMBER, False)


class TestNumberChange:
    NEW = "+905321234599"

    def test_the_answer_is_the_new_users_me_and_old_names_stay_push_targets(self, mother):
        change = mother.post("/phone_number_change_requests/", {"new_phone_number": self.NEW}).expect(201)
        solve = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        wrong = mother.post(solve, {"guess_secret": "1"}).expect(400)
        assert wrong["phone_national_number"] == "5321234567"
        assert isinstance(wrong["detail"], str)
        solved = mother.post(solve, {"guess_secret": latest_code()}).expect(200)
        assert solved == mother.get("/users/me/").expect(200)
        assert solved["phone_national_number"] == "5321234599"
        assert {NUMBER, self.NEW} <= set(PushTarget.objects.values_list("external_id", flat=True))

    def test_a_second_request_replaces_the_first_and_resend_sends(self, mother):
        first = mother.post("/phone_number_change_requests/", {"new_phone_number": self.NEW}).expect(201)
        second = mother.post("/phone_number_change_requests/", {"new_phone_number": "+905321234598"}).expect(201)
        assert first["id"] == second["id"]
        assert mother.post(f"/phone_number_change_requests/{first['id']}/resend_otp/").expect(200) is None
        assert latest_text().to == "+905321234598"

    def test_s1_that_a_number_is_taken_is_told_to_whoever_types_its_code(self, mother):
        User.objects.create(username=self.NEW)
        change = mother.post("/phone_number_change_requests/", {"new_phone_number": self.NEW}).expect(201)
        assert latest_text().to == self.NEW, "the code really goes there"
        path = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        right, wrong = latest_code(), "000000" if latest_code() != "000000" else "111111"
        assert "incorrect" in mother.post(path, {"guess_secret": wrong}).expect(400)["detail"]
        told = mother.post(path, {"guess_secret": right}).expect(400)
        assert (told["detail"], told["phone_national_number"]) == (
            "This phone number is already in use.",
            "5321234567",
        )
        assert mother.get("/users/me/").expect(200)["phone_full_number"] == NUMBER

    def test_her_own_number_is_accepted(self, mother):
        change = mother.post("/phone_number_change_requests/", {"new_phone_number": "+9005321234567"}).expect(201)
        path = f"/phone_number_change_requests/{change['id']}/attempt_solve/"
        mother.post(path, {"guess_secret": latest_code()}).expect(200)
        assert mother.user.username == NUMBER

    @pytest.mark.parametrize("lost", ["", "undefined", "999"])
    def test_a_lost_id_is_404(self, mother, lost):
        mother.post(f"/phone_number_change_requests/{lost}/resend_otp/").expect(404)
        mother.post(f"/phone_number_change_requests/{lost}/attempt_solve/", {"guess_secret": "1"}).expect(404)


class TestFamily:
    def test_a_pregnancy_is_declared_in_texts_and_an_edit_moves_the_calendar(self, mother):
        pregnancy = mother.post("/pregnancies/", WEEK_12).expect(201)
        assert pregnancy["declared_pregnancy_week"] == 12
        weeks = [event["weeks_pregnant"] for event in mother.get("/calendar_events/").expect(200)]
        assert weeks == [18, 24, 34, 38]
        path = f"/pregnancies/{pregnancy['id']}/"
        same = mother.patch(path, WEEK_12).expect(200)
        assert same["estimated_start_date"] == pregnancy["estimated_start_date"]
        moved = mother.patch(path, {**WEEK_12, "declared_pregnancy_week": "20"}).expect(200)
        assert moved["estimated_start_date"] < pregnancy["estimated_start_date"]

    def test_visits_up_to_nine_or_none_at_all(self, mother):
        for visits in ("9", None):
            mother.post("/pregnancies/", {**WEEK_12, "declared_number_of_prenatal_visits": visits}).expect(201)
        mother.get("/calendar_events/").expect(200)
        nothing = {"declared_pregnancy_week": None, "declared_date_of_last_menstrual_period": None}
        assert isinstance(mother.post("/pregnancies/", nothing).expect(400)["detail"], str)

    def test_the_active_pregnancy_comes_first(self, mother):
        user = User.objects.get()
        first = make_pregnancy(user, clock.now().date() - dt.timedelta(days=600), clock.now().date())
        second = mother.post("/pregnancies/", WEEK_12).expect(201)
        assert [row["id"] for row in mother.get("/pregnancies/").expect(200)] == [second["id"], first.pk]

    def test_children_and_their_ticks(self, mother):
        child = mother.post("/children/", child_body(id=0, past_vaccinations=[2, 2, "3", 9, 999])).expect(201)
        assert child["past_vaccinations"] == [2, 3]
        path = f"/children/{child['id']}/"
        assert mother.put(path, child_body(past_vaccinations=[3, 4])).expect(200)["past_vaccinations"] == [3, 4]
        assert mother.patch(path, {"name": "L."}).expect(200)["past_vaccinations"] == [3, 4]
        mother.put(path, child_body(past_vaccinations=[])).expect(200)
        history = PastVaccinationChange.objects.order_by("id").values_list("vaccine_id", "is_ticked")
        assert list(history) == [(2, True), (3, True), (2, False), (4, True), (3, False), (4, False)]
        assert mother.delete(path).expect(204) is None
        assert mother.get("/children/").expect(200) == []

    def test_vaccines_are_named_as_in_the_calendar(self, mother):
        Vaccine.objects.filter(pk=2).update(nickname="Tuberculosis")
        mother.post("/children/", child_body()).expect(201)
        known = {vaccine["name"] for vaccine in mother.get("/vaccines/").expect(200)}
        assert len(known) == 8
        events = mother.get("/calendar_events/").expect(200)
        assert "Tuberculosis" in known
        assert {name for event in events for name in event["vaccine_names"]} <= known
        assert all(event["event_key"] for event in events)

    def test_ids_of_other_people_are_404(self, mother):
        child = mother.post("/children/", child_body()).expect(201)
        pregnancy = mother.post("/pregnancies/", WEEK_12).expect(201)
        mother.sign_in_directly("+905321234500")
        for path in (f"/children/{child['id']}/", f"/pregnancies/{pregnancy['id']}/"):
            mother.get(path).expect(404)
            mother.patch(path, {}).expect(404)
            mother.delete(path).expect(404)
