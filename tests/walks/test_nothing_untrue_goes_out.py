"""F1: every way in which a fact can change, at every step at which a message can be: none that is untrue goes out.

A way in which a fact changes that this page does not name is one that nobody has looked at: name it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from django.conf import settings

from hera.child_health import doses, endings, services, ticks
from hera.child_health.models import Child, ChildEnd, DoseGiven, Pregnancy, PregnancyOutcome, Vaccine, VaccineDose
from hera.child_health.packs import adopting, reading
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import stored
from hera.config import Environment
from hera.core import clock
from hera.delivery import claims, fallbacks, withdrawing
from hera.delivery.channels import registry
from hera.delivery.models import Message, State
from hera.devserver.loopback import Misbehaviour
from hera.events.models import Fallback, NotificationEvent, NotificationSchedule, NotificationType
from hera.events.services import announce_due
from hera.surveys.models import Effect, Survey, SurveySchedule, SurveyTemplate
from hera.surveys.services import answer, ask_due
from hera.user_profile.models import ChannelOptOut
from tests.delivery.sending import provider_settings, send
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine
from tests.own_lists import notifications_of, pending_surveys_of, surveys_of

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)  # in Istanbul, a Wednesday
TODAY = dt.date(2026, 11, 25)
PACK = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
BY_STAFF = endings.By(services.Source.STAFF)


@dataclasses.dataclass
class World:
    """A mother with a child whose vaccination is due today, and a pregnancy with a visit on Monday last."""

    kind: NotificationType

    def __post_init__(self):
        self.mother = make_user(number="+905321234567")
        self.vaccine = make_vaccine(8)
        self.dose = self.vaccine.doses.get()
        self.child = make_child(self.mother, TODAY - dt.timedelta(weeks=8))

    def fresh(self):
        """The child, as it is kept now."""
        return Child.objects.select_related("user__profile").get(pk=self.child.pk)


@dataclasses.dataclass
class PregnantWorld:
    kind: NotificationType

    def __post_init__(self):
        self.mother = make_user(number="+905321234567")
        # Week 24 begins today, so that its visit is on Monday of this week.
        start = TODAY - dt.timedelta(weeks=24)
        self.pregnancy = make_pregnancy(self.mother, start, TODAY - dt.timedelta(days=70))

    def fresh(self):
        return Pregnancy.objects.select_related("user__profile").get(pk=self.pregnancy.pk)


@functools.cache
def pack():
    return reading.read(PACK)


@dataclasses.dataclass
class AfterBirthWorld:
    """A mother whose child was born yesterday, in a country that has adopted a pack: a visit is due today."""

    kind: NotificationType

    def __post_init__(self):
        adopting.adopt(pack())
        self.mother = make_user(number="+905321234567")
        self.pregnancy = make_pregnancy(self.mother, TODAY - dt.timedelta(days=275), TODAY - dt.timedelta(days=200))
        newborn = endings.Newborn("Leyla", "FEMALE", TODAY - dt.timedelta(days=1))
        [self.child] = endings.end_pregnancy(
            self.fresh(), PregnancyOutcome.Kind.BIRTH, endings.By(), newborns=[newborn]
        )[1]

    def fresh(self):
        return Pregnancy.objects.select_related("user__profile").get(pk=self.pregnancy.pk)

    def fresh_child(self):
        return Child.objects.select_related("user__profile").get(pk=self.child.pk)

    def bear_again(self):
        newborn = endings.Newborn("Leyla", "FEMALE", TODAY - dt.timedelta(days=1))
        endings.end_pregnancy(self.fresh(), PregnancyOutcome.Kind.BIRTH, endings.By(), newborns=[newborn])


def end_newborn(reason):
    return lambda world: endings.end_child(world.fresh_child(), reason, BY_STAFF)


def newborn_born_another_day(world):
    child = world.fresh_child()
    child.date_of_birth -= dt.timedelta(days=9)
    services.save_child(child, None)


def the_pack_is_left(_world):
    adopting.leave()
    stored.catch_up()


def end_child(reason):
    return lambda world: endings.end_child(world.fresh(), reason, BY_STAFF)


def end_pregnancy(kind):
    return lambda world: endings.end_pregnancy(world.fresh(), kind, endings.By())


def born_another_day(world):
    child = world.fresh()
    child.date_of_birth -= dt.timedelta(days=9)
    services.save_child(child, None)


def not_for_boys(world):
    Vaccine.objects.update(applicable_for_male=False)
    child = world.fresh()
    child.gender = "MALE"
    services.save_child(child, None)


def recorded(source):
    def record(world):
        entry = doses.Entry(vaccine_dose_id=world.dose.pk, date=PartialDate(TODAY, DoseGiven.Precision.DAY))
        doses.record(world.fresh(), [entry], source, today=TODAY)

    return record


def answered(world):
    """She answers another question about the same visit."""
    template = SurveyTemplate.objects.create(code="another.question", survey_type="MULTIPLE_CHOICE", description="-")
    template.options.create(code="oh.yes", effect=Effect.DOSES_GIVEN, option_en="Yes")
    context = {"child_id": str(world.child.pk), "dose_ids": str(world.dose.pk), "date": TODAY.isoformat()}
    survey = Survey.objects.create(
        user=world.mother, survey_template=template, context=context, available_at=NOON, expires_at=NOON
    )
    answer(survey, "oh.yes")


def redeclared(**what):
    def declare(world):
        pregnancy = world.fresh()
        before = services.Declaration.of(pregnancy)
        services.redeclare_pregnancy(pregnancy, dataclasses.replace(before, **what))

    return declare


def declared_anew_after_an_older(world):
    """Of two that run, as an earlier database may have them, the newest counts."""
    newer = make_pregnancy(world.mother, TODAY - dt.timedelta(weeks=12), TODAY)
    services.redeclare_pregnancy(
        Pregnancy.objects.select_related("user__profile").get(pk=newer.pk), services.Declaration(13, None, 1)
    )


OF_CHILD: dict[str, Callable[[World], object]] = {
    "the child is deleted": lambda world: services.delete_child(world.fresh()),
    **{f"the child is ended: {reason}": end_child(reason) for reason in ChildEnd.Reason},
    "the child is paused": lambda world: endings.pause_child(world.fresh(), TODAY + dt.timedelta(days=3), BY_STAFF),
    "its birth date is corrected": born_another_day,
    "its gender is corrected": not_for_boys,
    "its vaccine is ticked in the app": lambda world: services.save_child(world.fresh(), [world.vaccine.pk]),
    "its vaccine is ticked by staff": lambda world: services.save_child(
        world.fresh(), [world.vaccine.pk], ticks.Source.STAFF
    ),
    **{
        f"the dose is recorded: {source}": recorded(source)
        for source in DoseGiven.Source
        if source not in {DoseGiven.Source.TICK, DoseGiven.Source.SURVEY}
    },
    "she answers that it was given": answered,
    "the vaccine is switched off": lambda world: Vaccine.objects.update(is_active=False),
    "the dose is switched off": lambda world: VaccineDose.objects.update(is_active=False),
    "the dose is deleted": lambda world: VaccineDose.objects.all().delete(),
}
OF_PREGNANCY: dict[str, Callable[[PregnantWorld], object]] = {
    "the pregnancy is deleted": lambda world: services.delete_pregnancy(world.fresh()),
    **{f"the pregnancy ends: {kind}": end_pregnancy(kind) for kind in PregnancyOutcome.Kind},
    "her last period is corrected": redeclared(last_menstrual_period=TODAY - dt.timedelta(weeks=20)),
    "she has made the visits": redeclared(visits=9),
    "a newer one supersedes it": declared_anew_after_an_older,
}
OF_BIRTH: dict[str, Callable[[AfterBirthWorld], object]] = {
    "the pregnancy is deleted": lambda world: services.delete_pregnancy(world.fresh()),
    "the birth is taken back": lambda world: endings.take_outcome_back(world.fresh(), endings.By()),
    **{
        f"it ended otherwise: {kind}": end_pregnancy(kind)
        for kind in PregnancyOutcome.Kind
        if kind != PregnancyOutcome.Kind.BIRTH
    },
    "the child is deleted": lambda world: services.delete_child(world.fresh_child()),
    **{f"the child is ended: {reason}": end_newborn(reason) for reason in ChildEnd.Reason},
    "the child is paused": lambda world: endings.pause_child(
        world.fresh_child(), TODAY + dt.timedelta(days=3), BY_STAFF
    ),
    "its birth date is corrected": newborn_born_another_day,
    "the pack is left": the_pack_is_left,
}
OF_HER: dict[str, Callable[[World | PregnantWorld | AfterBirthWorld], object]] = {
    "the schedule is switched off": lambda world: NotificationSchedule.objects.update(is_active=False),
    "the type is switched off": lambda world: NotificationType.objects.update(is_active=False),
    "she is inactive": lambda world: type(world.mother).objects.filter(pk=world.mother.pk).update(is_active=False),
    "she wants nothing by any channel": lambda world: ChannelOptOut.objects.bulk_create(
        ChannelOptOut(user=world.mother, channel=channel) for channel in ("push", "sms", "whatsapp")
    ),
    "she is erased": lambda world: type(world.mother).objects.filter(pk=world.mother.pk).delete(),
}
CASES = [
    *[pytest.param(World, change, id=name) for name, change in (OF_CHILD | OF_HER).items()],
    *[pytest.param(PregnantWorld, change, id=f"pregnant: {name}") for name, change in (OF_PREGNANCY | OF_HER).items()],
    *[pytest.param(AfterBirthWorld, change, id=f"born: {name}") for name, change in (OF_BIRTH | OF_HER).items()],
]


@pytest.fixture
def channels(onesignal, messagebird, monkeypatch):
    variables = provider_settings(onesignal, messagebird)
    monkeypatch.setattr(settings, "CHANNELS", registry.load_settings(Environment(variables), is_local=True))


@pytest.fixture
def kind(channels):
    kind = make_type(en=("Reminder", "Open HERA", "{{ vaccine_names }}{{ weeks_pregnant }}"))
    NotificationType.objects.update(fallback_channel=Fallback.SMS, fallback_after=30)
    make_schedule(kind, ttl=dt.timedelta(days=3))
    make_schedule(kind, "prenatal_checkup", offset=1, ttl=dt.timedelta(days=3))
    make_schedule(kind, "postnatal_checkup", ttl=dt.timedelta(days=3))
    return kind


@pytest.fixture
def now():
    with time_machine.travel(NOON) as traveller:
        yield traveller


def announce():
    assert announce_due(clock.now()) == 1
    return NotificationEvent.objects.get()


def work():
    """A worker's pass, if there is anything to look at."""
    if Message.objects.exists():
        send(whenever=True)


