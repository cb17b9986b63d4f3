"""Measures by month: counted once, told apart, held against targets, and hidden where they are of few."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
import time_machine

from hera.child_health.models import Child, DoseGiven, Vaccine, VaccineDose
from hera.child_health.plan import stored
from hera.core import clock
from hera.delivery.models import Message, TextSpending
from hera.events.models import NotificationEvent, NotificationType
from hera.figures import asked, counting, sources, tabulated
from hera.figures.measures import MEASURES
from hera.figures.models import Cell, Counting, Target
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.surveys.models import Survey, SurveyTemplate
from tests.families import make_child, make_type, make_user, tick

pytestmark = pytest.mark.django_db
D = dt.date
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
PAGE, FILE = "/admin/figures/by_month/", "/admin/figures/by_month/file/"
BORN = D(2026, 7, 1)
DUE = (D(2026, 8, 26), D(2026, 9, 23), D(2026, 10, 21))  # at 8, 12 and 16 weeks


@pytest.fixture
def now():
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def doses(programme, now):
    """The three doses of the one vaccine that is given."""
    Vaccine.objects.update(is_active=False)
    vaccine = Vaccine.objects.create(name="Penta", is_active=True)
    weeks = zip((1, 2, 3), (8, 12, 16), strict=True)
    return [VaccineDose.objects.create(vaccine=vaccine, name=f"Dose {number}", week_age=week) for number, week in weeks]


def child(**of) -> Child:
    return make_child(make_user(**of), BORN, known_on=BORN)


def give(of: Child, dose: VaccineDose, day: dt.date | None) -> None:
    DoseGiven.objects.create(
        child=of, vaccine_dose=dose, date=day, precision="day" if day else "unknown", source="card",
        entered_at=clock.now(),
    )  # fmt: skip


def table(key: str, **how) -> tabulated.Table:
    stored.catch_up()
    measure = MEASURES[key]
    counting.count(measure.source)
    return tabulated.table_of(measure, D(2026, 8, 1), D(2026, 11, 1), **how)


def parts(found: tabulated.Table) -> dict[str, tuple[float, float | None]]:
    return {row.name: (row.total.part, row.total.whole) for row in found.rows}


def test_coverage_is_of_the_month_in_which_a_dose_fell_due(doses):
    first, second = child(), child()
    give(first, doses[0], DUE[0])
    give(first, doses[1], DUE[1])
    give(second, doses[0], DUE[0] + dt.timedelta(days=60))
    found = table("coverage")
    assert parts(found) == {"Penta, Dose 1": (2, 2), "Penta, Dose 2": (1, 2), "Penta, Dose 3": (0, 2)}
    assert [number.whole for number in found.total.months] == [2, 2, 2, 0]
    assert found.total.total.value == 50


@pytest.mark.parametrize(
    ("given", "dated", "on_time"),
    [(DUE[0], 1, 1), (DUE[0] + dt.timedelta(days=27), 1, 1), (DUE[0] + dt.timedelta(days=28), 1, 0), (None, 0, 0)],
)
def test_a_dose_is_on_time_for_four_weeks_and_then_late(doses, given, dated, on_time):
    give(child(), doses[0], given)
    assert parts(table("on_time"))["Penta, Dose 1"] == (on_time, dated)
    assert parts(table("late"))["Penta, Dose 1"] == (dated - on_time, dated)


def test_a_tick_counts_and_what_ended_does_not(doses):
    tick(child(), doses[0].vaccine_id)
    gone = child()
    Child.objects.filter(pk=gone.pk).update(ended_at=clock.now())
    assert parts(table("coverage"))["Penta, Dose 3"] == (1, 1)


def test_drop_out_is_of_those_who_began(doses):
    for many in (0, 1, 2, 3):
        one = child()
        for dose, day in list(zip(doses, DUE, strict=True))[:many]:
            give(one, dose, day)
    assert parts(table("drop_out")) == {"Penta": (2, 3)}


def test_visits_are_told_apart_by_whether_they_were_reminded_of(doses):
    reminded, _alone = child(), child()
    give(reminded, doses[0], DUE[0])
    NotificationEvent.objects.create(
        user=reminded.user, notification_type=make_type(), context={"date": str(DUE[0])},
        event_key=f"vaccination/child-{reminded.pk}/doses-{doses[0].pk}",
        notification_available_at=NOW - dt.timedelta(days=86), notification_expires_at=NOW,
    )  # fmt: skip
    assert parts(table("kept")) == {"reminded of": (1, 1), "not reminded of": (0, 5)}
    assert table("reminded").total.total.part == 1


def test_what_came_of_reminders_that_were_opened_by_their_link(doses):
    for is_opened, is_kept in ((True, True), (True, False), (False, True), (False, False)):
        one = child()
        if is_kept:
            give(one, doses[0], DUE[0])
        kind = NotificationType.objects.first() or make_type()
        NotificationEvent.objects.create(
            user=one.user, notification_type=kind, context={"date": str(DUE[0])}, opened_at=NOW if is_opened else None,
            event_key=f"vaccination/child-{one.pk}/doses-{doses[0].pk}",
            notification_available_at=NOW - dt.timedelta(days=86), notification_expires_at=NOW,
        )  # fmt: skip
    assert (table("opened").total.total.part, table("opened").total.total.whole) == (2, 4)
    assert parts(table("kept"))["reminded of, and the link opened"] == (1, 2)
    assert parts(table("kept"))["reminded of"] == (1, 2)


def test_antenatal_visits_are_of_who_answered(programme, now):
    for response in ("pregnancyyes", "no", None):
        Survey.objects.create(
            user=make_user(), survey_template=SurveyTemplate.objects.first(), response=response,
            event_key="prenatal-checkup/pregnancy-1/week-20", available_at=NOW, expires_at=NOW,
        )  # fmt: skip
    assert parts(table("antenatal")) == {"antenatal visits": (1, 2)}


def test_messages_are_counted_by_channel_and_by_reason(now):
    kind = make_type()
    for number, (state, reason) in enumerate(
        [("delivered", ""), ("failed", "HTTP 400: no 905321234567"), ("queued", "")]
    ):
        event = NotificationEvent.objects.create(
            user=make_user(), notification_type=kind, notification_available_at=NOW, notification_expires_at=NOW
        )
        Message.objects.create(
            event=event, purpose="notification", channel="push", state=state, state_at=NOW, reason=reason,
            not_before=NOW, expires_at=NOW, enqueued_at=NOW, created_at=NOW - dt.timedelta(days=number),
        )  # fmt: skip
    assert parts(table("reach")) == {"push": (1, 2)}
    assert parts(table("failures")) == {"push: the provider does not take this message (HTTP 400)": (1, None)}


def test_months_whose_messages_are_deleted_keep_what_was_counted(settings, now):
    source = sources.REACH
    old = Cell.objects.create(source=source.key, month=D(2026, 2, 1), series="push", sums=[9, 8])
    fresh = Cell.objects.create(source=source.key, month=D(2026, 10, 1), series="push", sums=[9, 8])
    counting.count(source)
    assert set(Cell.objects.filter(pk__in=[old.pk, fresh.pk])) == {old}


def test_cost_is_of_one_currency_at_a_time(now):
    for day, currency, code, cost in ((1, "EUR", "90", 2), (2, "EUR", "49", 3), (3, "USD", "90", 7)):
        TextSpending.objects.create(
            day=D(2026, 11, day),
            purpose="sign_in",
            calling_code=code,
            currency=currency,
            texts=1,
            segments=1,
            cost=cost,
        )
    found = table("cost")
    assert parts(found) == {"EUR": (5, None), "USD": (7, None)}
    assert found.total is None
    by = asked.read({"measure": "cost", "by": "nationality"})
    assert by.series == "EUR"
    assert parts(table("cost", by="nationality", series="EUR")) == {"+49 (DE)": (3, None), "+90 (TR)": (2, None)}


def test_people_are_told_apart_by_language_number_and_age(doses):
    give(child(language="ar"), doses[0], DUE[0])
    child(language="tr", number="+4915123456789")
    one = {"series": str(doses[0].pk)}
    assert parts(table("coverage", by="language", **one)) == {"Arabic": (1, 1), "Turkish": (0, 1)}
    assert set(parts(table("coverage", by="nationality", **one))) == {"+90 (TR)", "+49 (DE)"}
    assert parts(table("coverage", by="age", **one)) == {"below 1 year": (1, 2)}


def test_people_are_told_apart_by_centre_and_district(doses):
    centre = HealthCenter.objects.create(name="Yeni", address="x", geolocation="36.2,36.1", district="Antakya")
    CenterOfPerson.objects.create(user=child().user, center=centre, set_at=NOW)
    child()
    one = {"series": str(doses[0].pk)}
    assert parts(table("coverage", by="centre", **one)) == {"Yeni": (0, 1), "not known": (0, 1)}
    assert parts(table("coverage", by="district", **one)) == {"Antakya": (0, 1), "not known": (0, 1)}


def test_numbers_of_fewer_than_five_are_hidden_from_who_may_not_know_people(doses):
    for language, many in {"ar": 4, "tr": 5, "ps": 9}.items():
        for _ in range(many):
            child(language=language)
    found = table("coverage", by="language", series=str(doses[0].pk), masked=True)
    # Whoever has the number of all of them and the two others could work out the first.
    assert {row.name: row.total.is_hidden for row in found.rows} == {"Turkish": True, "Arabic": True, "Pashto": False}
    assert found.hides
    [arabic] = [row for row in found.rows if row.name == "Arabic"]
    assert arabic.total.part == 0
    assert "coverage,Arabic,2026-08,,,,%" in tabulated.as_csv(found)


def test_no_choice_of_months_tells_what_another_hides(doses):
    """All months of a row together, less those of a shorter choice, would be the month that is hidden."""
    for many, born in ((9, BORN), (3, BORN + dt.timedelta(days=31)), (9, BORN - dt.timedelta(days=31))):
        for _ in range(many):
            make_child(make_user(language="tr"), born, known_on=born)
    first = {"by": "language", "series": str(doses[0].pk), "masked": True}
    for choice in (table("coverage", **first), table("coverage", **(first | {"by": ""}))):
        [row] = choice.rows
        assert [number.is_hidden for number in row.months].count(True) == 1
        assert row.total.is_hidden
        assert choice.total is None or choice.total.total.is_hidden


def test_one_dose_hides_what_all_of_them_together_hide(doses):
    """In August nine children are due for the first dose and three for the second: twelve, less nine, are three."""
    for many, born in ((9, BORN), (3, BORN - dt.timedelta(weeks=4))):
        for _ in range(many):
            make_child(make_user(language="tr"), born, known_on=born)
    august = "2026-08"
    for choice in ({}, {"by": "language"}):
        found = table("coverage", series=str(doses[0].pk), masked=True, **choice)
        assert found.months[0] == D(2026, 8, 1)
        assert found.rows[0].months[0].is_hidden, choice
        assert f",{august},,,,%" in tabulated.as_csv(found)
    assert table("coverage", by="district", masked=True, series="0").rows == []


def test_who_may_not_know_people_is_shown_one_dose_of_a_dimension_and_no_centre(doses):
    child()
    stored.catch_up()
    counting.count(MEASURES["coverage"].source)
    asking = {"measure": "coverage", "by": "language"}
    assert asked.read(asking).series == ""
    assert asked.read(asking, masked=True).series == str(doses[0].pk)
    with pytest.raises(asked.Refused, match="cannot be told apart"):
        asked.read(asking | {"by": "centre"}, masked=True)


@time_machine.travel(dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC), tick=False)
def test_who_may_not_know_people_has_months_that_are_over():
    """What this month has more than it had yesterday is of one day."""
    november = {"from": "2026-11", "until": "2026-11"}
    assert asked.read(november).last == D(2026, 11, 1)
    with pytest.raises(asked.Refused, match="not over yet"):
        asked.read(november, masked=True)
    for given in ({}, {"until": "2026-11"}, {"until": "2026-12"}):
        assert asked.read({"from": "2026-01", **given}, masked=True).last == D(2026, 10, 1)
    assert asked.read({}, masked=True).first == D(2025, 11, 1)


def test_of_equal_numbers_the_same_is_hidden_whatever_months_are_chosen(doses):
    for language, many in {"ar": 3, "tr": 6, "ps": 6}.items():
        for _ in range(many):
            child(language=language)
    for _ in range(9):  # Turkish is the larger one of the year
        make_child(make_user(language="tr"), D(2026, 6, 1), known_on=D(2026, 6, 1))
    stored.catch_up()
    measure, hidden = MEASURES["coverage"], []
    counting.count(measure.source)
    for first in (D(2026, 8, 1), D(2026, 1, 1)):
        found = tabulated.table_of(measure, first, D(2026, 8, 1), by="language", series=str(doses[0].pk), masked=True)
        hidden.append({row.name for row in found.rows if row.months[-1].is_hidden})
    assert hidden[0] == hidden[1]
    assert len(hidden[0]) == 2


def test_what_costs_less_than_one_is_of_somebody(doses):
    assert tabulated._people(tabulated.Number(0.08)) == 1


def test_what_is_quick_is_counted_for_who_looks_and_what_is_not_is_left_to_the_worker(doses, now, monkeypatch):
    source = sources.DOSES
    began = counting.counted(source)
    assert began == NOW
    now.shift(dt.timedelta(minutes=1))
    assert counting.counted(source) == NOW
    now.shift(counting.GOOD_FOR)
    assert counting.counted(source) > NOW
    Counting.objects.filter(source=source.key).update(seconds=60)
    known = Counting.objects.get(source=source.key).counted_at
    now.shift(dt.timedelta(hours=1))
    assert counting.counted(source) == known, "it is the worker's"
    assert counting.count_all() == len(sources.SOURCES)
    Counting.objects.filter(source=source.key).update(seconds=60)
    now.shift(dt.timedelta(minutes=8))
    assert counting.count_all() == len(sources.SOURCES) - 1, "it would take more than a tenth of the time"
    now.shift(dt.timedelta(minutes=1))
    assert counting.count_all() == len(sources.SOURCES)
    assert counting.counted(source) > known


def test_what_takes_too_long_for_a_look_is_not_waited_for(doses, now, monkeypatch):
    monkeypatch.setattr(counting, "_statement", lambda _source: "SELECT pg_sleep(2)")
    monkeypatch.setattr(counting, "LOOK_WAITS", 50)
    assert counting.counted(sources.DOSES) is None
    assert not Counting.objects.exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"from": "2026-11", "until": "2026-10"}, "The first month is after the last one"),
        ({"from": "1999-01"}, "1999-01 is no month"),
        ({"until": "2026-13"}, "2026-13 is no month"),
        ({"from": "2030-01", "until": "2030-02"}, "still to come"),
        ({"from": "2020-01", "until": "2026-01"}, "more than 36 months"),
        ({"measure": "nothing"}, "There is no such measure"),
        ({"measure": "cost", "by": "language"}, "cannot be told apart by"),
        ({"by": "x"}, "Figures cannot be told apart by that."),
        ({"of": "999"}, "There are no figures of this"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(signed_in, doses, given, says):
    answer = signed_in(roles.PROGRAMME_ADMIN).get(PAGE, given)
    assert answer.status_code == 400
    assert says in answer.text
    assert "<svg xmlns" not in answer.text


def test_the_page_shows_charts_with_the_table_behind_them_and_the_target(
    signed_in, doses, django_assert_max_num_queries
):
    Target.objects.create(measure="coverage", percent=90)
    give(child(), doses[0], DUE[0])
    stored.catch_up()
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.get(PAGE)
    with django_assert_max_num_queries(20):
        page = client.get(PAGE)
    assert page.text.count("<svg xmlns") == 2
    assert "Penta, Dose 1" in page.text
    assert "target: at least 90.0%" in page.text
    assert "misses the target" in page.text
    assert "20 November 2026 09:00 UTC" in page.text


def test_where_all_is_hidden_there_is_no_chart(signed_in, doses):
    give(child(), doses[0], DUE[0])
    stored.catch_up()
    client = signed_in(roles.RESEARCHER)
    client.get(PAGE)
    page = client.get(PAGE).text
    assert "Penta, Dose 1" in page
    assert "<svg xmlns" not in page
    assert client.get(FILE, {"file": "by-row.svg"}).status_code == 404


def test_months_are_taken_in_digits_of_any_script(now):
    assert asked.read({"from": "۲۰۲۶-۱۰"}).first == D(2026, 10, 1)


@pytest.mark.parametrize(
    ("file", "kind"), [("csv", "text/csv"), ("over-time.svg", "image/svg"), ("by-row.svg", "image/svg")]
)
def test_each_figure_is_a_file(signed_in, doses, file, kind):
    give(child(), doses[0], DUE[0])
    stored.catch_up()
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.get(PAGE)
    answer = client.get(FILE, {"file": file})
    assert answer.headers["Content-Type"].startswith(kind)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert AuditEntry.objects.filter(action="export", about="figures, coverage").count() == 1
    if file == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert {
            "row": "Penta, Dose 1",
            "month": "2026-08",
            "part": "1",
            "whole": "1",
            "value": "100.0",
        }.items() <= next(row for row in rows if row["month"] == "2026-08").items()


def test_files_are_for_who_sees_figures(signed_in, doses):
    client = signed_in(roles.CONTENT_EDITOR)
    assert client.get(PAGE).status_code == 403
    assert client.get(FILE, {"file": "csv"}).status_code == 403


def test_a_manager_sets_a_target(signed_in, now):
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.post("/admin/figures/target/add/", {"measure": "coverage", "percent": "90"})
    assert str(Target.objects.get()) == "coverage: 90.0 %"
    answer = client.post("/admin/figures/target/add/", {"measure": "failures", "percent": "90"})
    assert answer.status_code == 200, "what is no part of a whole has no target in percent"
    assert "Coverage" in client.get("/admin/figures/target/").text
