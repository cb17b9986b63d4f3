"""Adopting a country's pack: what is read before, what parents see after, and back."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import random
import re
import threading
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from hera.child_health import endings, not_given, services
from hera.child_health.doses import Entry, record, retract, that_count
from hera.child_health.models import AdoptedPack, Child, DoseGiven, PlannedVisit, Vaccine, VaccineDose
from hera.child_health.packs import adopting, reading
from hera.child_health.packs.reading import NotAdoptedError
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import checking, stored
from hera.child_health.possible_dates import NotPossible
from hera.child_health.selectors import calendar_of
from hera.core import clock
from hera.delivery.withdrawing import standings
from hera.events.models import NotificationEvent
from hera.events.services import announce_due
from hera.immunization import pack_file
from hera.immunization.pack import of
from hera.operations import metrics
from hera.operations.selectors import notes, reasons_not_ready
from hera.surveys.services import ask_due
from tests.families import make_child, make_pregnancy, make_schedule, make_type, make_user, make_vaccine, tick
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db
D = dt.date
FILE = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
TODAY = D(2026, 6, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def pack(programme):
    return reading.read(FILE)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("pack", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def days_of(child: Child) -> list[tuple[D, str, str]]:
    """The calendar of a child's mother: day, doses, how they stand."""
    today = clock.now().date()
    return [
        (event.date, ",".join(map(str, event.group.dose_ids)), event.detail.status.value)
        for event in calendar_of(child.user, today)
    ]


def given(child: Child, dose: int, day: D, **more: object) -> DoseGiven:
    fields = {"precision": "day", "source": "card", "entered_at": clock.now()} | more
    return DoseGiven.objects.create(child=child, vaccine_dose_id=dose, date=day, **fields)


def test_what_changes_is_read_before_and_nothing_is_done(programme):
    make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    before = list(VaccineDose.objects.order_by("pk").values())
    told = said("adopt", str(FILE))
    assert "aBDT-IPA-Hib: is called aBDT-IPA-Hib-HepB.\n" in told
    assert "BCG, Dose 1: moves from week 8 of age to week 8" not in told
    assert "  1 children; the plans of all were compared:\n  1 have other visits before them.\n" in told
    assert told.endswith("Nothing has changed. To adopt it, run this again with --yes.\n")
    assert list(VaccineDose.objects.order_by("pk").values()) == before
    assert not AdoptedPack.objects.exists()


def test_a_pack_that_knows_no_dose_of_now_says_what_that_means(programme):
    told = said("adopt", str(FILE.with_name("SY-2023-01-01.yaml")))
    assert "No dose of this pack has the number of one that is on calendars now" in told
    assert re.search(r"  Doses that leave calendars: .*\bBCG, Dose 1\b", told)
    assert "No dose of this pack" not in said("adopt", str(FILE))


def test_a_child_comes_on_the_authority_s_days_from_then_on(programme):
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    assert "TR-2025-04-14 is in use.\n" in said("adopt", str(FILE), "--yes")
    rows = PlannedVisit.objects.filter(child=child, attempt=1, due__gte=TODAY).order_by("due")
    assert [row.due for row in rows] == [
        *(D(2026, 7, 1), D(2026, 9, 1), D(2027, 3, 1), D(2027, 9, 1), D(2028, 3, 1), D(2030, 3, 1), D(2039, 3, 1)),
    ]
    assert set(Vaccine.objects.filter(is_active=True).values_list("pk", flat=True)) >= {1, 2, 3}
    assert checking.check(None).total == 0
    assert said("adopt", str(FILE), "--yes").startswith("TR-2025-04-14 is in use since 2026-06-01.")
    assert AdoptedPack.objects.count() == 1
    assert said("status") == "TR-2025-04-14 is in use since 2026-06-01; 0 plans are not yet by the programme of now.\n"


