"""What adopting or leaving a pack changes, as it is read before; and who did it, as the trail keeps it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command

from hera.child_health import endings
from hera.child_health.doses import Entry, record
from hera.child_health.models import DoseGiven, PlannedVisit, Pregnancy, Vaccine, VaccineDose
from hera.child_health.packs import adopting, preview, reading, tables
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import stored
from hera.child_health.plan.programme import current_programme
from hera.core import clock
from hera.events.services import announce_due
from hera.panel import chain, roles
from hera.panel.models import AuditEntry
from tests.families import make_child, make_pregnancy, make_user

pytestmark = pytest.mark.django_db
D = dt.date
FILE = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
TODAY = D(2026, 6, 1)
DAY, WEEK = dt.timedelta(days=1), dt.timedelta(days=7)
TR = "/admin/packs/TR-2025-04-14/"


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture
def read(programme):
    return reading.read(FILE)


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("pack", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def expecting(weeks: int) -> Pregnancy:
    """Who declared in week 6 and is so many weeks along."""
    start = TODAY - weeks * WEEK
    return make_pregnancy(make_user(), start, start + 6 * WEEK)


def has_given_birth(days: int) -> Pregnancy:
    start = TODAY - 39 * WEEK
    pregnancy = make_pregnancy(make_user(), start, start + 6 * WEEK)
    born = TODAY - days * DAY
    newborn = endings.Newborn("Leyla", "FEMALE", born)
    endings.end_pregnancy(pregnancy, endings.Kind.BIRTH, endings.By(), date=born, newborns=[newborn])
    return pregnancy


def planned(pregnancies: list[Pregnancy], kind: str) -> list[tuple[int, D]]:
    rows = PlannedVisit.objects.filter(pregnancy__in=pregnancies, kind=kind, due__gte=TODAY)
    return sorted(rows.values_list("pregnancy_id", "due"))


def test_weeks_of_pregnancies_and_contacts_after_birth_are_in_it(read):
    running = [expecting(weeks) for weeks in (8, 20, 30, 37)]
    births = [has_given_birth(days) for days in (0, 2, 30)]
    stored.catch_up()
    before = planned(running, "a")
    found = preview.of(read)
    adopting.adopt(read)
    stored.catch_up()
    after = planned(running, "a")
    contacts = planned(births, "n")
    assert found.pregnancies.total == found.pregnancies.looked_at == 7
    assert found.pregnancies.antenatal == (len(before), len(after))
    assert found.pregnancies.postnatal == (0, len(contacts))
    assert contacts
    changed = {pk for pk, _day in {*before, *contacts} ^ set(after)}
    assert found.pregnancies.changed == len(changed) > 0
    assert [one for one in found.visits if "0–14" in one and "10, 24, 34, 38" in one]
    assert [one for one in found.visits if one.startswith("Visits after birth: ") and "2 days to 3 days" in one]


def test_records_that_will_count_for_nothing_are_counted(read):
    """Not those of hepatitis B, whose vaccine the pack has: they count for what it protects against."""
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    of_staff = VaccineDose.objects.create(
        vaccine=Vaccine.objects.create(name="Oral cholera"), name="Dose 1", week_age=60
    )
    entries = [Entry(vaccine_dose_id=pk, date=PartialDate.read("2026-04-01")) for pk in (4, of_staff.pk)]
    record(child, entries, DoseGiven.Source.CARD, today=TODAY)
    assert preview.of(read).unplaced == 1
    assert "\n  1 records of doses count for nothing by it, until" in said("adopt", str(FILE))


def test_the_sample_is_the_same_for_a_file_and_a_day(read, now, tmp_path):
    for age in range(40):
        make_child(make_user(), TODAY - 20 * age * DAY, known_on=TODAY - 20 * age * DAY)
    looks = [preview.of(read, limit=7) for _ in range(3)]
    assert looks[0] == looks[1] == looks[2]
    assert (looks[0].children.total, looks[0].children.looked_at) == (40, 7)
    some = set()
    for day in range(8):
        now.move_to(NOW + day * DAY)
        some.add(dataclasses.astuple(preview.of(read, limit=7).children))
    assert len(some) > 1, "other ones on another day"
    now.move_to(NOW)
    assert preview.of(read).children.looked_at == 40, "all, where they are few"


@pytest.mark.parametrize("few", [True, False])
def test_the_command_says_whose_plans_were_compared(read, monkeypatch, few):
    for _ in range(3):
        make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
        expecting(20)
    if not few:
        monkeypatch.setattr(preview.of, "__defaults__", (2,))
    told = said("adopt", str(FILE))
    of = "all" if few else "2, the same ones at each look today,"
    assert f"  3 children; the plans of {of} were compared:\n" in told
    assert f"  3 pregnancies and births of late; the plans of {of} were compared:\n" in told
    assert re.search(r"  Visits before birth: \d+, until now \d+; after birth: 0, until now 0\.\n", told)


def test_what_leaving_changes_is_what_is_so_after_it(read):
    child = make_child(make_user(), D(2026, 3, 1), known_on=D(2026, 3, 1))
    running = [expecting(weeks) for weeks in (8, 20, 30)]
    stored.catch_up()
    adopted = adopting.adopt(read)
    stored.catch_up()
    before = planned(running, "a")
    found = preview.of_leaving(adopted)
    doses = sorted(tables.doses_of(adopted.before))
    assert said("leave").endswith("run this again with --yes.\n")
    assert adopting.in_use() == adopted
    said("leave", "--yes")
    assert found.children.changed == 1
    assert found.pregnancies.antenatal == (len(before), len(planned(running, "a")))
    assert "aBDT-IPA-Hib-HepB: is called aBDT-IPA-Hib." in found.vaccines
    assert [one for one in found.visits if one.startswith("Visits before birth: in weeks 10, 24, 34, 38")]
    wanted = current_programme().programme.doses
    left = preview.Programme("".join(tables.doses_of(adopted.before))).doses
    assert left == wanted
    assert doses
    ahead = PlannedVisit.objects.filter(child=child, is_open=True, due__gte=TODAY)
    assert ahead.exists()


def test_a_command_is_in_the_trail(read):
    said("adopt", str(FILE))
    assert not AuditEntry.objects.exists(), "nothing has changed"
    said("adopt", str(FILE), "--yes")
    said("adopt", str(FILE), "--yes")
    said("leave")
    said("leave", "--yes")
    said("leave", "--yes")
    rows = AuditEntry.objects.order_by("id").values_list("actor_id", "action", "about", "detail", "address")
    assert list(rows) == [
        (None, "change", "pack TR-2025-04-14", {"adopted": True}, ""),
        (None, "change", "pack TR-2025-04-14", {"left": True}, ""),
    ]
    assert {
        re.fullmatch(r"command \(.+\)", name)[0] for name in AuditEntry.objects.values_list("actor_name", flat=True)
    }
    assert chain.verify().trouble == ""


def test_a_draft_that_a_job_leaves_is_in_the_trail(read, monkeypatch):
    adopting.adopt(read)
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, environment="production-frankfurt"))
    announce_due(clock.now())
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.about, entry.detail) == (
        "HERA (jobs)",
        "pack TR-2025-04-14",
        {"left": True, "draft": True},
    )


def test_a_pack_is_left_in_the_panel_by_its_name(signed_in, read):
    client = signed_in(roles.PROGRAMME_ADMIN)
    assert client.get(f"{TR}leave/").url == "/admin/packs/", "it is not in use"
    adopting.adopt(read)
    assert f"{TR}leave/" in client.get(TR).content.decode()
    told = text_of(client.get(TR))
    assert "no parent is told of it" not in told
    assert "nobody has reviewed it. It is in use here" in told
    page = text_of(client.get(f"{TR}leave/"))
    assert "aBDT-IPA-Hib-HepB: is called aBDT-IPA-Hib." in page
    assert "To leave it, type its name: TR-2025-04-14" in page
    for typed in ("", "TR", "tr-2025-04-14", "DE-2026-01-22"):
        answer = client.post(f"{TR}leave/", {"typed": typed})
        assert answer.status_code == 409
        assert "That is not the name of the pack: nothing has changed." in text_of(answer)
        assert adopting.in_use() is not None
    assert client.post("/admin/packs/DE-2026-01-22/leave/", {"typed": "DE-2026-01-22"}).url == "/admin/packs/"
    assert adopting.in_use() is not None
    assert client.post(f"{TR}leave/", {"typed": " TR-2025-04-14 "}).url == "/admin/packs/"
    assert adopting.in_use() is None
    assert [entry.detail for entry in AuditEntry.objects.filter(about="pack TR-2025-04-14")] == [{"left": True}]
    assert not Vaccine.objects.filter(name="aBDT-IPA-Hib-HepB", is_active=True).exists()


@pytest.mark.parametrize("role", sorted(set(roles.PERMISSIONS) - {roles.PROGRAMME_ADMIN}))
def test_who_may_not_adopt_leaves_nothing(signed_in, read, role):
    adopting.adopt(read)
    client = signed_in(role)
    assert client.get(f"{TR}leave/").status_code == 403
    assert client.post(f"{TR}leave/", {"typed": "TR-2025-04-14"}).status_code == 403
    assert f"{TR}leave/" not in client.get(TR).content.decode()
    assert adopting.in_use() is not None


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        (roles.CASE_WORKER, r"from \u2068\d+ \w+ 2026\u2069 to \u2068\d+ \w+ 2026\u2069 · Td, dose 1"),
        (roles.RESEARCHER, None),
    ],
)
def test_a_person_s_page_says_within_which_days_she_may_come_and_her_td(signed_in, read, role, wanted):
    adopting.adopt(read)
    pregnancy = make_pregnancy(make_user(), TODAY - 12 * WEEK, TODAY)
    stored.catch_up()
    answer = signed_in(role).get(f"/admin/custom_user/customuser/{pregnancy.user_id}/change/")
    text = text_of(answer)
    if wanted:
        assert re.search(wanted, text)
    else:
        assert not re.search(r"from \u2068\d+ \w+ 2026", text), "by masked months alone"
