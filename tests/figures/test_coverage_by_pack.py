"""Coverage with a pack in use: who should have had a dose, has it, and had it on time, by the pack and by the plan."""

from __future__ import annotations

import datetime as dt
import random

import pytest
import time_machine

from hera.child_health.card import Standing, card_of
from hera.child_health.models import Child, DoseGiven
from hera.child_health.packs import adopting, reading
from hera.child_health.packs.beginnings import beginnings
from hera.child_health.plan import stored
from hera.child_health.plan.programme import current_programme
from hera.child_health.plan.subject import Record, subject_of
from hera.config import REPOSITORY
from hera.core import clock
from hera.figures.coverage import coverage
from hera.panel import roles
from hera.people.selectors import chosen
from tests.families import make_child, make_user

pytestmark = pytest.mark.django_db
D = dt.date
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
ADOPTED = dt.datetime(2025, 4, 14, 9, tzinfo=dt.UTC)  # the day from which the pack holds
TODAY = NOW.date()


@pytest.fixture
def pack(programme):
    read = reading.read(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
    with time_machine.travel(ADOPTED, tick=False):
        adopting.adopt(read)
    with time_machine.travel(NOW, tick=False):
        yield read.pack


def family(born: dt.date, gender: str = "FEMALE", known_on: dt.date | None = None) -> Child:
    return make_child(make_user(), born, gender, known_on=known_on or born)


def give(pack, child: Child, key: str, day: dt.date | None, *, precision: str = "day", source: str = "card") -> None:
    DoseGiven.objects.create(
        child=child,
        vaccine_dose_id=pack.doses()[key][1].id,
        date=day,
        precision=precision if day else "unknown",
        source=source,
        entered_at=clock.now(),
    )


def ticked(pack, child: Child, key: str, due_by: dt.date) -> None:
    vaccine = pack.doses()[key][0].id
    DoseGiven.objects.create(child=child, vaccine_id=vaccine, due_by=due_by, source="tick", entered_at=clock.now())


def of_vaccine(name: str) -> dict[str, object]:
    stored.catch_up()
    return next((row for row in coverage() if row["name"] == name), {"due": 0})


@pytest.mark.parametrize(
    ("born", "is_counted"),
    [(D(2026, 4, 1), True), (D(2026, 4, 2), False), (D(2026, 4, 6), False)],  # two months are not eight weeks
)
def test_who_should_have_had_a_dose_is_told_by_months_of_the_calendar(pack, born, is_counted):
    family(born)
    assert of_vaccine("BCG")["due"] == is_counted


@pytest.mark.parametrize(
    ("told", "given", "dated", "on_time"),
    [
        ([], 0, 0, 0),
        ([("bcg-1", D(2026, 3, 3), "day")], 1, 1, 1),
        ([("bcg-1", D(2026, 3, 31), "day")], 1, 1, 1),  # late from three months on: 1 April
        ([("bcg-1", D(2026, 4, 1), "day")], 1, 1, 0),
        ([("bcg-1", D(2026, 3, 1), "month")], 1, 1, 1),
        ([("bcg-1", D(2026, 1, 1), "year")], 1, 0, 0),
        ([("bcg-1", None, "unknown")], 1, 0, 0),
    ],
)
def test_a_dose_told_of_is_given_and_on_time_by_the_pack(pack, told, given, dated, on_time):
    child = family(D(2026, 1, 1))
    for key, day, precision in told:
        give(pack, child, key, day, precision=precision)
    row = of_vaccine("BCG")
    assert (row["due"], row["given"], row["dated"], row["on_time"]) == (1, given, dated, on_time)


def test_what_does_not_count_by_the_pack_is_not_given(pack):
    child = family(D(2025, 3, 1))
    give(pack, child, "mmr-1", D(2025, 8, 1))  # at five months
    assert (of_vaccine("KKK")["due"], of_vaccine("KKK")["given"]) == (1, 0)


@pytest.mark.parametrize(("due_by", "given"), [(D(2026, 3, 1), 1), (D(2026, 2, 28), 0)])
def test_a_tick_counts_from_when_the_dose_was_due(pack, due_by, given):
    ticked(pack, family(D(2026, 1, 1)), "bcg-1", due_by)
    assert of_vaccine("BCG")["given"] == given


def test_what_is_only_taken_as_given_is_not(pack):
    """A newborn's dose of the day of birth, of which nobody has told."""
    family(D(2026, 5, 1))
    row = of_vaccine("Hepatitis B (BHA)")
    assert (row["due"], row["given"]) == (1, 0)


def test_children_that_ended_and_those_whose_plan_is_out_of_date_are_left_out(pack):
    for _ in range(3):
        family(D(2026, 1, 1))
    stored.catch_up()
    first, second, _third = Child.objects.order_by("pk")
    Child.objects.filter(pk=first.pk).update(ended_at=clock.now())
    assert of_vaccine("BCG")["due"] == 2
    Child.objects.filter(pk=second.pk).update(plan_version=None)
    [row] = [row for row in coverage() if row["name"] == "BCG"]
    assert row["due"] == 1


def test_it_is_two_queries(pack, django_assert_num_queries):
    family(D(2026, 1, 1))
    stored.catch_up()
    coverage()
    with django_assert_num_queries(2):
        coverage()


def test_random_families_are_counted_as_their_cards_say(pack):
    chance = random.Random(18)
    keys = list(pack.doses())
    for _ in range(60):
        born = TODAY - dt.timedelta(days=chance.randrange(1, 2600))
        child = family(born, chance.choice(["MALE", "FEMALE"]), born + dt.timedelta(days=chance.randrange(60)))
        for key in chance.sample(keys, chance.randrange(4)):
            day = min(TODAY, born + dt.timedelta(days=chance.randrange(900)))
            if not DoseGiven.objects.filter(child=child, date=day).exists():
                give(pack, child, key, chance.choice([day, day, None]))
        if chance.random() < 0.3:
            ticked(pack, child, chance.choice(keys), TODAY - dt.timedelta(days=chance.randrange(300)))
    stored.catch_up()
    by_pack = current_programme().programme.by_pack
    expected = {one.vaccine.name: [0, 0] for one in beginnings(pack)}
    for child in Child.objects.all():
        records = [
            Record(one.vaccine_dose_id, one.vaccine_id, one.due_by, one.date, one.precision, "", "", one.source, False,
                   one.entered_at.date(), one.pk)
            for one in DoseGiven.objects.filter(child=child)
        ]  # fmt: skip
        card = card_of(by_pack, subject_of(child.date_of_birth, child.gender, child.known_on, records), TODAY)
        had = {row.dose_id for row in card.rows if row.standing in {Standing.GIVEN, Standing.UNDATED}}
        for one in beginnings(pack):
            if one.due.after(child.date_of_birth) <= TODAY:
                expected[one.vaccine.name][0] += 1
                expected[one.vaccine.name][1] += bool(had & set(one.doses))
    assert {row["name"]: [row["due"], row["given"]] for row in coverage()} == expected


def test_the_page_says_how_many_were_on_time(pack, signed_in):
    give(pack, family(D(2026, 1, 1)), "bcg-1", D(2026, 3, 3))
    stored.catch_up()
    shown = signed_in(roles.PROGRAMME_ADMIN).get("/admin/figures/").text
    assert "On time" in shown
    assert 'title="1 / 1">100%' in shown


@pytest.mark.parametrize(("born", "is_late"), [(D(2026, 3, 1), True), (D(2026, 3, 2), False)])
def test_people_are_found_by_what_is_overdue_by_the_pack(pack, born, is_late):
    """Due at two months, late from three on: the day before, it is due and not overdue."""
    child = family(born)
    give(pack, child, "hepb-1", born)
    stored.catch_up()
    assert chosen({"overdue": "yes"}).filter(pk=child.user_id).exists() is is_late
    assert chosen({"overdue": "no"}).filter(pk=child.user_id).exists() is not is_late