def test_what_was_due_before_it_is_not_told_again(programme, now):
    """Her mother was told of it by the programme before, and seldom ticks."""
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    make_schedule(make_type(), offset=0)
    announce_due(clock.now())
    adopting.adopt(reading.read(FILE))
    stored.catch_up()
    for day in range(20):
        now.move_to(NOW + dt.timedelta(days=day))
        announce_due(clock.now())
    assert not NotificationEvent.objects.exists()
    assert PlannedVisit.objects.filter(child=child, attempt=1, due__lt=TODAY, is_open=True).count() == 0


def test_who_registers_late_is_asked_to_come_soon(pack):
    adopting.adopt(pack)
    child = make_child(make_user(), D(2025, 6, 1), known_on=TODAY)
    stored.catch_up()
    soon = [event for event in days_of(child) if event[0] == TODAY + dt.timedelta(days=7)]
    assert [status for *_, status in soon] == ["upcoming"]
    missed = [event for event in days_of(child) if event[0] < TODAY]
    assert {status for *_, status in missed} <= {"due", "overdue"}
    assert missed


def test_a_dose_that_was_too_early_is_planned_again_and_one_that_counts_is_not(pack):
    adopting.adopt(pack)
    child = make_child(make_user(), D(2026, 1, 1), known_on=D(2026, 1, 1))
    for dose, day in ((3, D(2026, 1, 1)), (7, D(2026, 3, 1)), (8, D(2026, 3, 10))):
        given(child, dose, day, entered_at=dt.datetime(2026, 3, 11, tzinfo=dt.UTC))
    stored.catch_up()
    stands = {(how, dose) for _, doses, how in days_of(child) for dose in doses.split(",")}
    assert [how for how, dose in stands if dose == "7"] == ["given"]
    assert {how for how, dose in stands if dose == "8"} == {"overdue", "upcoming"}, "nine days after the first"


def test_a_tick_silences_and_proves_nothing(pack):
    adopting.adopt(pack)
    child = make_child(make_user(), D(2025, 6, 1), known_on=TODAY)
    tick(child, *Vaccine.objects.filter(is_active=True).values_list("pk", flat=True))
    stored.catch_up()
    assert not PlannedVisit.objects.filter(child=child, is_open=True, due__lte=TODAY + dt.timedelta(days=20)).exists()
    assert PlannedVisit.objects.filter(child=child, is_open=True, due__gt=TODAY).exists()


def test_a_missed_visit_is_told_of_once_more_and_not_if_it_was_kept(pack, now):
    adopting.adopt(pack)
    make_schedule(make_type(), offset=0)
    missed = make_child(make_user(), TODAY, known_on=TODAY)
    kept = make_child(make_user(), TODAY, known_on=TODAY)
    keys: dict[int, list[str]] = {missed.pk: [], kept.pk: []}
    for day in range(125):
        now.move_to(NOW + dt.timedelta(days=day))
        announce_due(clock.now())
        if clock.now().date() == D(2026, 8, 2):
            for dose in (6, 7, 15):
                given(kept, dose, D(2026, 8, 1), source="survey")
            stored.catch_up()
    for event in NotificationEvent.objects.order_by("id"):
        keys[int(event.context["child_id"])].append(f"{event.context['date']} {event.event_key.split('/', 2)[2]}")
    again = [key for key in keys[missed.pk] if "try-2" in key]
    assert again
    assert not [key for key in keys[kept.pk] if "try-2" in key and "2026-08" in key]
    assert len(set(keys[missed.pk])) == len(keys[missed.pk])


def test_what_is_told_of_a_visit_stands_until_it_moves(pack, now):
    """An announcement of a pack's day, which is no whole week of age, is read as it was written."""
    adopting.adopt(pack)
    make_schedule(make_type(), offset=-1)
    child = make_child(make_user(), D(2026, 4, 12), known_on=D(2026, 4, 12))
    now.move_to(NOW + dt.timedelta(days=10))
    announce_due(clock.now())
    event = NotificationEvent.objects.get()
    assert event.context["date"] == "2026-06-12"
    assert standings([event.pk], clock.now())[event.pk].reason is None
    for dose in (6, 7, 15):
        given(child, dose, D(2026, 6, 10))
    stored.replan([child.user_id])
    assert standings([event.pk], clock.now())[event.pk].reason is not None


