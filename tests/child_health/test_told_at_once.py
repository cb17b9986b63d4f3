"""What is told twice, by several, late, or beside something else: nothing comes back, nothing is doubled."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health import births, doses, endings, services
from hera.child_health.doses import Entry
from hera.child_health.models import Child, DoseGiven, Pregnancy, PregnancyOutcome
from hera.child_health.partial_dates import PartialDate
from hera.child_health.possible_dates import NotPossible
from hera.core import clock
from hera.surveys.models import Effect, Survey, SurveyTemplate
from hera.surveys.services import answer
from tests.families import make_child, make_pregnancy, make_user, make_vaccine

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 25)
BORN = dt.date(2026, 9, 1)
Kind, Source = PregnancyOutcome.Kind, DoseGiven.Source


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)) as traveller:
        yield traveller


def day(date):
    return PartialDate(date, DoseGiven.Precision.DAY)


class TestAnEditThatWaited:
    def test_of_a_child_does_not_bring_it_back(self):
        child = make_child(make_user(), BORN)
        edited = Child.objects.get(pk=child.pk)
        endings.end_child(child, endings.Reason.DIED, endings.By())
        edited.name = "Leyla K."
        services.save_child(edited, None)
        child.refresh_from_db()
        assert (child.name, child.ended_at is None) == ("Leyla K.", False)

    def test_of_a_pregnancy_does_not_bring_it_back(self):
        pregnancy = make_pregnancy(make_user(), TODAY - dt.timedelta(weeks=20), TODAY)
        edited = Pregnancy.objects.get(pk=pregnancy.pk)
        endings.end_pregnancy(pregnancy, Kind.LOSS, endings.By())
        with pytest.raises(services.Gone):
            services.redeclare_pregnancy(edited, services.Declaration(12, None, 0))
        assert Pregnancy.objects.get().ended_at is not None

    def test_of_what_was_deleted_makes_nothing(self):
        child = make_child(make_user(), BORN)
        pregnancy = make_pregnancy(child.user, TODAY - dt.timedelta(weeks=20), TODAY)
        Child.objects.all().delete()
        Pregnancy.objects.all().delete()
        for change in (
            lambda: services.save_child(child, []),
            lambda: endings.end_child(child, endings.Reason.MOVED, endings.By()),
            lambda: endings.pause_child(child, TODAY + dt.timedelta(days=9), endings.By()),
            lambda: endings.end_pregnancy(pregnancy, Kind.LOSS, endings.By()),
        ):
            with pytest.raises(services.Gone):
                change()
        with pytest.raises(NotPossible):
            doses.record(child, [Entry(text="BCG")], Source.CARD, today=TODAY)
        assert not Child.objects.exists()


class TestOneBirth:
    @pytest.fixture
    def pregnancy(self):
        return make_pregnancy(make_user(), TODAY - dt.timedelta(weeks=36), TODAY - dt.timedelta(weeks=30))

    def tell(self, pregnancy, *newborns, kind=Kind.BIRTH):
        pregnancy = Pregnancy.objects.select_related("user__profile").get(pk=pregnancy.pk)
        return endings.end_pregnancy(pregnancy, kind, endings.By(), date=TODAY, newborns=newborns)[1]

    def test_told_again_after_a_child_was_renamed_or_with_another_day(self, pregnancy):
        nur = endings.Newborn("Nur", "FEMALE", TODAY)
        [child] = self.tell(pregnancy, nur)
        Child.objects.filter(pk=child.pk).update(name="Nour")
        assert [row.name for row in self.tell(pregnancy, nur)] == ["Nour"]
        [corrected] = self.tell(pregnancy, endings.Newborn("Nour", "FEMALE", TODAY - dt.timedelta(days=1)))
        assert (corrected.pk, corrected.date_of_birth) == (child.pk, TODAY - dt.timedelta(days=1))
        assert Child.objects.count() == 1

    def test_twins_in_another_order(self, pregnancy):
        nur, ada = (endings.Newborn(name, "FEMALE", TODAY) for name in ("Nur", "Ada"))
        self.tell(pregnancy, nur)
        assert {row.name for row in self.tell(pregnancy, ada, nur)} == {"Nur", "Ada"}
        assert Child.objects.count() == 2

    def test_a_child_added_by_herself_is_the_birth(self, pregnancy):
        """F1: who has added her premature newborn is reminded of no check-up."""
        child = births.add_child(Child(user=pregnancy.user, name="Can", gender="MALE", date_of_birth=TODAY), [])
        outcome = PregnancyOutcome.objects.get()
        assert (outcome.kind, outcome.date) == (Kind.BIRTH, TODAY)
        assert [row.pk for row in self.tell(pregnancy, endings.Newborn("Can", "MALE", TODAY))] == [child.pk]
        endings.take_outcome_back(Pregnancy.objects.get(), endings.By())
        assert Child.objects.get().ended_at is None, "it was there by itself"

    @pytest.mark.parametrize("born", [TODAY - dt.timedelta(weeks=20), TODAY - dt.timedelta(weeks=60)])
    def test_an_older_child_is_not(self, pregnancy, born):
        births.add_child(Child(user=pregnancy.user, name="Can", gender="MALE", date_of_birth=born), [])
        assert Pregnancy.objects.get().ended_at is None

    def test_what_stands_for_thirty_days_is_not_replaced_by_her(self, pregnancy, now):
        [child] = self.tell(pregnancy, endings.Newborn("Nur", "FEMALE", TODAY))
        now.shift(dt.timedelta(days=31))
        with pytest.raises(endings.CannotBeTakenBack):
            self.tell(pregnancy, kind=Kind.NOT_SAID)
        assert Child.objects.get(pk=child.pk).ended_at is None


class TestOneDose:
    @pytest.fixture
    def child(self):
        make_vaccine(0, 4, 26, name="Hepatitis B")
        return make_child(make_user(), BORN)

    def known(self):
        found = DoseGiven.objects.filter(retracted_at=None)
        return set(found.values_list("vaccine_dose__week_age", flat=True))

    def test_what_several_say_of_one_day(self, child):
        for source, product in (
            (Source.MOTHER, "Hepatitis B"),
            (Source.CARD, "hepatitis b"),
            (Source.IMPORT, "HEPATITIS B"),
        ):
            doses.record(child, [Entry(product=product, date=day(BORN))], source, today=TODAY)
        assert self.known() == {0}
        doses.record(
            child, [Entry(product="Hepatitis B", date=day(BORN + dt.timedelta(days=30)))], Source.CARD, today=TODAY
        )
        assert self.known() == {0, 4}

    def test_in_whatever_order_they_stand(self, child):
        days = [day(BORN + dt.timedelta(days=30)), day(BORN)]
        doses.record(child, [Entry(product="Hepatitis B", date=one) for one in days], Source.IMPORT, today=TODAY)
        assert self.known() == {0, 4}

    def test_without_a_day_each_source_counts_its_own(self, child):
        for source in (Source.MOTHER, Source.CARD):
            doses.record(child, [Entry(product="Hepatitis B")], source, today=TODAY)
        assert self.known() == {0}

    @pytest.mark.parametrize("text", ["9999-12", "0001", "1" * 400, "2026-02-30", "2026-3-9-1"])
    def test_dates_that_are_none(self, text):
        with pytest.raises(ValueError):  # noqa: PT011  (whatever it says)
            PartialDate.read(text)


def ask(child, *doses_asked, code="yes"):
    template, _ = SurveyTemplate.objects.get_or_create(
        code="were.you.there", defaults={"survey_type": "MULTIPLE_CHOICE", "description": "-"}
    )
    for option, effect in (("were_yes", Effect.DOSES_GIVEN), ("were_no", Effect.NONE)):
        template.options.get_or_create(code=option, defaults={"effect": effect, "option_en": option})
    ids = ",".join(str(dose.pk) for dose in doses_asked)
    return Survey.objects.create(
        user=child.user,
        survey_template=template,
        event_key=f"vaccination/child-{child.pk}/doses-{ids}",
        context={"child_id": str(child.pk), "dose_ids": ids},
        available_at=clock.now(),
        expires_at=clock.now() + dt.timedelta(days=7),
    )


def test_an_answer_that_is_changed_takes_back_its_own_records_only():
    vaccine = make_vaccine(0, 4)
    first, second = vaccine.doses.order_by("week_age")
    child = make_child(make_user(), BORN)
    services.save_child(child, [vaccine.pk])
    answer(ask(child, first), "were_yes")
    later = ask(child, second)
    for said in ("were_yes", "were_no"):
        later.refresh_from_db()
        answer(later, said)
    counting = DoseGiven.objects.filter(retracted_at=None).values_list("source", "vaccine_dose")
    assert set(counting) == {("tick", None), ("survey", first.pk)}
    assert child.past_vaccinations.count() == 1, "her own tick stays"


def test_an_answer_records_what_the_question_named():
    asked, off = make_vaccine(8, name="AAA"), make_vaccine(8, name="BBB")
    child = make_child(make_user(), BORN)
    survey = ask(child, asked.doses.get(), off.doses.get())
    type(off).objects.filter(pk=off.pk).update(is_active=False)
    answer(survey, "were_yes")
    assert list(DoseGiven.objects.values_list("vaccine_dose__vaccine__name", flat=True)) == ["AAA"]