def nothing_went_out(onesignal, messagebird, but=0):
    assert (len(onesignal.requests), len(messagebird.requests)) == (but, 0)
    states = set(Message.objects.values_list("state", flat=True))
    assert states <= {State.WITHDRAWN, State.DELIVERED}, "withdrawn, or gone with her"
    for message in Message.objects.filter(state=State.WITHDRAWN):
        assert message.reason
        assert message.state_at


@pytest.mark.parametrize(("make_world", "change"), CASES)
class TestNothingUntrue:
    def test_before_it_is_announced(self, kind, now, make_world, change, request):
        change(make_world(kind))
        if "any channel" in request.node.callspec.id:
            return  # she reads it in the app all the same
        assert announce_due(clock.now()) == 0

    def test_queued(self, kind, now, onesignal, messagebird, make_world, change):
        world = make_world(kind)
        announce()
        change(world)
        work()
        nothing_went_out(onesignal, messagebird)

    def test_waiting_for_another_try(self, kind, now, onesignal, messagebird, make_world, change):
        world = make_world(kind)
        announce()
        onesignal.misbehave(Misbehaviour(503))
        assert send(whenever=True).state == State.RETRYING
        change(world)
        work()
        nothing_went_out(onesignal, messagebird, but=1)

    def test_claimed_and_composed_and_not_begun(self, kind, now, onesignal, messagebird, make_world, change):
        world = make_world(kind)
        message = announce().messages.get()
        claimed, until = claims.claim([message.pk])
        assert claimed == [message.pk]
        change(world)
        if ChannelOptOut.objects.exists():
            return  # what she mutes while a worker holds it may still come
        begun = claims.begin({message.pk: "onesignal"}, until)
        assert begun.attempts == {}

    def test_held_by_a_worker_that_is_lost(self, kind, now, onesignal, messagebird, make_world, change):
        world = make_world(kind)
        message = announce().messages.get()
        _, until = claims.claim([message.pk])
        assert claims.begin({message.pk: "onesignal"}, until).attempts
        change(world)
        now.shift(dt.timedelta(minutes=3))
        work()
        nothing_went_out(onesignal, messagebird)

    def test_waiting_for_its_fallback(self, kind, now, onesignal, messagebird, make_world, change):
        world = make_world(kind)
        announce()
        assert send(whenever=True).state == State.DELIVERED
        change(world)
        now.shift(dt.timedelta(hours=1))
        fallbacks.enqueue()
        work()
        nothing_went_out(onesignal, messagebird, but=1)

    def test_in_the_queue_of_its_fallback(self, kind, now, onesignal, messagebird, make_world, change):
        world = make_world(kind)
        announce()
        send(whenever=True)
        now.shift(dt.timedelta(hours=1))
        assert fallbacks.enqueue() == 1
        change(world)
        work()
        nothing_went_out(onesignal, messagebird, but=1)

    def test_the_list_of_notifications(self, kind, now, make_world, change):
        world = make_world(kind)
        announce()
        her = type(world.mother).objects.select_related("profile").get(pk=world.mother.pk)
        assert len(notifications_of(her)) == 1
        change(world)
        muted = ChannelOptOut.objects.exists()
        still = type(world.mother).objects.filter(is_active=True, pk=world.mother.pk).exists()
        if still and not muted:
            assert notifications_of(her) == []