def test_a_pack_is_left_and_all_is_as_before(programme):
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    stored.catch_up()
    plan = list(PlannedVisit.objects.filter(child=child).values_list("due", "doses", "left").order_by("due"))
    said("adopt", str(FILE), "--yes")
    assert said("leave", "--yes").startswith(
        "TR-2025-04-14 is not in use any more: due ages alone hold, as before TR-2025-04-14 of 2026-06-01.\n"
    )
    assert list(PlannedVisit.objects.filter(child=child).values_list("due", "doses", "left").order_by("due")) == plan
    assert said("leave", "--yes") == "No pack is in use.\n"


def rows_of_tables() -> list[dict[str, object]]:
    """All that staff and apps see of vaccines and doses, but for when they were last written."""
    rows = [*Vaccine.objects.order_by("pk").values(), *VaccineDose.objects.order_by("pk").values()]
    return [{name: value for name, value in row.items() if name != "updated_at"} for row in rows]


@pytest.mark.parametrize("packs", [["TR-2025-04-14"], ["TR-2025-04-14", "TR-2026-01-01"], ["DE-2026-01-22"]])
def test_vaccines_and_doses_are_as_before_any_pack(programme, tmp_path, packs):
    VaccineDose.objects.filter(pk=7).update(notes_for_parent="She may have a fever for a day.")
    VaccineDose.objects.filter(pk=8).update(is_active=False, name="Of old", notes_for_parent="Off")
    Vaccine.objects.filter(pk=9).update(is_active=False, was_active=True, nickname="Off")
    before = rows_of_tables()
    numbers = {row["id"] for row in before}
    changed(tmp_path, "TR-2026-01-01.yaml", ("2025-04-14", "2026-01-01"))
    for name in packs:
        path = tmp_path / f"{name}.yaml"
        adopting.adopt(reading.read(path if path.exists() else FILE.parent / f"{name}.yaml"))
    assert f"as before {packs[0]} of 2026-06-01" in said("leave", "--yes")
    assert [row for row in rows_of_tables() if row["id"] in numbers] == before
    assert not Vaccine.objects.exclude(pk__in=numbers).filter(is_active=True).exists()
    assert not VaccineDose.objects.exclude(pk__in=numbers).filter(is_active=True).exists()
    assert adopting.in_use() is None


def test_the_same_pack_by_another_name_moves_nobody(pack, now, tmp_path):
    """What a pack before it had planned and told is taken to have been had, to the day, and nothing else."""
    adopting.adopt(pack)
    for age in (0, 20, 57, 61, 63, 100, 200, 370, 600, 1500):
        born = TODAY - age * DAY
        make_child(make_user(), born, known_on=born)
    make_child(make_user(), TODAY - 400 * DAY, known_on=TODAY)
    stored.catch_up()
    now.move_to(NOW + 40 * DAY)
    today = clock.now().date()

    def before_them() -> list[tuple[int, D, list[int]]]:
        rows = PlannedVisit.objects.filter(attempt=1, is_open=True, due__gte=today).order_by("child", "due", "doses")
        return [(row.child_id, row.due, row.left) for row in rows]

    wanted = before_them()
    renamed = tmp_path / "TR-2026-01-01.yaml"
    renamed.write_text(
        FILE.read_text().replace("TR-2025-04-14\n", "TR-2026-01-01\n").replace("from: 2025-04-14", "from: 2026-01-01")
    )
    second = adopting.adopt(reading.read(renamed))
    assert second.follows.name == "TR-2025-04-14"
    stored.catch_up()
    assert checking.check(None).total == 0
    assert before_them() == wanted


def test_a_draft_that_a_backup_brings_is_told_of(pack, monkeypatch):
    adopting.adopt(pack)
    assert not [reason for reason in reasons_not_ready() if "is a draft" in reason]
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, environment="production-frankfurt"))
    assert [reason for reason in reasons_not_ready() if "TR-2025-04-14 is in use, and is a draft" in reason]


