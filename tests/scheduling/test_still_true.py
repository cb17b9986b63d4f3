"""Why an announcement is not true any more: a table of worked cases, and the engine held to the same."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.calendar import Dose
from hera.scheduling.still_true import SENTENCES, Announced, BirthFacts, ChildFacts, Facts, PregnancyFacts, Reason, of

TODAY = dt.date(2026, 11, 25)
BORN = TODAY - dt.timedelta(weeks=8)
BCG, HEXA = Dose(6, 8, 2, "BCG", True, True), Dose(7, 8, 3, "Hexa", True, False)
PROGRAMME = {dose.id: dose for dose in (BCG, HEXA)}
VISIT = Announced(
    "vaccination/child-1/doses-6,7",
    {"date": "2026-11-25", "week_age": "8", "dose_ids": "6,7", "vaccine_names": "BCG, Hexa", "person_name": "Leyla"},
)
CHECKUP = Announced("prenatal-checkup/pregnancy-1/week-24", {"date": "2026-11-23"})
BIRTH = Announced("expected-birth/pregnancy-1", {"date": "2027-03-17"})
MONDAY, LONG_AGO = dt.date(2026, 11, 23), dt.date(2026, 1, 1)
AGAIN = Announced("prenatal-checkup/pregnancy-1/try-2/week-24", {"date": "2026-11-23"})
CONTACT = Announced("postnatal-checkup/pregnancy-1/contact-2", {"date": "2026-11-25", "contact": "2"})
PREGNANCY = PregnancyFacts(TODAY - dt.timedelta(weeks=24), TODAY - dt.timedelta(weeks=10), 0, dt.date(2027, 3, 17))


def child(**what):
    return Facts(TODAY, children={1: ChildFacts(**{"date_of_birth": BORN, "gender": "MALE", **what})})


def pregnant(**what):
    return Facts(TODAY, pregnancies={1: PregnancyFacts(**{**PREGNANCY.__dict__, **what})})


def born(delivery=TODAY, **what):
    contacts = frozenset({(2, TODAY), (3, TODAY + dt.timedelta(days=5))})
    birth = BirthFacts(**{"has_ended": False, "paused_until": None, "contacts": contacts, **what})
    return pregnant(is_ended=True, delivery=delivery, birth=birth)


def closed(announced):
    return Announced(announced.event_key, announced.context, announced.is_on, is_open=False)


@pytest.mark.parametrize(
    ("announced", "facts", "reason"),
    [
        (VISIT, child(), None),
        (VISIT, Facts(TODAY), Reason.GONE),
        (VISIT, child(is_ended=True), Reason.ENDED),
        (closed(VISIT), child(is_ended=True), Reason.ENDED),
        (VISIT, child(paused_until=TODAY + dt.timedelta(days=1)), Reason.PAUSED),
        (VISIT, child(paused_until=TODAY), None),
        (VISIT, child(date_of_birth=BORN - dt.timedelta(days=1)), Reason.OTHER_DAY),
        (VISIT, child(given=frozenset({6, 7})), Reason.GIVEN),
        (VISIT, child(given=frozenset({6})), None),
        (closed(VISIT), child(given=frozenset({6, 7})), None),
        (VISIT, child(ticked=((2, TODAY), (3, TODAY))), Reason.GIVEN),
        (VISIT, child(ticked=((2, TODAY), (3, TODAY - dt.timedelta(days=1)))), None),
        (VISIT, child(gender="FEMALE", given=frozenset({6})), Reason.GIVEN),
        (VISIT, Facts(TODAY, is_active=False, children=child().children), Reason.INACTIVE),
        (Announced(VISIT.event_key, VISIT.context, is_on=False), child(), Reason.SWITCHED_OFF),
        (Announced(VISIT.event_key, VISIT.context, is_on=False, is_open=False), child(), None),
        (Announced("vaccination/child-1/doses-6", {}), child(), None),
        (Announced("vaccination/child-1/doses-99", {}), child(), Reason.NOT_IN_PROGRAMME),
        (Announced("vaccination/child-1/try-2/doses-6", {}), child(is_ended=True), Reason.ENDED),
        (CHECKUP, pregnant(), None),
        (CHECKUP, Facts(TODAY), Reason.GONE),
        (CHECKUP, pregnant(is_ended=True), Reason.ENDED),
        (CHECKUP, pregnant(start=PREGNANCY.start + dt.timedelta(days=7)), Reason.OTHER_DAY),
        (CHECKUP, pregnant(start=PREGNANCY.start + dt.timedelta(days=1)), None),
        (CHECKUP, pregnant(declared_on=TODAY), Reason.OTHER_DAY),
        (closed(CHECKUP), pregnant(declared_on=TODAY), None),
        (CHECKUP, pregnant(delivery=TODAY - dt.timedelta(days=29)), Reason.ENDED),
        (CHECKUP, pregnant(delivery=TODAY - dt.timedelta(days=28)), None),
        (BIRTH, pregnant(), None),
        (BIRTH, pregnant(is_ended=True), Reason.ENDED),
        (BIRTH, pregnant(delivery=dt.date(2027, 3, 18)), Reason.OTHER_DAY),
        (AGAIN, pregnant(), Reason.OTHER_DAY),
        (AGAIN, pregnant(by_pack=frozenset({(1, 24, MONDAY)}), since=LONG_AGO), Reason.OTHER_DAY),
        (AGAIN, pregnant(by_pack=frozenset({(2, 24, MONDAY)}), since=LONG_AGO), None),
        (closed(AGAIN), pregnant(by_pack=frozenset(), since=LONG_AGO), None),
        (CONTACT, Facts(TODAY), Reason.GONE),
        (CONTACT, pregnant(), Reason.NO_BIRTH),
        (CONTACT, born(), None),
        (CONTACT, born(delivery=TODAY - dt.timedelta(days=60)), None),
        (CONTACT, born(contacts=frozenset({(1, TODAY), (2, MONDAY)})), Reason.OTHER_DAY),
        (closed(CONTACT), born(has_ended=True), Reason.ENDED),
        (CONTACT, born(paused_until=TODAY + dt.timedelta(days=1)), Reason.PAUSED),
        (CONTACT, born(paused_until=TODAY), None),
        (CONTACT, born(contacts=None), Reason.NOT_IN_PROGRAMME),
        (closed(CONTACT), born(contacts=None), None),
        (Announced(None, {"person_name": "Amal"}), Facts(TODAY), None),
        (Announced("of a later HERA", {}), Facts(TODAY), None),
    ],
)
def test_why_not(announced, facts, reason):
    assert of(announced, facts, PROGRAMME).reason == reason


def test_what_is_left_is_what_its_texts_name():
    context = of(VISIT, child(given=frozenset({6})), PROGRAMME).context
    assert context == {**VISIT.context, "vaccine_names": "Hexa", "dose_ids": "7"}
    assert of(VISIT, child(), PROGRAMME).context is VISIT.context


def test_what_was_wrongly_had_when_it_was_announced_is_named_again():
    partial = VISIT._replace(context={**VISIT.context, "vaccine_names": "Hexa", "dose_ids": "7"})
    assert of(partial, child(given=frozenset({6})), PROGRAMME).context is partial.context
    assert of(partial, child(), PROGRAMME).context == VISIT.context
    assert of(partial, child(given=frozenset({7})), PROGRAMME).context["vaccine_names"] == "BCG"
    assert of(closed(partial), child(), PROGRAMME).context is partial.context, "history is as it was told"


def test_every_reason_has_its_sentence():
    assert set(SENTENCES) == set(Reason)