@pytest.fixture
def question():
    template = SurveyTemplate.objects.create(code="have.you.been", survey_type="MULTIPLE_CHOICE", description="-")
    template.translations.create(language_code="en", question="Have you been there?")
    for code in ("been_yes", "been_no"):
        template.options.create(code=code, option_en=code)
    for event_type in ("vaccination", "prenatal_checkup", "postnatal_checkup"):
        SurveySchedule.objects.create(
            survey_template=template,
            calendar_event_type=event_type,
            offset_days=1 if event_type == "prenatal_checkup" else 0,
            time_of_day=dt.time(10),
            time_to_live=dt.timedelta(days=7),
        )
    return template


@pytest.mark.parametrize(
    ("make_world", "change"),
    [
        *[pytest.param(World, change, id=name) for name, change in OF_CHILD.items()],
        *[pytest.param(PregnantWorld, change, id=name) for name, change in OF_PREGNANCY.items()],
        *[pytest.param(AfterBirthWorld, change, id=f"born: {name}") for name, change in OF_BIRTH.items()],
        pytest.param(World, lambda world: SurveyTemplate.objects.update(is_active=False), id="the question is off"),
        pytest.param(World, lambda world: SurveySchedule.objects.update(is_active=False), id="its schedule is off"),
    ],
)
def test_the_lists_of_surveys(question, now, make_world, change):
    world = make_world(None)
    assert ask_due(clock.now()) == 1
    her = type(world.mother).objects.select_related("profile").get(pk=world.mother.pk)
    assert len(pending_surveys_of(her)) == 1
    change(world)
    assert pending_surveys_of(her) == []
    assert [row for row in surveys_of(her) if row["question"] == "Have you been there?"] == []