@pytest.mark.parametrize("job", [announce_due, ask_due])
def test_no_parent_is_reminded_by_a_draft_outside_local(programme, now, monkeypatch, job):
    """A backup of a developer's machine, or another name of the environment: due ages hold again, as before it."""
    make_schedule(make_type(), offset=0)
    child = make_child(make_user(), D(2026, 4, 12), known_on=D(2026, 4, 12))
    before = rows_of_tables()
    stored.catch_up()
    by_due_ages = [event.date for event in calendar_of(child.user, TODAY)]
    adopting.adopt(reading.read(FILE))
    stored.catch_up()
    assert [event.date for event in calendar_of(child.user, TODAY)] != by_due_ages
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, environment="production-frankfurt"))
    job(clock.now())
    assert adopting.in_use() is None
    assert [row for row in rows_of_tables() if row["id"] in {one["id"] for one in before}] == before
    assert [event.date for event in calendar_of(child.user, TODAY)] == by_due_ages
    told = [note for note in notes() if "TR-2025-04-14, a draft that nobody has reviewed, was in use" in note]
    assert len(told) == 1
    for day in range(15):
        now.move_to(NOW + day * DAY)
        announce_due(clock.now())
    assert [event.context["date"] for event in NotificationEvent.objects.all()] == ["2026-06-07"]
    assert not [note for note in notes() if "was in use" in note], "a week is enough"


def test_a_pack_that_somebody_reviewed_is_not_left(programme, monkeypatch):
    adopted = adopting.adopt(reading.read(FILE))
    by = {"name": "A. B.", "role": "physician", "date": "2026-01-02"}
    reviewed = adopted.data | {"draft": False, "reviewed_by": [by]}
    AdoptedPack.objects.filter(pk=adopted.pk).update(data=reviewed)
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, environment="production-frankfurt"))
    announce_due(clock.now())
    assert adopting.in_use() == adopted
    assert not [reason for reason in reasons_not_ready() if "draft" in reason]


def test_a_child_that_no_pack_can_plan_keeps_nobody_from_theirs(pack, monkeypatch):
    adopting.adopt(pack)
    odd, other = (make_child(make_user(), TODAY - 10 * DAY, known_on=TODAY) for _ in range(2))
    Child.objects.filter(pk=odd.pk).update(date_of_birth=D(9999, 12, 1))
    stored.catch_up()
    assert checking.out_of_date() == 0
    assert PlannedVisit.objects.filter(child=other).exists()


@pytest.mark.parametrize("born", [D(1, 1, 1), D(22, 3, 1), D(1300, 1, 1), D(1900, 1, 1)])
@pytest.mark.parametrize("name", [None, "TR-2025-04-14", "DE-2026-01-22"])
def test_a_birth_of_long_ago_keeps_nobody_from_their_plans(programme, name, born):
    """As an older database has it: 0022 for 2022."""
    if name:
        adopting.adopt(reading.read(FILE.parent / f"{name}.yaml"))
    odd = make_child(make_user(), born, known_on=TODAY)
    other = make_child(make_user(), TODAY - 30 * DAY, known_on=TODAY - 30 * DAY)
    stored.catch_up()
    assert checking.out_of_date() == 0
    assert PlannedVisit.objects.filter(child=other).exists()
    assert not PlannedVisit.objects.filter(child=odd, is_open=True, due__gte=TODAY).exists()
    services.save_child(odd, None)
    calendar_of(odd.user, TODAY)
    assert checking.failures() == []


