"""The doses that a child had, over HTTP, as docs/clients.md says; and what ticks and answers make of them."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.models import Child, DoseGiven, PastVaccination
from hera.core import clock
from hera.events.services import announce_due
from hera.surveys.models import Survey, SurveyTemplate
from tests.contract.rn import child_body
from tests.families import make_schedule, make_type

OF_WEEK_8 = [6, 7, 15]  # BCG, aBDT-IPA-Hib, Pneumococcus


def day(ago: int) -> str:
    return str(clock.now().date() - dt.timedelta(days=ago))


@pytest.fixture
def child(mother):
    return mother.post("/children/", child_body()).expect(201)


@pytest.fixture
def path(child):
    return f"/children/{child['id']}/doses/"


def announced_names():
    make_schedule(make_type(), at=dt.time(0), ttl=dt.timedelta(days=2))
    announce_due(clock.now())
    return [row.context["vaccine_names"] for row in _events()]


def _events():
    from hera.events.models import NotificationEvent

    return NotificationEvent.objects.all()


YEAR = str(dt.datetime.now(dt.UTC).year)
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


class TestRecords:
    @pytest.mark.parametrize(
        ("sent", "kept"),
        [
            ({"vaccine_dose": 6, "date": None}, {"vaccine_dose": 6, "date": None}),
            ({"vaccine_dose": "۶", "date": YEAR.translate(PERSIAN)}, {"vaccine_dose": 6, "date": YEAR}),
            ({"product": "MMR-II"}, {"product": "MMR-II", "vaccine_dose": None}),
            ({"product": "BCG"}, {"product": "BCG", "vaccine_dose": 6}),
            (
                {"text": "لقاح السل", "place": "Gaziantep", "lot": "A1", "campaign": True},
                {"text": "لقاح السل", "place": "Gaziantep", "lot": "A1", "campaign": True},
            ),
        ],
    )
    def test_it_is_kept_as_it_was_told_and_once(self, mother, path, sent, kept):
        for _ in range(2):
            told = mother.post(path, sent).expect(201)
            assert {name: told[name] for name in kept} == kept
            assert told["source"] == "mother"
        assert mother.get(path).expect(200) == [told]

    @pytest.mark.parametrize("precision", [4, 7, 10])
    def test_a_date_is_as_exact_as_it_was_said(self, mother, path, precision):
        date = day(0)[:precision]
        assert mother.post(path, {"vaccine_dose": 6, "date": date}).expect(201)["date"] == date

    def test_the_same_key_is_one_entry(self, mother, path):
        told = [
            mother.post(path, {"vaccine_dose": dose}, Idempotency_Key="from-my-phone-1").expect(201)["id"]
            for dose in (6, 6)
        ]
        assert told[0] == told[1]

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"vaccine_dose": 999},
            {"vaccine_dose": 6, "date": "last spring"},
            {"text": "x" * 300},
        ],
    )
    def test_what_cannot_be_is_refused_with_a_sentence(self, mother, path, body):
        assert isinstance(mother.post(path, body).expect(400)["detail"], str)
        assert mother.get(path).expect(200) == []

    @pytest.mark.parametrize("date", ["2199", "1999-01-01"])
    def test_what_cannot_be_right_is_kept_as_it_was_said_and_stands_for_nothing(self, mother, path, date):
        told = mother.post(path, {"vaccine_dose": 6, "date": date}).expect(201)
        assert mother.get(path).expect(200) == [told]
        assert told["date"] == date
        assert announced_names() == ["BCG, aBDT-IPA-Hib, Pneumococcus (KPA)"]

    def test_it_is_retracted_and_never_deleted(self, mother, path):
        told = mother.post(path, {"vaccine_dose": 6}).expect(201)
        for _ in range(2):
            mother.delete(f"{path}{told['id']}/").expect(204)
        assert mother.get(path).expect(200) == []
        assert DoseGiven.objects.get().retracted_at is not None
        mother.delete(f"{path}undefined/").expect(404)

    def test_nothing_is_announced_of_a_dose_that_she_had(self, mother, path):
        mother.post(path, {"vaccine_dose": 6}).expect(201)
        assert announced_names() == ["aBDT-IPA-Hib, Pneumococcus (KPA)"]

    def test_nothing_at_all_when_she_had_them_all(self, mother, path):
        for dose in OF_WEEK_8:
            mother.post(path, {"vaccine_dose": dose}).expect(201)
        assert announced_names() == []


class TestNotGiven:
    def test_it_is_kept_and_taken_back(self, mother, child):
        path = f"/children/{child['id']}/doses_not_given/"
        kept = [{"dose": 3, "told_on": day(0)}, {"dose": 6, "told_on": day(0)}]
        for _ in range(2):
            assert mother.post(path, {"doses": [6, "۳"]}).expect(201) == kept
        assert mother.get(path).expect(200) == kept
        mother.delete(f"{path}6/").expect(204)
        assert mother.get(path).expect(200) == kept[:1]
        for gone in ("6", "undefined", "9" * 30):
            mother.delete(f"{path}{gone}/").expect(404)

    @pytest.mark.parametrize("doses", [None, [], "3", [999], [3, 999], ["x"], [{}]])
    def test_what_cannot_be_is_refused_and_nothing_is_kept(self, mother, child, doses):
        path = f"/children/{child['id']}/doses_not_given/"
        mother.post(path, {"doses": doses}).expect(400)
        assert mother.get(path).expect(200) == []

    def test_what_she_told_is_taken_back_first(self, mother, child, path):
        mother.post(path, {"vaccine_dose": 6}).expect(201)
        refused = mother.post(f"/children/{child['id']}/doses_not_given/", {"doses": [6]}).expect(400)
        assert refused["detail"] == "It was told to have been given. Please take that back first."


class TestTicks:
    def test_a_new_tick_silences_the_doses_due_by_now_and_proves_none(self, mother, child, path):
        mother.put(f"/children/{child['id']}/", child_body(past_vaccinations=[2, 3, 5])).expect(200)
        assert [(row["source"], row["date"], row["vaccine_dose"]) for row in mother.get(path).expect(200)] == [
            ("tick", None, None)
        ] * 3
        assert announced_names() == []

    def test_an_untick_takes_back_ticks_and_answers_and_never_a_card(self, mother, child, path):
        record = Child.objects.get()
        DoseGiven.objects.create(child=record, vaccine_dose_id=6, source="card", entered_at=clock.now())
        mother.put(f"/children/{child['id']}/", child_body(past_vaccinations=[2, 3])).expect(200)
        mother.put(f"/children/{child['id']}/", child_body(past_vaccinations=[3])).expect(200)
        assert sorted(row["source"] for row in mother.get(path).expect(200)) == ["card", "tick"]

    def test_an_old_list_wipes_nothing_that_her_app_was_not_shown(self, mother, child, path):
        answer_yes(mother, child)
        mother.put(f"/children/{child['id']}/", child_body(name="Leyla K.")).expect(200)
        assert len(mother.get(path).expect(200)) == len(OF_WEEK_8)
        [shown] = mother.get("/children/").expect(200)
        assert shown["past_vaccinations"] == [2, 3, 5]
        mother.put(f"/children/{child['id']}/", child_body(past_vaccinations=[2, 3])).expect(200)
        assert [row["vaccine_dose"] for row in mother.get(path).expect(200)] == [6, 7], "now she meant it"

    def test_what_was_told_by_itself_is_no_tick(self, mother, child, path):
        mother.post(path, {"vaccine_dose": 6}).expect(201)
        mother.put(f"/children/{child['id']}/", child_body()).expect(200)
        assert len(mother.get(path).expect(200)) == 1
        assert mother.get("/children/").expect(200)[0]["past_vaccinations"] == []


class TestAnswers:
    def test_yes_records_the_doses_on_the_day_of_the_visit(self, mother, child, path):
        survey = answer_yes(mother, child)
        assert [(row["vaccine_dose"], row["date"], row["source"]) for row in mother.get(path).expect(200)] == [
            (dose, day(0), "survey") for dose in OF_WEEK_8
        ]
        mother.post(f"/surveys/{survey.pk}/response/", {"response": "yes"}).expect(200)
        assert DoseGiven.objects.count() == len(OF_WEEK_8)

    def test_another_answer_takes_it_back(self, mother, child, path):
        survey = answer_yes(mother, child)
        mother.post(f"/surveys/{survey.pk}/response/", {"response": "no"}).expect(200)
        assert mother.get(path).expect(200) == []
        assert not PastVaccination.objects.exists()


def answer_yes(mother, child):
    survey = Survey.objects.create(
        user=mother.user,
        survey_template=SurveyTemplate.objects.get(code="vaccination.have_you_visited"),
        event_key=f"vaccination/child-{child['id']}/doses-6,7,15",
        context={"child_id": str(child["id"]), "dose_ids": "6,7,15", "date": day(0), "week_age": "8"},
        available_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(days=7),
    )
    mother.post(f"/surveys/{survey.pk}/response/", {"response": "yes"}).expect(200)
    return survey
