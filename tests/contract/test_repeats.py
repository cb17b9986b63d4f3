"""F9: what is sent twice is made once."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import connection

from hera.api import repeats, sessions
from hera.api.models import KeptAnswer
from hera.child_health.models import Child, Pregnancy
from hera.core import clock
from hera.privacy import retention, selectors
from hera.privacy.services import erase
from hera.user_profile.models import PhoneNumberChangeRequest
from tests.contract.rn import WEEK_12, child_body
from tests.families import make_user
from tests.phone import Phone
from tests.threads import at_once

BODIES = {"/children/": child_body(), "/pregnancies/": WEEK_12}
MADE = {"/children/": Child, "/pregnancies/": Pregnancy}


@pytest.fixture
def phones(mother, live_server):
    """Two connections of one phone."""
    with Phone(live_server.url) as other:
        other.use(mother.http.headers["Authorization"].removeprefix("Token "), mother.user_id)
        yield [mother, other]


class TestTheSameWords:
    def test_f9_a_child_posted_twice_is_one(self, mother):
        first = mother.post("/children/", child_body(past_vaccinations=[2])).expect(201)
        assert mother.post("/children/", child_body(past_vaccinations=[2])).expect(201) == first
        assert Child.objects.count() == 1

    def test_f9_what_is_ticked_in_a_repeat_is_kept(self, mother):
        first = mother.post("/children/", child_body()).expect(201)
        assert mother.post("/children/", child_body(past_vaccinations=[2])).expect(201) == {
            **first,
            "past_vaccinations": [2],
        }

    @pytest.mark.parametrize("other", [{"name": "Lina"}, {"gender": "MALE"}, {"date_of_birth": "2025-03-04"}])
    def test_f9_another_child_is_another(self, mother, other):
        mother.post("/children/", child_body()).expect(201)
        mother.post("/children/", child_body(**other)).expect(201)
        assert Child.objects.count() == 2

    def test_f9_minutes_later_or_somebody_else_s_is_another(self, mother):
        mother.post("/children/", child_body()).expect(201)
        Child.objects.update(created_at=clock.now() - dt.timedelta(minutes=5))
        mother.post("/children/", child_body()).expect(201)
        mother.sign_in_directly("+905321234500")
        mother.post("/children/", child_body()).expect(201)
        assert Child.objects.count() == 3

    def test_f9_a_repeat_needs_no_room_for_one_more(self, mother, monkeypatch, settings):
        import dataclasses

        monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, children_per_person=1))
        for _ in range(2):
            mother.post("/children/", child_body()).expect(201)
        mother.post("/children/", child_body(name="Lina")).expect(400)

    @pytest.mark.parametrize("path", BODIES)
    @pytest.mark.parametrize("headers", [{}, {"Idempotency_Key": "a key"}])
    def test_f9_two_at_once_are_one(self, phones, path, headers):
        answers = at_once(2, lambda number: phones[number].post(path, BODIES[path], **headers).expect(201))
        assert answers[0]["id"] == answers[1]["id"]
        assert MADE[path].objects.count() == 1


@pytest.mark.parametrize("path", BODIES)
class TestTheSameKey:
    def test_f9_the_first_answer_is_given_again(self, mother, path):
        first = mother.post(path, BODIES[path], Idempotency_Key="1").expect(201)
        MADE[path].objects.update(created_at=clock.now() - dt.timedelta(days=29))
        mother.patch(f"{path}{first['id']}/", {"name": "Lina", "declared_pregnancy_week": "20"}).expect(200)
        again = dict(reversed(BODIES[path].items()))
        assert mother.post(path, again, Idempotency_Key="1").expect(201) == first
        assert MADE[path].objects.count() == 1

    def test_f9_another_body_or_place_is_refused_with_a_sentence(self, mother, path):
        mother.post(path, BODIES[path], Idempotency_Key="1").expect(201)
        other = {**BODIES[path], "name": "Lina", "declared_pregnancy_week": "20"}
        assert isinstance(mother.post(path, other, Idempotency_Key="1").expect(422)["detail"], str)
        [elsewhere] = BODIES.keys() - {path}
        mother.post(elsewhere, BODIES[elsewhere], Idempotency_Key="1").expect(422)
        assert MADE[path].objects.count() == 1
        assert not MADE[elsewhere].objects.exists()

    def test_f9_keys_are_each_person_s_own(self, mother, path):
        first = mother.post(path, BODIES[path], Idempotency_Key="1").expect(201)
        mother.sign_in_directly("+905321234500")
        assert mother.post(path, BODIES[path], Idempotency_Key="1").expect(201)["id"] != first["id"]

    def test_f9_what_was_refused_frees_its_key(self, mother, path):
        wrong = {**BODIES[path], "gender": "X", "declared_pregnancy_week": "99"}
        mother.post(path, wrong, Idempotency_Key="1").expect(400)
        assert not KeptAnswer.objects.exists()
        mother.post(path, BODIES[path], Idempotency_Key="1").expect(201)

    def test_f9_for_thirty_days(self, mother, path):
        mother.post(path, BODIES[path], Idempotency_Key="1").expect(201)
        KeptAnswer.objects.update(created_at=clock.now() - repeats.KEPT)
        other = {**BODIES[path], "name": "Lina", "declared_pregnancy_week": "20"}
        mother.post(path, other, Idempotency_Key="1").expect(201)
        assert KeptAnswer.objects.count() == 1


class TestEveryWrite:
    @pytest.fixture
    def child(self, mother):
        return mother.post("/children/", child_body()).expect(201)

    def test_a_correction_is_made_once(self, mother, child):
        path = f"/children/{child['id']}/"
        first = mother.call("PATCH", path, {"name": "Lina"}, Idempotency_Key="1").expect(200)
        mother.patch(path, {"name": "Maya"}).expect(200)
        assert mother.call("PATCH", path, {"name": "Lina"}, Idempotency_Key="1").expect(200) == first
        assert Child.objects.get().name == "Maya"
        mother.call("PATCH", path, {"name": "Nour"}, Idempotency_Key="1").expect(422)
        mother.call("PUT", path, {"name": "Lina"}, Idempotency_Key="1").expect(422)

    def test_what_was_deleted_is_answered_as_the_first_time(self, phones, child):
        path = f"/children/{child['id']}/"
        at_once(2, lambda number: phones[number].call("DELETE", path, Idempotency_Key="1").expect(204))
        assert phones[0].call("DELETE", path, Idempotency_Key="1").expect(204) is None
        phones[0].call("DELETE", path, Idempotency_Key="2").expect(404)
        assert not Child.objects.exists()

    def test_many_at_once_do_it_once_and_are_answered_alike(self, live_server, mother):
        token = mother.http.headers["Authorization"].removeprefix("Token ")

        def post(_number):
            with Phone(live_server.url) as phone:
                phone.use(token, mother.user_id)
                return phone.post("/children/", child_body(), Idempotency_Key="1").expect(201)

        answers = at_once(6, post)
        assert answers == [answers[0]] * 6
        assert (Child.objects.count(), KeptAnswer.objects.count()) == (1, 1)

    def test_a_wrong_guess_with_a_key_counts_as_one(self, mother):
        asked = mother.post("/phone_number_change_requests/", {"new_phone_number": "+905321234599"}).expect(201)
        path = f"/phone_number_change_requests/{asked['id']}/attempt_solve/"
        for number in range(2):
            mother.post(path, {"guess_secret": "000000"}, Idempotency_Key=str(number)).expect(400)
        assert PhoneNumberChangeRequest.objects.get().wrong_guesses == 2
        assert not KeptAnswer.objects.exists()

    def test_who_breaks_off_before_the_answer_is_kept_has_done_nothing(self, mother):
        with connection.cursor() as cursor:
            cursor.execute(
                """
                CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
                CREATE TRIGGER broken BEFORE UPDATE ON api_keptanswer FOR EACH ROW EXECUTE FUNCTION broken();
                """
            )
        try:
            mother.post("/children/", child_body(), Idempotency_Key="1").expect(500)
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP FUNCTION broken CASCADE")
        assert not Child.objects.exists()
        assert not KeptAnswer.objects.exists()
        mother.post("/children/", child_body(), Idempotency_Key="1").expect(201)


@pytest.mark.django_db
class TestWhatIsKept:
    @pytest.fixture
    def kept(self, client, programme):
        user = make_user()
        headers = {"Authorization": f"Token {sessions.begin(user)}", "Idempotency-Key": "1"}
        made = client.post("/children/", child_body(), content_type="application/json", headers=headers)
        assert made.status_code == 201
        return user

    def test_it_is_sealed_and_her_own_data_says_only_that_it_is_there(self, kept):
        [row] = selectors.everything_of(kept)["api.KeptAnswer"]
        assert row["status"] == 201
        assert not {"key_hash", "call_hash", "sealed_text"} & set(row)
        assert b"Leyla" not in bytes(KeptAnswer.objects.get().sealed_text)
        assert KeptAnswer.objects.get().body == ""

    def test_who_has_another_secret_key_does_it_no_second_time(self, client, kept, settings):
        settings.SECRET_KEY = "another secret key that is long enough"
        headers = {"Authorization": f"Token {sessions.begin(kept)}", "Idempotency-Key": "1"}
        again = client.post("/children/", child_body(), content_type="application/json", headers=headers)
        assert again.status_code == 409
        assert Child.objects.count() == 1

    def test_what_was_kept_before_answers_were_sealed_is_given(self, client, kept):
        KeptAnswer.objects.update(sealed_text=None, body='{"id": 7}')
        headers = {"Authorization": f"Token {sessions.begin(kept)}", "Idempotency-Key": "1"}
        again = client.post("/children/", child_body(), content_type="application/json", headers=headers)
        assert again.json() == {"id": 7}

    def test_f9_it_goes_with_her(self, kept):
        erase(kept)
        assert not KeptAnswer.objects.exists()

    def test_f9_and_by_its_age(self, kept):
        assert retention.delete_old()["kept_answers"] == 0
        with time_machine.travel(clock.now() + repeats.KEPT, tick=False):
            assert retention.delete_old()["kept_answers"] == 1

    def test_f9_so_many_of_one_person(self, client, kept, monkeypatch):
        monkeypatch.setattr(repeats, "MOST", 2)
        for number in range(2, 5):
            headers = {"Authorization": f"Token {sessions.begin(kept)}", "Idempotency-Key": str(number)}
            client.post("/pregnancies/", WEEK_12, content_type="application/json", headers=headers)
        assert KeptAnswer.objects.count() == 2