def test_what_cannot_be_planned_is_told_of_and_keeps_nobody_from_theirs(pack, caplog):
    """Dates that the database can hold and nothing else can."""
    adopting.adopt(pack)
    odd, other = (make_child(make_user(), TODAY - 60 * DAY, known_on=TODAY - 60 * DAY) for _ in range(2))
    pregnancies = [make_pregnancy(make_user(), TODAY - 70 * DAY, TODAY) for _ in range(2)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE child_health_child SET date_of_birth = '-infinity' WHERE id = %s", [odd.pk])
        cursor.execute(
            "UPDATE child_health_pregnancy SET estimated_start_date = '0044-03-15 BC' WHERE id = %s",
            [pregnancies[0].pk],
        )
    assert stored.catch_up() == 4
    assert stored.catch_up() == 0, "not tried again each minute"
    assert PlannedVisit.objects.filter(child=other).exists()
    assert PlannedVisit.objects.filter(pregnancy=pregnancies[1]).exists()
    assert not PlannedVisit.objects.filter(child=odd).exists()
    assert {"a child could not be planned", "a pregnancy could not be planned"} <= set(caplog.messages)
    told = f"visits could not be planned of child {odd.pk}, pregnancy {pregnancies[0].pk}: "
    assert [note for note in notes() if note.startswith(told)]
    assert b"hera_plans_failed 2.0" in metrics.exposition()
    Child.objects.filter(pk=odd.pk).update(date_of_birth=TODAY)
    pregnancies[0].delete()
    assert stored.catch_up() == 1
    assert checking.failures() == []


def test_what_the_database_refuses_of_one_keeps_nobody_from_theirs(pack):
    adopting.adopt(pack)
    children = [make_child(make_user(), TODAY - 60 * DAY, known_on=TODAY - 60 * DAY) for _ in range(3)]
    pregnancy = make_pregnancy(make_user(), TODAY - 70 * DAY, TODAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE child_health_plannedvisit ADD CONSTRAINT refused"
            f" CHECK (child_id <> {children[1].pk}) NOT VALID"
        )
    Child.objects.update(plan_version=None)
    assert stored.catch_up() == 4
    assert stored.catch_up() == 0
    planned = set(PlannedVisit.objects.exclude(child=None).values_list("child_id", flat=True))
    assert planned == {children[0].pk, children[2].pk}
    assert PlannedVisit.objects.filter(pregnancy=pregnancy).exists()
    assert checking.failures() == [(children[1].pk, None)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE child_health_plannedvisit DROP CONSTRAINT refused")
    checking.try_failures_again()
    assert stored.catch_up() == 1
    assert checking.failures() == []


def test_nobody_is_told_of_a_draft(programme, monkeypatch):
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, environment="production-frankfurt"))
    with pytest.raises(CommandError, match="is a draft: nobody has reviewed it"):
        said("adopt", str(FILE), "--yes")
    assert not AdoptedPack.objects.exists()


def test_a_number_that_is_something_else_here_refuses(db):
    other = make_vaccine(name="Rabies")
    VaccineDose.objects.create(pk=7, vaccine=other, name="Dose 1", week_age=3)
    with pytest.raises(NotAdoptedError, match="its dose 7 is one of Rabies here"):
        reading.read(FILE)


