"""A child's doses on the person's page, with a pack in use."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine

from hera.child_health.models import DoseGiven, VaccineDose
from hera.child_health.packs import adopting, reading
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges
from hera.child_health.plan.worked_out import subjects_of
from hera.config import REPOSITORY
from hera.core import clock
from hera.panel import roles
from hera.people.card_table import table_of
from tests.families import make_child, make_user

pytestmark = pytest.mark.django_db
D = dt.date
PACK = REPOSITORY / "packs" / "TR-2025-04-14.yaml"


@pytest.fixture
def page(signed_in, programme, django_assert_max_num_queries):
    with time_machine.travel(dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)):
        pack = reading.read(PACK)
        ids = {key: dose.id for key, (_, dose) in pack.pack.doses().items()}
        mother = make_user()
        child = make_child(mother, D(2026, 3, 1), known_on=D(2026, 3, 1))
        adopting.adopt(pack)
        for key, day, source in [
            ("pcv-1", D(2026, 5, 1), "card"),
            ("pcv-1", D(2026, 5, 5), "survey"),
            ("mmr-1", D(2026, 5, 20), "card"),
        ]:
            DoseGiven.objects.create(
                child=child,
                vaccine_dose_id=ids[key],
                date=day,
                precision="day",
                source=source,
                entered_at=clock.now(),
            )

        vaccines = {key: vaccine.id for key, (vaccine, _) in pack.pack.doses().items()}
        DoseGiven.objects.create(
            child=child, vaccine_id=vaccines["hexa-1"], due_by=D(2026, 5, 1), source="tick", entered_at=clock.now()
        )
        DoseGiven.objects.filter(source="card", vaccine_dose_id=ids["pcv-1"]).update(text="the one in the leg")

        def read(role: str) -> str:
            client = signed_in(role)
            with django_assert_max_num_queries(29):
                return client.get(f"/admin/custom_user/customuser/{mother.pk}/change/").content.decode()

        yield read


def test_a_case_worker_reads_each_dose_and_why_it_does_not_count(page):
    shown = page(roles.CASE_WORKER)
    for text in (
        "to come",
        "given",
        "Due on",
        "before the child was old enough",
        "Which day is right?",
        "By disease",
        "Tuberculosis",
        "the vaccine was ticked",
        "\u2068the one in the leg\u2069",
        "\u20681 May 2026\u2069",
        # By disease, a tick's doses are not missing.
        "Said to have been given, on a day that nobody told: \u2068aBDT-IPA-Hib-HepB · Dose 1\u2069.",
        "\u2068aBDT-IPA-Hib-HepB · Dose 2\u2069: May be given from",
    ):
        assert text in shown, text
    assert "2026-05-01" not in shown, "one way to write dates"


def test_who_sees_people_masked_reads_no_day(page):
    shown = page(roles.RESEARCHER)
    for text in ("Due on", "old enough", "Which day is right?", "By disease"):
        assert text not in shown, text


@pytest.mark.parametrize(
    ("today", "standing", "said"),
    [
        (D(2026, 4, 20), "to come", "Due on 1 May 2026, overdue after 31 May 2026."),
        (D(2026, 5, 20), "due", "Due since 1 May 2026, overdue after 31 May 2026."),
        (D(2026, 6, 1), "overdue", "Overdue: it was due on 1 May 2026. Planned again for \u20688 June 2026\u2069."),
        (D(2026, 6, 9), "overdue", "Overdue: it was due on 1 May 2026."),
    ],
)  # fmt: skip
def test_a_dose_that_is_planned_again_has_one_status(programme, today, standing, said):
    by_pack = ByPack(reading.read(PACK).pack, D(2025, 4, 14), DueAges({}))
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    table = table_of(by_pack, subjects_of([child.pk])[child.pk], [], today)
    [row] = [row for row in table.rows if row.dose.startswith("BCG")]
    assert (row.standing, row.details) == (standing, [said])


def test_a_dose_told_as_another_one_is_shown_where_it_counts(programme):
    pack = reading.read(PACK)
    by_pack = ByPack(pack.pack, D(2025, 4, 14), DueAges({}))
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    adopting.adopt(pack)
    given = DoseGiven.objects.create(
        child=child,
        vaccine_dose_id=pack.pack.doses()["mmr-2"][1].id,
        date=D(2027, 3, 5),
        precision="day",
        source="card",
        entered_at=dt.datetime(2027, 3, 5, tzinfo=dt.UTC),
    )
    rows = {row.dose: row for row in table_of(by_pack, subjects_of([child.pk])[child.pk], [given], D(2027, 3, 6)).rows}
    assert rows["KKK · Dose 1"].standing == "given"
    assert "It was told as \u2068KKK · Dose 2 (R)\u2069, and counts for this dose." in rows["KKK · Dose 1"].details
    assert rows["KKK · Dose 2 (R)"].standing == "to come"


@pytest.fixture
def without_pack(signed_in, programme, django_assert_max_num_queries):
    dose = VaccineDose.objects.filter(vaccine__is_active=True).order_by("vaccine_id", "week_age").first()
    mother = make_user()
    child = make_child(mother, D(2026, 3, 1), known_on=D(2026, 3, 1))

    def read(role: str, *told: tuple[dict[str, object], D | None, str, str]) -> str:
        for which, day, precision, source in told:
            dose_id = None if which else dose.pk
            DoseGiven.objects.create(
                child=child, vaccine_dose_id=dose_id, date=day, precision=precision, source=source,
                entered_at=clock.now(), **which,
            )  # fmt: skip
        client = signed_in(role)
        with time_machine.travel(dt.datetime(2026, 7, 1, 9, tzinfo=dt.UTC)), django_assert_max_num_queries(25):
            return client.get(f"/admin/custom_user/customuser/{mother.pk}/change/").content.decode()

    return read


DAY, OTHER = D(2026, 5, 1), D(2026, 5, 9)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ([({}, DAY, "day", "card"), ({}, OTHER, "day", "card")], "Which day is right? \u20681 May 2026\u2069"),
        ([({}, OTHER, "day", "survey"), ({}, DAY, "day", "card")], "Which day is right? \u20681 May 2026\u2069"),
        ([({}, DAY, "month", "survey"), ({}, OTHER, "day", "card")], ""),
        ([({}, DAY, "day", "card"), ({}, None, "unknown", "card")], ""),
        ([({}, D(2026, 2, 28), "day", "card")], "Its date, \u206828 February 2026\u2069, is before the birth."),
        ([({}, D(2026, 3, 1), "month", "card")], ""),
        ([({}, D(2026, 1, 1), "year", "card")], ""),
        ([({}, D(2025, 1, 1), "year", "card")], "Its date, 2025, is before the birth."),
        ([({}, D(2027, 1, 1), "day", "card")], "Its date, \u20681 January 2027\u2069, is in the future."),
        ([({"text": "the one in the leg"}, DAY, "day", "card")], "What was this? \u2068the one in the leg\u2069"),
        ([({"product": "Pentavac"}, None, "unknown", "card")], "What was this? \u2068Pentavac\u2069, – "),
    ],
)
def test_what_cannot_be_right_is_asked_without_a_pack_too(without_pack, told, asked):
    shown = without_pack(roles.CASE_WORKER, *told)
    assert asked in shown
    if not asked:
        for question in ("Which day is right?", "look at the card again", "What was this?"):
            assert question not in shown


def test_nothing_is_asked_of_who_sees_people_masked(without_pack):
    told = [({}, DAY, "day", "card"), ({}, OTHER, "day", "card")]
    assert "Which day is right?" not in without_pack(roles.RESEARCHER, *told)
