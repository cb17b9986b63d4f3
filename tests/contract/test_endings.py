"""How pregnancies and children end, over HTTP, as docs/clients.md says."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.child_health.models import Child, ChildEnd, Pregnancy, PregnancyOutcome
from hera.core import clock
from tests.contract.rn import WEEK_12, child_body
from tests.families import make_pregnancy

CHILD = {"name": "L", "gender": "FEMALE"}
KINDS = ["birth", "loss", "moved", "mistake", "not_said"]


def day(ago: int) -> str:
    return str(clock.now().date() - dt.timedelta(days=ago))


@pytest.fixture
def pregnancy(mother):
    return mother.post("/pregnancies/", WEEK_12).expect(201)


@pytest.fixture
def child(mother):
    return mother.post("/children/", child_body()).expect(201)


def weeks(mother):
    return [row.get("weeks_pregnant") for row in mother.get("/calendar_events/").expect(200)]


class TestOneRuns:
    def test_c1_two_posts_are_one_pregnancy(self, mother):
        first = mother.post("/pregnancies/", WEEK_12).expect(201)
        second = mother.post("/pregnancies/", {**WEEK_12, "declared_pregnancy_week": "14"}).expect(201)
        assert second["id"] == first["id"]
        assert second["declared_pregnancy_week"] == 14
        assert weeks(mother) == [19, 24, 34, 38]
        assert [row["id"] for row in mother.get("/pregnancies/").expect(200)] == [first["id"]]

    def test_an_edit_of_one_that_was_superseded_is_one_of_that_which_runs(self, mother, pregnancy):
        older = make_pregnancy(User.objects.get(), clock.now().date() - dt.timedelta(days=100), clock.now().date())
        Pregnancy.objects.filter(pk=older.pk).update(created_at=clock.now() - dt.timedelta(days=9))
        mother.patch(f"/pregnancies/{pregnancy['id']}/", {"declared_number_of_prenatal_visits": "1"}).expect(200)
        assert PregnancyOutcome.objects.get().kind == "superseded"
        edited = mother.patch(f"/pregnancies/{older.pk}/", {**WEEK_12, "declared_pregnancy_week": "20"}).expect(200)
        assert edited["id"] == pregnancy["id"]
        assert len(mother.get("/pregnancies/").expect(200)) == 1


class TestOutcome:
    @pytest.mark.parametrize("kind", KINDS)
    def test_it_ends_at_once_and_a_repeat_is_harmless(self, mother, pregnancy, kind):
        path = f"/pregnancies/{pregnancy['id']}/outcome/"
        assert mother.get(path).expect(404) == {"detail": "Nothing of this kind was told."}
        for _ in range(2):
            told = mother.post(path, {"outcome": kind, "date": None, "gestation_weeks": None}).expect(201)
            assert (told["outcome"], told["date"], told["children"]) == (kind, None, [])
        assert mother.get(path).expect(200) == told
        assert PregnancyOutcome.objects.count() == 1
        assert weeks(mother) == []
        assert mother.get("/pregnancies/").expect(200) == []
        mother.get("/pregnancies/active/").expect(404)
        mother.patch(f"/pregnancies/{pregnancy['id']}/", WEEK_12).expect(404)

    def test_a_birth_makes_the_children_with_their_visits(self, mother, pregnancy):
        path = f"/pregnancies/{pregnancy['id']}/outcome/"
        twins = [{"name": "Leyla", "gender": "FEMALE"}, {"name": "Can", "gender": "MALE", "date_of_birth": day(2)}]
        body = {"outcome": "birth", "date": day(3), "gestation_weeks": "۳۶", "children": twins}
        for _ in range(2):
            told = mother.post(path, body).expect(201)
            assert told["gestation_weeks"] == 36
            assert [(row["name"], row["date_of_birth"]) for row in told["children"]] == [
                ("Leyla", day(3)),
                ("Can", day(2)),
            ]
        assert [row["id"] for row in mother.get("/children/").expect(200)] == [row["id"] for row in told["children"]]
        names = {row["person_name"] for row in mother.get("/calendar_events/").expect(200)}
        assert names == {"Leyla", "Can"}

    def test_what_is_told_later_completes_it(self, mother, pregnancy):
        path = f"/pregnancies/{pregnancy['id']}/outcome/"
        mother.post(path, {"outcome": "birth"}).expect(201)
        told = mother.post(
            path, {"outcome": "birth", "date": day(1), "children": [{"name": "Leyla", "gender": "FEMALE"}]}
        ).expect(201)
        assert (told["date"], len(told["children"])) == (day(1), 1)

    def test_what_is_told_otherwise_replaces_it(self, mother, pregnancy):
        path = f"/pregnancies/{pregnancy['id']}/outcome/"
        mother.post(path, {"outcome": "birth", "date": day(1), "children": [{"name": "L", "gender": "FEMALE"}]})
        assert mother.post(path, {"outcome": "mistake"}).expect(201)["children"] == []
        assert mother.get("/children/").expect(200) == []
        assert Child.objects.count() == 1, "nothing is deleted"
        told = PregnancyOutcome.objects.order_by("id")
        assert [(row.kind, row.taken_back_at is None) for row in told] == [("birth", False), ("mistake", True)]

    def test_it_is_taken_back_for_thirty_days(self, mother, pregnancy):
        path = f"/pregnancies/{pregnancy['id']}/outcome/"
        mother.post(path, {"outcome": "loss"}).expect(201)
        for _ in range(2):
            mother.delete(path).expect(204)
        assert weeks(mother) == [18, 24, 34, 38]
        mother.post(path, {"outcome": "loss"}).expect(201)
        with time_machine.travel(clock.now() + dt.timedelta(days=31)):
            refused = mother.delete(path).expect(409)
        assert refused == {"detail": "This was told more than 30 days ago. Please ask your health team to change it."}

    def test_not_while_another_runs(self, mother, pregnancy):
        path = f"/pregnancies/{pregnancy['id']}/outcome/"
        mother.post(path, {"outcome": "moved"}).expect(201)
        assert mother.post("/pregnancies/", WEEK_12).expect(201)["id"] != pregnancy["id"]
        assert "Another pregnancy" in mother.delete(path).expect(409)["detail"]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"outcome": "superseded"},
            {"outcome": "birth", "date": "2999-01-01"},
            {"outcome": "birth", "date": "2019-01-01"},
            {"outcome": "birth", "date": day(1), "children": [CHILD | {"date_of_birth": day(40)}]},
            {"outcome": "birth", "gestation_weeks": 80},
            {"outcome": "birth", "children": [CHILD]},
            {"outcome": "birth", "date": "2026-01-01", "children": [{"name": "L", "gender": "X"}]},
            {"outcome": "birth", "children": "two"},
        ],
    )
    def test_what_is_not_right_is_refused_and_changes_nothing(self, mother, pregnancy, body):
        answer = mother.post(f"/pregnancies/{pregnancy['id']}/outcome/", body).expect(400)
        assert isinstance(answer["detail"], str)
        assert not PregnancyOutcome.objects.exists()
        assert not Child.objects.exists()


class TestChild:
    @pytest.mark.parametrize("reason", ChildEnd.Reason)
    def test_an_ended_child_is_in_no_list_and_comes_back(self, mother, child, reason):
        path = f"/children/{child['id']}/"
        for _ in range(2):
            assert mother.post(path + "end/", {"reason": reason, "date": day(1)}).expect(201)["reason"] == reason
        assert ChildEnd.objects.count() == 1
        assert mother.get("/children/").expect(200) == []
        assert mother.get("/calendar_events/").expect(200) == []
        assert [row["id"] for row in mother.get("/children/?all=true").expect(200)] == [child["id"]]
        assert mother.get(path).expect(200)["id"] == child["id"]
        for _ in range(2):
            mother.delete(path + "end/").expect(204)
        assert [row["id"] for row in mother.get("/children/").expect(200)] == [child["id"]]

    @pytest.mark.parametrize(
        ("call", "body"),
        [
            ("end", {"reason": "moved", "date": day(1)}),
            ("end", {"reason": "not_said", "date": None}),
            ("pause", {"until": day(-10)}),
        ],
    )
    def test_what_was_told_can_be_read(self, mother, child, call, body):
        path = f"/children/{child['id']}/{call}/"
        assert mother.get(path).expect(404) == {"detail": "Nothing of this kind was told."}
        told = mother.post(path, body).expect(201)
        assert mother.get(path).expect(200) == told
        assert told.items() >= body.items()
        mother.delete(path).expect(204)
        mother.get(path).expect(404)
        mother.get(f"/children/{child['id'] + 99}/{call}/").expect(404)

    def test_not_after_thirty_days(self, mother, child):
        mother.post(f"/children/{child['id']}/end/", {"reason": "moved"}).expect(201)
        with time_machine.travel(clock.now() + dt.timedelta(days=31)):
            assert "30 days" in mother.delete(f"/children/{child['id']}/end/").expect(409)["detail"]

    def test_a_pause_ends_by_itself(self, mother, child):
        until = str(clock.now().date() + dt.timedelta(days=10))
        path = f"/children/{child['id']}/pause/"
        for _ in range(2):
            assert mother.post(path, {"until": until}).expect(201)["until"] == until
        assert mother.get("/children/").expect(200) == []
        with time_machine.travel(clock.now() + dt.timedelta(days=11)):
            assert len(mother.get("/children/").expect(200)) == 1
        mother.delete(path).expect(204)
        assert len(mother.get("/children/").expect(200)) == 1

    @pytest.mark.parametrize(
        ("call", "body"),
        [
            ("end", {}),
            ("end", {"reason": "lost"}),
            ("pause", {}),
            ("pause", {"until": "2020-01-01"}),
            ("pause", {"until": "2206-01-01"}),
            ("end", {"reason": "died", "date": "2019-01-01"}),
        ],
    )
    def test_what_is_not_right_is_refused(self, mother, child, call, body):
        assert isinstance(mother.post(f"/children/{child['id']}/{call}/", body).expect(400)["detail"], str)
        assert len(mother.get("/children/").expect(200)) == 1