def changed(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """A file that is Türkiye's but for some words."""
    text = FILE.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path = folder / name
    path.write_text(text)
    return path


def renumbered(folder: Path) -> Path:
    """Varicella by the numbers 1900 and 1921."""
    return changed(folder, FILE.name, ("- id: 7\n    key: var", "- id: 1900\n    key: var"), ("{id: 21,", "{id: 1921,"))


def test_a_vaccine_of_staff_is_not_taken_over(programme, tmp_path):
    """Its ticks, and what was told of it, would be of something else."""
    own = Vaccine.objects.create(pk=1900, name="Rabies", is_active=False)
    with pytest.raises(NotAdoptedError, match=r"its vaccine 1900 is .?Rabies.? here"):
        reading.read(renumbered(tmp_path))
    Vaccine.objects.filter(pk=own.pk).update(name="Varicella (SA)")
    dose = VaccineDose.objects.create(pk=1921, vaccine=own, name="Third", week_age=60)
    with pytest.raises(NotAdoptedError, match=r"its dose 1921 is .?Third.? of .?Var"):
        reading.read(renumbered(tmp_path))
    dose.delete()
    adopting.adopt(reading.read(renumbered(tmp_path)))


def test_what_an_earlier_pack_named_may_be_named_anew(programme, tmp_path):
    adopting.adopt(reading.read(renumbered(tmp_path)))
    path = renumbered(tmp_path)
    path.write_text(path.read_text().replace("name: Varicella (SA)", "name: Chickenpox"))
    adopting.adopt(reading.read(path))
    assert Vaccine.objects.get(pk=1900).name == "Chickenpox"


def test_a_pack_is_not_adopted_before_its_day(programme, now, tmp_path):
    changes = ("TR-2025-04-14\n", "TR-2026-06-02\n"), ("from: 2025-04-14", "from: 2026-06-02")
    path = changed(tmp_path, "TR-2026-06-02.yaml", *changes)
    with pytest.raises(CommandError, match="TR-2026-06-02 holds from 2 June 2026 on, and may be adopted from that day"):
        said("adopt", str(path), "--yes")
    now.move_to(NOW + DAY)
    assert "TR-2026-06-02 is in use.\n" in said("adopt", str(path), "--yes")


def test_what_is_kept_is_what_was_checked(programme, tmp_path):
    """The file changes while it is read, as when a new version is rolled out beside it."""
    path = tmp_path / FILE.name
    os.mkfifo(path)
    texts = [FILE.read_bytes(), FILE.read_bytes().replace(b"draft: true", b"draft: false")]

    was_read = threading.Event()

    def feed() -> None:
        path.write_bytes(texts[0])
        if not was_read.wait(20):  # it is read once more
            path.write_bytes(texts[1])

    feeding = threading.Thread(target=feed, daemon=True)
    feeding.start()
    read = reading.read(path)
    was_read.set()
    feeding.join()
    assert read.text == texts[0]
    assert read.data == pack_file.read_text(texts[0]).data
    assert read.pack == of(read.data)


def test_what_staff_add_beside_it_takes_no_number_of_a_pack(pack):
    adopting.adopt(pack)
    assert make_vaccine(10, name="Of our own").pk >= 1_000_000


def test_staff_do_not_change_what_a_pack_says(pack, client):
    sign_in(client, make_staff("programme admin", "nurse@example.org"))
    page = "/admin/child_health/vaccine/"
    assert "in use since" not in client.get(page).content.decode()
    assert client.get(f"{page}add/").status_code == 200
    adopting.adopt(pack)
    assert "The pack TR-2025-04-14 is in use since \u20681 June 2026\u2069" in client.get(page).content.decode()
    assert "They are not changed here." in client.get(f"{page}3/change/").content.decode()
    for address in ("add/", "import/", "3/switch/"):
        assert client.get(page + address).status_code == 403
    before = list(VaccineDose.objects.order_by("pk").values())
    assert client.post(f"{page}3/change/", {"name": "X"}).status_code == 403
    assert list(VaccineDose.objects.order_by("pk").values()) == before


def test_antenatal_visits_are_the_pack_s_and_go_back(pack, now):
    """Declared in week 12: weeks 20, 29 and 37; the first window is still open."""
    start = TODAY - dt.timedelta(weeks=12)
    pregnancy = make_pregnancy(make_user(), start, TODAY)
    stored.catch_up()

    def visits() -> list[tuple[int, D]]:
        today = clock.now().date()
        return [(event.weeks_pregnant, event.date) for event in calendar_of(pregnancy.user, today)]

    by_weeks = visits()
    adopting.adopt(pack)
    stored.catch_up()
    by_pack = visits()
    assert [week for week, _ in by_pack] == [13, 20, 29, 37]
    assert all(day.weekday() == 0 for _, day in by_pack)
    fields = [event.fields() for event in calendar_of(pregnancy.user, TODAY)]
    assert [one["td_doses"] for one in fields] == [[], [1], [2], []]
    assert fields[1]["earliest"] == (start + 18 * 7 * DAY).isoformat()
    make_schedule(make_type(), "prenatal_checkup", offset=-1)
    now.move_to(dt.datetime.combine(by_pack[1][1] - dt.timedelta(days=1), dt.time(9), dt.UTC))
    announce_due(clock.now())
    event = NotificationEvent.objects.get()
    assert event.event_key == f"prenatal-checkup/pregnancy-{pregnancy.pk}/week-20"
    assert standings([event.pk], clock.now())[event.pk].reason is None
    assert checking.check(None).total == 0
    adopting.leave()
    stored.catch_up()
    assert visits() == by_weeks
    assert standings([event.pk], clock.now())[event.pk].reason is not None


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_stored_plan_is_the_one_that_should_be(pack, now, seed):
    """A property: random families, and what may be told of them, day by day."""
    dice = random.Random(seed)
    mother = make_user()
    if dice.random() < 0.5:
        make_child(mother, TODAY - dt.timedelta(days=dice.randrange(900)))
    adopting.adopt(pack)
    stored.catch_up()
    vaccines = list(Vaccine.objects.filter(is_active=True).values_list("pk", flat=True))
    doses = list(VaccineDose.objects.filter(vaccine__in=vaccines, is_active=True).values_list("pk", flat=True))

    def registered() -> None:
        born = clock.now().date() - dt.timedelta(days=dice.randrange(2000))
        child = Child(user=mother, name="Nur", date_of_birth=born, gender=dice.choice(["MALE", "FEMALE"]))
        services.save_child(child, dice.sample(vaccines, dice.randrange(3)))

    def carded(child: Child) -> None:
        age = (clock.now().date() - child.date_of_birth).days
        entries = [
            Entry(
                vaccine_dose_id=dice.choice([*doses, None]),
                product=dice.choice(["hexa", "mmr", "bopv", "110", "Penta"]),
                date=PartialDate.read(
                    dice.choice(["", str(child.date_of_birth + dt.timedelta(days=dice.randrange(age + 1)))])
                ),
            )
            for _ in range(dice.randrange(1, 5))
        ]
        record(child, entries, DoseGiven.Source.CARD, today=clock.now().date())

    def corrected(child: Child) -> None:
        child.date_of_birth -= dt.timedelta(days=dice.randrange(1, 40))
        services.save_child(child, None)

    def taken_back(child: Child) -> None:
        if given := that_count(child.pk).exclude(source="tick").first():
            retract(given, "wrong")

    def denied(child: Child) -> None:
        weeks = (clock.now().date() - child.date_of_birth).days // 7
        due = list(VaccineDose.objects.filter(pk__in=doses, week_age__lte=weeks).order_by("pk"))
        with contextlib.suppress(NotPossible):  # what she has on record as given
            not_given.tell(child, [dose.pk for dose in dice.sample(due, min(2, len(due)))], clock.now().date())

    def paused(child: Child) -> None:
        if Child.objects.get(pk=child.pk).paused_until and dice.random() < 0.5:
            with contextlib.suppress(endings.CannotBeTakenBack):  # it is too long ago
                endings.take_pause_back(child, endings.By())
        else:
            endings.pause_child(child, clock.now().date() + dice.randrange(1, 90) * DAY, endings.By())

    for _ in range(12):
        now.shift(dt.timedelta(days=dice.randrange(30)))
        children = list(Child.objects.filter(user=mother))
        if not children or dice.random() < 0.2:
            registered()
        else:
            ticked = lambda child: tick(child, *dice.sample(vaccines, 2))  # noqa: E731
            deed = dice.choice([carded, corrected, taken_back, denied, paused, ticked])
            deed(dice.choice(children))
        assert checking.out_of_date() == 0
        assert checking.check(None).total == 0
    for visit in PlannedVisit.objects.filter(child__user=mother):
        assert set(visit.left) <= set(visit.doses)
        assert visit.is_open == bool(visit.left)
        assert visit.earliest is None or visit.earliest <= visit.due
        assert visit.overdue_after is None or visit.attempt > 1 or visit.due <= visit.overdue_after