# Ways that can be undone, with how.
UNDONE = {
    "end of a child": (
        World,
        end_child(ChildEnd.Reason.MOVED),
        lambda world: endings.take_end_back(world.fresh(), BY_STAFF),
    ),
    "pause": (World, OF_CHILD["the child is paused"], lambda world: endings.take_pause_back(world.fresh(), BY_STAFF)),
    "tick": (World, OF_CHILD["its vaccine is ticked in the app"], lambda world: services.save_child(world.fresh(), [])),
    "record": (
        World,
        recorded(DoseGiven.Source.CARD),
        lambda world: doses.retract(DoseGiven.objects.select_related("child").get(), "another child's card"),
    ),
    "loss": (
        PregnantWorld,
        end_pregnancy(PregnancyOutcome.Kind.LOSS),
        lambda world: endings.take_outcome_back(world.fresh(), endings.By()),
    ),
    "birth": (
        AfterBirthWorld,
        OF_BIRTH["the birth is taken back"],
        AfterBirthWorld.bear_again,
    ),
    "death": (
        AfterBirthWorld,
        end_newborn(ChildEnd.Reason.DIED),
        lambda world: endings.take_end_back(world.fresh_child(), BY_STAFF),
    ),
    "pause of a newborn": (
        AfterBirthWorld,
        OF_BIRTH["the child is paused"],
        lambda world: endings.take_pause_back(world.fresh_child(), BY_STAFF),
    ),
    "switch of the vaccine": (
        World,
        OF_CHILD["the vaccine is switched off"],
        lambda world: Vaccine.objects.update(is_active=True),
    ),
    "switch of the schedule": (
        World,
        OF_HER["the schedule is switched off"],
        lambda world: NotificationSchedule.objects.update(is_active=True),
    ),
}


@pytest.mark.parametrize(("make_world", "change", "undo"), UNDONE.values(), ids=UNDONE)
def test_what_is_taken_back_comes_after_all_and_once(kind, now, onesignal, make_world, change, undo):

    world = make_world(kind)
    event = announce()
    change(world)
    send(whenever=True)
    event.refresh_from_db()
    assert event.withdrawn_at is not None
    assert onesignal.requests == []
    undo(world)
    now.shift(dt.timedelta(minutes=11))
    withdrawing.look_again_at_withdrawn()
    for _ in range(2):
        send(whenever=True)
    event.refresh_from_db()
    assert (event.withdrawn_at, event.withdrawn_because) == (None, "")
    assert len(onesignal.accepted) == 1
    assert announce_due(clock.now()) == 0
