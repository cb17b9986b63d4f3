"""Endings, pauses and doses as staff enter them: over HTTP, by each role, with what the page and the trail say."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine

from hera.child_health import doses, endings
from hera.child_health.endings import By
from hera.child_health.models import Child, ChildEnd, DoseGiven, Pregnancy, PregnancyOutcome, VaccineDose
from hera.child_health.packs import adopting, reading
from hera.child_health.partial_dates import PartialDate
from hera.core import clock
from hera.delivery import reasons
from hera.events.models import NotificationEvent, NotificationType
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people import told
from hera.people.selectors import chosen
from hera.scheduling.still_true import SENTENCES, Reason
from tests.families import make_child, make_vaccine, of_an_earlier_month

pytestmark = pytest.mark.django_db

PACK = Path(__file__).parents[2] / "packs" / "TR-2025-04-14.yaml"
PERSON = "/admin/custom_user/customuser/{}/change/"
CHILD, PREGNANCY, DOSE = (
    "/admin/child_health/child/",
    "/admin/child_health/pregnancy/",
    "/admin/child_health/dosegiven/",
)


@pytest.fixture
def worker(signed_in):
    return signed_in(roles.CASE_WORKER)


@pytest.fixture
def pregnancy(amal):
    return Pregnancy.objects.get(user=amal)


@pytest.fixture
def leyla(amal):
    return amal.children.get()


def newborn(number=0, **fields):
    return {f"newborn-{number}-{name}": value for name, value in fields.items()}


ROWS = {"newborn-TOTAL_FORMS": "4", "newborn-INITIAL_FORMS": "0"}


def test_a_birth_makes_its_children_and_is_shown_with_who_and_when(worker, amal, pregnancy):
    address = f"{PREGNANCY}{pregnancy.pk}/end/"
    assert "?kind=birth" in worker.get(address).text
    assert "Children of this birth" in worker.get(f"{address}?kind=birth").text
    born = clock.now().date() - dt.timedelta(days=2)
    twins = newborn(0, name="Musa", gender="MALE") | newborn(1, name="Harun", gender="MALE")
    sent = {**ROWS, **twins, "date": born.isoformat(), "gestation_weeks": "٣٩"}
    answer = worker.post(f"{address}?kind=birth", sent)
    assert answer["Location"] == PERSON.format(amal.pk)
    assert set(Child.objects.filter(date_of_birth=born).values_list("name", flat=True)) == {"Musa", "Harun"}
    page = worker.get(PERSON.format(amal.pk)).text
    for said in ("Pregnancies that ended", "birth, ", "in week 39", "children: Musa, Harun", "entered by case.worker@"):
        assert said in page, said
    entries = AuditEntry.objects.filter(person=amal.pk, action="change")
    assert entries.get().about == f"child_health.pregnancy {pregnancy.pk}"
    assert AuditEntry.objects.filter(person=amal.pk, action="add").count() == 2
    worker.post(f"{address}?kind=birth", sent)
    assert Child.objects.filter(user=amal).count() == 3, "a second press makes nobody twice"


def test_a_birth_that_makes_too_many_children_changes_nothing(worker, amal, pregnancy, settings):
    settings.HERA = dataclasses.replace(settings.HERA, children_per_person=1)
    sent = {**ROWS, **newborn(name="Musa", gender="MALE"), "date": clock.now().date().isoformat()}
    page = worker.post(f"{PREGNANCY}{pregnancy.pk}/end/?kind=birth", sent)
    assert page.status_code == 200
    assert "limited to 1" in page.text
    assert not PregnancyOutcome.objects.exists()


def test_a_newborn_has_a_birth_date_a_name_and_a_gender(worker, pregnancy):
    address = f"{PREGNANCY}{pregnancy.pk}/end/?kind=birth"
    assert "Please give the date of birth." in worker.post(address, ROWS | newborn(name="Musa", gender="MALE")).text
    assert "This field is required." in worker.post(address, ROWS | newborn(name="Musa")).text
    assert not PregnancyOutcome.objects.exists()


def test_a_loss_asks_for_no_reason_and_for_no_child(worker, amal, pregnancy):
    address = f"{PREGNANCY}{pregnancy.pk}/end/?kind=loss"
    form = worker.get(address).text
    assert form.count("<input") < 6
    assert "newborn" not in form
    assert "eason" not in form.split("<form", 1)[1].split("</form>")[0]
    worker.post(address, {"date": ""})
    outcome = PregnancyOutcome.objects.get(pregnancy=pregnancy)
    assert (outcome.kind, outcome.date, outcome.source) == ("loss", None, "staff")
    assert outcome.entered_by.username == "case.worker@example.org"


def test_what_the_mother_told_says_so(worker, amal, pregnancy):
    today = clock.now().date()
    day = today - dt.timedelta(days=2)
    endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.BIRTH, By(), date=day)
    page = worker.get(PERSON.format(amal.pk)).text
    told = f"told by the mother on \u2068{today.day} {today:%B %Y}\u2069"
    assert f"birth, \u2068{day.day} {day:%B %Y}\u2069, {told}" in page


@pytest.mark.parametrize("days", [29, 31])
def test_an_end_is_taken_back_for_30_days(worker, amal, pregnancy, leyla, days):
    with time_machine.travel(clock.now() - dt.timedelta(days=days)):
        endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.LOSS, By())
        endings.end_child(leyla, ChildEnd.Reason.MOVED, By())
        endings.pause_child(leyla, clock.now().date() + dt.timedelta(days=365), By())
    assert worker.get(PERSON.format(amal.pk)).text.count("Take back") == (3 if days < 30 else 0)
    for _press in range(2):
        pages = [
            worker.post(f"{PREGNANCY}{pregnancy.pk}/take_back/", follow=True).text,
            worker.post(f"{CHILD}{leyla.pk}/take_back/", {"what": "end"}, follow=True).text,
            worker.post(f"{CHILD}{leyla.pk}/take_back/", {"what": "pause"}, follow=True).text,
        ]
        told = "This was told more than 30 days ago, so it can no longer be taken back."
        assert all((told in page) is (days > 30) for page in pages)
    pregnancy.refresh_from_db()
    leyla.refresh_from_db()
    is_back = days < 30
    assert (pregnancy.ended_at is None, leyla.ended_at is None, leyla.paused_until is None) == (is_back,) * 3
    assert AuditEntry.objects.filter(action="change").count() == (3 if is_back else 0)
    if is_back:
        assert "taken back by case.worker@example.org" in worker.get(PERSON.format(amal.pk)).text


def test_a_child_is_ended_and_paused_and_shown_apart(worker, amal, leyla):
    musa = make_child(amal, clock.now().date() - dt.timedelta(weeks=5), name="Musa")
    worker.post(f"{CHILD}{leyla.pk}/end/", {"reason": "died", "date": clock.now().date().isoformat()})
    until = clock.now().date() + dt.timedelta(days=300)
    worker.post(f"{CHILD}{musa.pk}/pause/", {"until": until.isoformat()})
    leyla.refresh_from_db()
    musa.refresh_from_db()
    assert leyla.ended_at is not None
    assert musa.paused_until == until
    page = worker.get(PERSON.format(amal.pk)).text
    apart = page[page.index("Children of whom nothing is told") :]
    for said in (
        "Leyla",
        "died, ",
        "Musa",
        f"paused until \u2068{until.day} {until:%B %Y}\u2069",
        "entered by case.worker@",
    ):
        assert said in apart, said


@pytest.mark.parametrize("by_pack", [True, False])
def test_what_is_planned_for_a_paused_child_is_on_the_page(worker, amal, leyla, by_pack):
    if by_pack:
        adopting.adopt(reading.read(PACK))
    today = clock.now().date()
    Child.objects.update(date_of_birth=today - dt.timedelta(weeks=6), known_on=today - dt.timedelta(weeks=6))
    worker.post(f"{CHILD}{leyla.pk}/pause/", {"until": (today + dt.timedelta(days=300)).isoformat()})
    page = worker.get(PERSON.format(amal.pk)).text
    apart = page[page.index("Children of whom nothing is told") :]
    named = re.search(r"Pentavalent|Hexavalent|DaBT|DTaP|HepB|Hepatitis|KPA|Pneumo", apart)
    assert named, apart[:3000]
    assert ('<th scope="row"' in apart) is by_pack


def test_no_child_has_died_because_nobody_chose(worker, leyla):
    assert worker.get(f"{CHILD}{leyla.pk}/end/").context["form"]["reason"].value() is None
    assert "This field is required." in worker.post(f"{CHILD}{leyla.pk}/end/", {"reason": "", "date": ""}).text
    assert not ChildEnd.objects.exists()


def test_a_pause_ends_after_today(worker, leyla):
    page = worker.post(f"{CHILD}{leyla.pk}/pause/", {"until": clock.now().date().isoformat()})
    assert "Please give a day after today." in page.text
    assert "This field is required." in worker.post(f"{CHILD}{leyla.pk}/pause/", {}).text


def test_to_add_a_pregnancy_while_one_runs_is_a_correction_and_says_so(worker, amal, pregnancy):
    address = f"{PREGNANCY}add/?person={amal.pk}"
    assert "A pregnancy is running" in worker.get(address).text
    answer = worker.post(address, {"declared_pregnancy_week": "12"})
    assert answer.status_code == 302
    pregnancy.refresh_from_db()
    assert Pregnancy.objects.get() == pregnancy
    assert pregnancy.declared_pregnancy_week == 12
    [entry] = AuditEntry.objects.exclude(action="view")
    assert (entry.action, entry.about) == ("change", f"child_health.pregnancy {pregnancy.pk}")


def test_what_was_withdrawn_is_seen_with_its_reason(worker, amal):
    now = clock.now()
    NotificationEvent.objects.create(
        user=amal, notification_type=NotificationType.objects.first(), notification_available_at=now,
        notification_expires_at=now, withdrawn_at=now, withdrawn_because="ended",
    )  # fmt: skip
    page = worker.get(PERSON.format(amal.pk)).text
    assert "withdrawn, for it is not true any more" in page
    assert "(reminders of this child or pregnancy have ended)" in page
    NotificationEvent.objects.update(withdrawn_because="another code")
    assert "(another code)" in worker.get(PERSON.format(amal.pk)).text


def test_each_reason_has_words():
    assert set(reasons.WITHDRAWN) == set(Reason)
    assert {str(words) for words in reasons.WITHDRAWN.values()} == set(SENTENCES.values())
    assert set(told.KINDS) == set(PregnancyOutcome.Kind)
    assert set(told.REASONS) == set(ChildEnd.Reason)
    assert set(told.SOURCES) == set(DoseGiven.Source)


def test_who_lost_a_pregnancy_is_not_found_among_the_pregnant(worker, amal, pregnancy):
    found = chosen({"pregnant": "yes"}).filter(pk=amal.pk)
    assert found.exists()
    endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.LOSS, By())
    assert not found.exists()


def pages_of(pregnancy, child):
    given = doses.record(child, [doses.Entry(text="BCG")], DoseGiven.Source.MOTHER, today=clock.now().date())[0]
    yield from (f"{PREGNANCY}{pregnancy.pk}/{page}" for page in ("end/", "end/?kind=loss", "take_back/"))
    yield from (f"{CHILD}{child.pk}/{page}/" for page in ("end", "pause", "take_back", "card"))
    yield from (f"{DOSE}{given.pk}/retract/", f"{DOSE}import/", f"{DOSE}process_import/", f"{DOSE}sample.csv")


@pytest.mark.parametrize("role", [roles.RESEARCHER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_who_corrects_no_records_does_none_of_this(signed_in, amal, pregnancy, leyla, role):
    client = signed_in(role)
    for page in pages_of(pregnancy, leyla):
        sent = {"reason": "died", "until": "2030-01-01", "what": "pause"}
        codes = {client.get(page).status_code, client.post(page, sent).status_code}
        assert codes <= {403, 405}, page
    assert not PregnancyOutcome.objects.exists()
    assert not DoseGiven.objects.exclude(retracted_at=None).exists()


@pytest.mark.parametrize("role", [roles.CASE_WORKER, roles.PROGRAMME_ADMIN])
def test_who_corrects_records_does_all_of_it(signed_in, amal, pregnancy, leyla, role):
    client = signed_in(role)
    for page in pages_of(pregnancy, leyla):
        assert client.get(page).status_code in (200, 302, 405), page


def test_a_researcher_sees_what_happened_without_days_and_names(signed_in, amal, pregnancy, leyla):
    day = clock.now().date()
    endings.end_pregnancy(
        pregnancy, PregnancyOutcome.Kind.BIRTH, By(), date=day,
        newborns=[endings.Newborn("Musa", "MALE", day)],
    )  # fmt: skip
    doses.record(
        leyla, [doses.Entry(text="of Dr Nur", date=PartialDate(day, doses.Precision.DAY), place="Besni")],
        DoseGiven.Source.MOTHER, today=day,
    )  # fmt: skip
    of_an_earlier_month()
    page = signed_in(roles.RESEARCHER).get(PERSON.format(amal.pk)).text
    assert f"birth, \u2068{day:%B %Y}\u2069" in page
    for secret in ("Musa", "Nur", "Besni", day.isoformat(), f"{day.day} {day:%B}", "Take back", "/card/"):
        assert secret not in page, secret


CARD = {"dose-TOTAL_FORMS": "6", "dose-INITIAL_FORMS": "0"}


def row(number, **fields):
    return {f"dose-{number}-{name}": value for name, value in fields.items()}


def test_a_card_is_entered_at_once(worker, amal, leyla, django_assert_max_num_queries):
    Child.objects.update(date_of_birth=dt.date(2026, 1, 5))
    first, second = VaccineDose.objects.filter(vaccine__name="Hepatitis B (BHA)").order_by("week_age")[:2]
    sent = {
        **CARD,
        **row(0, dose=first.pk, date="٠٦.٠١.٢٠٢٦", place="Besni", country="tr", lot="A1"),
        **row(1, dose=second.pk, date="2.2026", campaign="on"),
        **row(3, text="bcg", date="2026"),
        **row(4, text="Pentavac (Aleppo)"),
    }
    with django_assert_max_num_queries(34):
        answer = worker.post(f"{CHILD}{leyla.pk}/card/", sent)
    assert answer.status_code == 302
    kept = DoseGiven.objects.filter(child=leyla).order_by("id")
    fields = ("vaccine_dose_id", "product", "text", "precision", "place", "lot", "campaign", "source")
    bcg = VaccineDose.objects.get(vaccine__name="BCG").pk
    assert list(kept.values_list(*fields)) == [
        (first.pk, "", "", "day", "Besni", "A1", False, "card"),
        (second.pk, "", "", "month", "", "", True, "card"),
        (bcg, "BCG", "", "year", "", "", False, "card"),
        (None, "", "Pentavac (Aleppo)", "unknown", "", "", False, "card"),
    ]
    assert {given.entered_by.username for given in kept} == {"case.worker@example.org"}
    added = AuditEntry.objects.filter(action="add", person=amal.pk).values_list("about", flat=True)
    assert set(added) == {f"child_health.dosegiven {given.pk}" for given in kept}
    page = worker.get(f"{CHILD}{leyla.pk}/card/").text
    assert kept[0].country == "TR"
    for said in (
        "4 doses were recorded",
        "6 January 2026",
        "February 2026",
        "Besni, TR",
        "A1",
        "read off the card",
        "case.worker@",
        "✓",
    ):
        assert said in page, said
    worker.post(f"{CHILD}{leyla.pk}/card/", sent)
    assert kept.count() == 4, "a second press records nothing twice"
    assert "stays as it is" in worker.get(f"{CHILD}{leyla.pk}/card/").text


def test_a_card_is_refused_as_a_whole_and_each_row_says_why(worker, leyla):
    dose = VaccineDose.objects.first()
    sent = {
        **CARD,
        **row(0, dose=dose.pk, date=clock.now().date().isoformat()),
        **row(3, date="2026"),
        **row(4, text="BCG", country="Syria"),
        **row(5, text="BCG", date="soon"),
    }
    page = worker.post(f"{CHILD}{leyla.pk}/card/", sent).text
    wanted = ("Please say which dose it was", "Write the country as its two letters", "Write the date as")
    places = [page.index(said) for said in ("3 rows need mending", *wanted)]
    assert places == sorted(places), "above them, how many there are; beside each, all at once, why"
    one = worker.post(f"{CHILD}{leyla.pk}/card/", CARD | row(0, text="BCG") | row(1, text="BCG", date="soon")).text
    assert "1 row needs mending" in one
    assert "Write the date as" in worker.post(f"{CHILD}{leyla.pk}/card/", CARD | row(0, dose=dose.pk, date="soon")).text
    assert "No row has anything" in worker.post(f"{CHILD}{leyla.pk}/card/", CARD).text
    assert not DoseGiven.objects.exists()


def test_a_dose_is_retracted_with_a_reason_and_stays_to_be_seen(worker, amal, leyla):
    [given] = doses.record(leyla, [doses.Entry(text="BCG")], DoseGiven.Source.CARD, today=clock.now().date())
    page = worker.post(f"{DOSE}{given.pk}/retract/", {"reason": " "}, follow=True).text
    assert "Say why it is retracted." in page
    page = worker.post(f"{DOSE}{given.pk}/retract/", {"reason": "another child's card"}, follow=True).text
    given.refresh_from_db()
    assert (given.retraction, given.retracted_by.username) == ("another child's card", "case.worker@example.org")
    assert "<s>BCG</s>" in page
    assert "another child&#x27;s card" in page
    entry = AuditEntry.objects.get(action="change")
    assert (entry.about, entry.person) == (f"child_health.dosegiven {given.pk}", amal.pk)
    assert "another" not in str(entry.detail)
    worker.post(f"{DOSE}{given.pk}/retract/", {"reason": "again"})
    given.refresh_from_db()
    assert given.retraction == "another child's card"


def test_a_dose_that_a_record_has_is_not_due(worker, amal):
    child = make_child(amal, clock.now().date() - dt.timedelta(weeks=9), name="Musa")
    vaccine = make_vaccine(8, name="Yellow fever")
    page = PERSON.format(amal.pk)
    assert "Yellow fever" in worker.get(page).text.split("Musa", 1)[1].split("Doses given")[0]
    doses.record(
        child, [doses.Entry(vaccine_dose_id=vaccine.doses.get().pk)], DoseGiven.Source.CARD, today=clock.now().date()
    )
    shown = worker.get(page).text.split("Musa", 1)[1].split("</article>")[0]
    assert shown.count("Yellow fever") == 1, "among the doses given, and not among those due"
