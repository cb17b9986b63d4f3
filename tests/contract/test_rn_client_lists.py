"""What the shipped phone app (React Native) shows and how it bears errors: notifications, surveys, lists that fail."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from hera.api import sessions
from hera.core import clock
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.surveys.models import Survey
from hera.surveys.services import ask_due
from tests.contract.rn import WEEK_12, child_body


class TestNotificationsAndSurveys:
    def test_notifications_newest_first_and_read(self, mother):
        mother.post("/pregnancies/", WEEK_12).expect(201)
        announce_due(clock.now(), regardless_of_time=True)
        rows = mother.get("/notification_events/").expect(200)
        assert [row["date"] for row in rows] == sorted((row["date"] for row in rows), reverse=True)
        assert {(row["destination"], row["read_at"]) for row in rows} == {("calendar", None)}
        assert "38" in rows[0]["in_app_content"]
        assert mother.post("/notification_events/mark_all_as_read/", None).expect(200) is None
        assert all(row["read_at"] for row in mother.get("/notification_events/").expect(200))

    def test_what_came_after_what_she_saw_stays_unread(self, mother):
        mother.post("/pregnancies/", WEEK_12).expect(201)
        announce_due(clock.now(), regardless_of_time=True)
        rows = mother.get("/notification_events/").expect(200)
        seen = min(row["created_at"] for row in rows)
        NotificationEvent.objects.filter(pk=rows[0]["id"]).update(
            created_at=dt.datetime.fromisoformat(seen) + dt.timedelta(seconds=1)
        )
        mother.post("/notification_events/mark_all_as_read/", {"until": seen}).expect(200)
        unread = [row["id"] for row in mother.get("/notification_events/").expect(200) if row["read_at"] is None]
        assert rows[0]["id"] in unread
        mother.post("/notification_events/mark_all_as_read/", {"until": "yesterday"}).expect(400)
        mother.post("/notification_events/mark_all_as_read/", {}).expect(200)
        assert all(row["read_at"] for row in mother.get("/notification_events/").expect(200))

    def test_the_screen_asks_for_the_list_and_marks_it_as_read_at_once(self, mother):
        """Whichever comes first: both are answered, the list is whole, and afterwards all of it is read."""
        mother.post("/pregnancies/", WEEK_12).expect(201)
        announce_due(clock.now(), regardless_of_time=True)
        together = threading.Barrier(4)

        def call(method, path):
            together.wait()
            with httpx.Client(base_url=mother.http.base_url, headers=mother.http.headers, timeout=30) as screen:
                return screen.request(method, path)

        calls = [("GET", "/notification_events/"), ("POST", "/notification_events/mark_all_as_read/")] * 2
        with ThreadPoolExecutor(len(calls)) as pool:
            answers = list(pool.map(lambda one: call(*one), calls))
        assert [answer.status_code for answer in answers] == [200] * 4
        count = NotificationEvent.objects.count()
        assert [len(answer.json()) for answer in answers[::2]] == [count, count]
        assert all(row["read_at"] for row in mother.get("/notification_events/").expect(200))

    def test_a_notification_that_does_not_render_is_left_out_of_the_list(self, mother):
        mother.post("/pregnancies/", WEEK_12).expect(201)
        announce_due(clock.now(), regardless_of_time=True)
        NotificationEvent.objects.first().notification_type.templates.update(in_app_content="{{ broken")
        assert mother.get("/notification_events/").expect(200) == []

    def test_yes_ticks_the_vaccines_of_the_day_once(self, mother):
        child = mother.post("/children/", child_body()).expect(201)
        ask_due(clock.now() + dt.timedelta(days=2))
        (survey,) = mother.get("/surveys/pending/").expect(200)
        assert [option["code"] for option in survey["options"]] == ["yes", "no"]
        assert "Leyla" in survey["question"]
        assert survey["context"]["event_type"] == "vaccination"
        path = f"/surveys/{survey['id']}/response/"
        mother.post(path, {"response": "perhaps"}).expect(400)
        for _ in range(2):
            assert mother.post(path, {"response": "yes"}).expect(200) is None
        assert mother.get("/surveys/pending/").expect(200) == []
        ticked = mother.get(f"/children/{child['id']}/").expect(200)["past_vaccinations"]
        assert ticked == [2, 3, 5]
        assert mother.get("/surveys/").expect(200)[0]["response"] == "yes"
        mother.post("/surveys/undefined/response/", {"response": "pregnancyyes"}).expect(404)

    def test_a_survey_that_the_app_cannot_show_is_not_pending(self, mother):
        mother.post("/children/", child_body()).expect(201)
        ask_due(clock.now() + dt.timedelta(days=2))
        survey = Survey.objects.get()
        survey.survey_template.options.filter(code="no").delete()
        assert mother.get("/surveys/pending/").expect(200) == []
        assert len(mother.get("/surveys/").expect(200)) == 1

    def test_an_expired_survey_is_not_pending_and_people_without_a_profile_get_english(self, mother):
        mother.post("/children/", child_body()).expect(201)
        ask_due(clock.now() + dt.timedelta(days=2))
        mother.user.profile.delete()
        assert mother.get("/surveys/pending/").expect(200)[0]["question"].startswith("Was Leyla")
        Survey.objects.update(expires_at=clock.now() - dt.timedelta(seconds=1))
        assert mother.get("/surveys/pending/").expect(200) == []


LISTS = ["pregnancies", "children", "vaccines", "calendar_events", "notification_events", "surveys", "surveys/pending"]


class TestErrors:
    @pytest.mark.parametrize("path", LISTS)
    def test_a_list_call_that_fails_has_no_body_for_the_app(self, phone, path):
        refused = phone.get(f"/{path}/", Authorization="Token nonsense")
        assert (refused.status, refused.body) == (401, b"")
        assert isinstance(phone.get(f"/{path}/").expect(401)["detail"], str)

    def test_our_token_is_accepted_as_bearer(self, mother):
        key = sessions.begin(mother.user)
        mother.get("/children/", Authorization=f"Bearer {key}", Id_Authorization="Bearer x").expect(200)

    @pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"', b"\xff", b'{"name": "\\ud800"}', b"NaN", b"5"])
    def test_malformed_json_is_400(self, mother, body):
        assert isinstance(mother.call("POST", "/children/", raw=body).expect(400)["detail"], str)

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": None}, {"name": []}, {"gender": "X"}, {"gender": []},
            {"date_of_birth": "2026-13-01"}, {"date_of_birth": "9999-12-31"}, {"date_of_birth": "0001-01-01"},
            {"date_of_birth": 5}, {"past_vaccinations": "all"}, {"past_vaccinations": {"a": 1}},
        ],
    )  # fmt: skip
    def test_a_bad_field_is_named_and_nothing_is_saved(self, mother, changes):
        answer = mother.post("/children/", child_body(**changes)).expect(400)
        assert set(answer) == {"detail", *changes}
        assert mother.get("/children/").expect(200) == []

    def test_errors_are_in_the_profiles_language(self, mother):
        mother.patch(f"/user_profiles/{mother.user_id}/", {"language_code": "tr"}).expect(200)
        assert mother.post("/children/", child_body(name=None)).expect(400)["name"] == ["Bu alan boş olamaz."]

    def test_what_accept_asks_for_never_gives_406(self, mother):
        mother.get("/children/", Accept="text/html").expect(200)

    def test_an_unknown_path_is_json(self, phone):
        assert isinstance(phone.get("/nowhere/").expect(404)["detail"], str)


class TestPublic:
    def test_health_centres_without_slash_or_token(self, phone):
        from hera.health_center.models import HealthCenter

        HealthCenter.objects.create(name="A", address="B", geolocation="36.2,36.1")
        HealthCenter.objects.create(name="Nowhere", address="B", geolocation="")
        for path in ("/health_centers?latitude=1&longitude=2", "/health_centers/"):
            assert [row["name"] for row in phone.get(path).expect(200)] == ["A"]

    def test_schema_and_redoc(self, phone):
        assert b"/otp_auth/attempt_challenge/" in phone.get("/api_docs/schema/").body
        assert b"redoc" in phone.get("/api_docs/redoc/").body

    def test_health_needs_no_database_and_readiness_tells_what_is_missing(self, phone, django_assert_num_queries):
        phone.get("/infra/health_check/", Host="10.0.0.7").expect(200)
        assert "manage.py deliver" in phone.get("/infra/ready/").expect(503)["detail"]
