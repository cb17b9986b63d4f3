"""What the web app makes of what is known and what waits: its pure functions, run by Node.js."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from hera.child_health import pregnancy_dates

TODAY = "2026-11-27"
PREGNANCY = {"id": 1, "estimated_delivery_date": "2026-11-10", "declared_number_of_prenatal_visits": 3}
CHILD = {"id": 7, "name": "Leyla", "date_of_birth": "2026-09-01", "gender": "FEMALE", "past_vaccinations": []}
VISIT = {"event_type": "vaccination", "event_key": "v", "date": "2026-11-20", "child_id": 7, "dose_ids": [1, 2]}


@pytest.fixture
def facts(node):
    def call(function: str, *arguments: object) -> object:
        called = f"facts.{function}(...{json.dumps(arguments)})"
        return json.loads(node(f"import * as facts from './facts.js'; console.log(JSON.stringify({called}))"))

    return call


def waits(kind, body=None, method="POST", key="k", **about):
    return {
        "key": key,
        "kind": kind,
        "method": method,
        "path": "/",
        "body": body,
        "about": about,
        "at": "2026-11-27T09:00:00Z",
    }


@pytest.mark.parametrize(("expected", "runs"), [("2026-11-27", True), ("2026-10-30", True), ("2026-10-29", False)])
def test_a_pregnancy_runs_until_four_weeks_after_the_expected_day(facts, expected, runs):
    """As for the server (`pregnancy_dates.RUNS_ON`); then she may tell of another one."""
    known = {"pregnancies": [{**PREGNANCY, "estimated_delivery_date": expected}]}
    assert (facts("pregnancy", known, [], TODAY) is not None) is runs


def test_an_older_one_gives_way_to_the_one_that_runs(facts):
    old = {**PREGNANCY, "id": 2, "estimated_delivery_date": "2025-01-01"}
    assert facts("pregnancy", {"pregnancies": [old, PREGNANCY]}, [], TODAY)["id"] == 1


def test_while_a_correction_of_visits_waits_all_else_stays(facts):
    change = waits("pregnancy", {"declared_number_of_prenatal_visits": 5}, "PATCH")
    shown = facts("pregnancy", {"pregnancies": [PREGNANCY]}, [change], TODAY)
    assert (shown["id"], shown["estimated_delivery_date"]) == (1, "2026-11-10")
    assert shown["declared_number_of_prenatal_visits"] == 5


def test_corrections_that_wait_add_up(facts):
    """Each says what it changes, and no more."""
    said = [
        waits("edit_child", {"name": "Lale"}, "PATCH", "a", id=7),
        waits("edit_child", {"gender": "MALE"}, "PATCH", "b", id=7),
    ]
    [shown] = facts("children", {"children": [CHILD]}, said)
    assert shown == {**CHILD, "name": "Lale", "gender": "MALE"}
    weeks = waits(
        "pregnancy", {"declared_pregnancy_week": 20, "declared_date_of_last_menstrual_period": None}, "PATCH", "a"
    )
    visits = waits("pregnancy", {"declared_number_of_prenatal_visits": 5}, "PATCH", "b")
    shown = facts("pregnancy", {"pregnancies": [PREGNANCY]}, [weeks, visits], TODAY)
    assert (shown["declared_pregnancy_week"], shown["declared_number_of_prenatal_visits"]) == (20, 5)
    assert facts("pregnancy", {"pregnancies": [PREGNANCY]}, [weeks], TODAY)["declared_number_of_prenatal_visits"] == 3


def test_a_correction_says_what_is_other_than_it_was_alone(facts):
    said = {"name": "Lale", "gender": "FEMALE", "date_of_birth": "2026-09-01"}
    assert facts("changed", said, CHILD) == {"name": "Lale"}
    assert facts("changed", {**said, "name": "Leyla"}, CHILD) == {}


@pytest.mark.parametrize(("said", "is_there"), [("e", False), ("eu", True), ("eue", False)])
def test_what_she_said_last_of_an_end_holds(facts, said, is_there):
    kinds = {"e": ("end_child", "POST"), "u": ("undo_child", "DELETE")}
    entries = [waits(kinds[one][0], None, kinds[one][1], f"{place}", id=7) for place, one in enumerate(said)]
    assert bool(facts("children", {"children": [CHILD]}, entries)) is is_there


def record(number, dose=None, day=None, source="mother", vaccine=None):
    return {
        "id": number,
        "vaccine_dose": dose,
        "vaccine": vaccine,
        "product": "",
        "text": "",
        "date": day,
        "source": source,
    }


BORN = CHILD["date_of_birth"]
AT_BIRTH = {**VISIT, "date": BORN, "dose_ids": [3], "vaccine_names": ["Hep B"], "status": "given"}
OTHER_AT_BIRTH = {**AT_BIRTH, "event_key": "other", "dose_ids": [4], "vaccine_names": ["BCG"]}


@pytest.mark.parametrize(
    ("records", "is_assumed"),
    [
        ([], True),
        ([record(1, 4, BORN)], True),  # of another visit of that day
        ([record(1, 3, BORN)], False),
        ([record(1, 3, None)], False),
        ([record(1, vaccine=30, source="tick")], False),
        ([record(1, vaccine=40, source="tick")], True),
        ([record(1, None, BORN)], False),  # of a product that the pack knows by its name
        ([record(1, None, BORN[:7])], False),
        ([record(1, None, BORN[:4])], True),
        ([record(1, 99, BORN)], False),
    ],
)
def test_what_a_pack_takes_as_given_is_not_told_as_given(facts, records, is_assumed):
    vaccines = [{"id": 30, "name": "Hep B"}, {"id": 40, "name": "BCG"}]
    calendar = [AT_BIRTH, OTHER_AT_BIRTH]
    known = {"children": [CHILD], "calendar": calendar, "doses": {"7": records}, "vaccines": vaccines}
    visit = facts("visits", known, [], TODAY)[0]
    assert (visit["isGiven"], visit["isAssumed"]) == (True, is_assumed)


def test_what_was_ticked_is_not_assumed_and_what_is_open_neither(facts):
    known = {"children": [CHILD], "calendar": [{**AT_BIRTH, "status": "due"}]}
    assert not facts("visits", known, [], TODAY)[0]["isAssumed"]
    told = waits("dose", {"vaccine_dose": 3, "date": None}, child=7)
    [visit] = facts("visits", known, [told], TODAY)
    assert (visit["isGiven"], visit["isAssumed"]) == (True, False)


@pytest.mark.parametrize(
    ("records", "hers"),
    [
        ([], []),
        ([record(1, 1, TODAY), record(2, 2, TODAY, "survey")], [1, 2]),
        ([record(1, 1, TODAY, "card"), record(2, 2, TODAY, "import")], []),
        ([record(1, 1, TODAY, "card"), record(2, 2, TODAY)], [2]),
        ([record(1, 1, TODAY), record(2, 1, TODAY, "card")], []),  # it would be given all the same
        ([record(1, vaccine=30, source="tick")], [1]),
        ([record(1, vaccine=31, source="tick"), record(2, 5, TODAY), record(3, None, TODAY)], []),
        ([record(1, vaccine=30, source="tick"), record(2, 1, None, "card"), record(3, 2, None, "card")], []),
    ],
)
def test_what_the_health_centre_wrote_down_is_not_hers_to_take_back(facts, records, hers):
    visit = {**VISIT, "vaccine_names": ["Hep B"]}
    known = {"doses": {"7": records}, "vaccines": [{"id": 30, "name": "Hep B"}, {"id": 31, "name": "BCG"}]}
    assert [one["id"] for one in facts("hers", known, [], visit)] == hers


def test_what_waits_is_laid_over_the_doses(facts):
    known = {"doses": {"7": [record(1, 1, "2026-11-20"), record(2, 2, "2026-11")]}}
    assert facts("daysGiven", known, [], VISIT) == ["2026-11", "2026-11-20"]
    told = waits("dose", {"vaccine_dose": 2, "date": "2026-11-22"}, key="told", child=7)
    back = waits("undose", method="DELETE", key="back", child=7, dose=2, vaccine=False)
    assert facts("daysGiven", known, [back, told], VISIT) == ["2026-11-20", "2026-11-22"]
    again = waits("undose", method="DELETE", key="again", child=7, dose=2, made="told")
    assert facts("daysGiven", known, [back, told, again], VISIT) == ["2026-11-20"]
    assert facts("daysGiven", known, [{**told, "refused": "no"}], VISIT) == ["2026-11", "2026-11-20"]
    # Sent, and known by now, before it is taken back.
    assert facts("daysGiven", known, [again], VISIT) == ["2026-11-20"]
    assert [one["id"] for one in facts("hers", known, [back, told], VISIT)] == [1, "told"]


@pytest.mark.parametrize(
    ("told", "week"),
    [
        ({"estimated_start_date": "2026-09-04"}, 12),  # twelve weeks ago
        ({"estimated_start_date": "2026-09-03"}, 13),
        ({"estimated_start_date": "2026-09-05"}, 12),
        ({"estimated_start_date": TODAY}, None),
        ({"estimated_start_date": "2026-01-30"}, 43),
        ({"estimated_start_date": "2026-01-29"}, None),  # no pregnancy is so long
        ({"declared_pregnancy_week": 12, "declared_on": TODAY}, 12),
        ({"declared_pregnancy_week": 12, "declared_on": "2026-11-13"}, 14),
        ({"declared_pregnancy_week": 12, "declared_date_of_last_menstrual_period": "2026-11-20"}, 1),
        ({}, None),
    ],
)
def test_her_week_is_counted_as_the_server_counts_its_visits(facts, told, week):
    """As `pregnancy_dates.week_on`: rounded up, so that the visit of week 24 lies in her week 24."""
    assert facts("week", told, TODAY) == week


BIRTH = {"outcome": "birth", "date": TODAY, "children": [{"name": "Umut", "gender": "MALE", "date_of_birth": TODAY}]}


def test_a_baby_is_there_as_soon_as_she_tells_of_its_birth(facts):
    """Also without a network: it is among her children until the lists have it."""
    known = {"children": [CHILD], "pregnancies": [PREGNANCY]}
    birth = waits("end_pregnancy", BIRTH, key="birth", id=1)
    leyla, umut = facts("children", known, [birth])
    assert (leyla["name"], umut["name"], umut["isWaiting"], umut["past_vaccinations"]) == ("Leyla", "Umut", True, [])
    assert isinstance(umut["id"], str)
    assert facts("pregnancy", known, [birth], TODAY) is None
    assert facts("visits", known, [birth], TODAY) == []


@pytest.mark.parametrize("after", [None, "refused", "undone"])
def test_a_birth_that_is_not_so_makes_no_child(facts, after):
    birth = waits("end_pregnancy", {"outcome": "not_said"} if after is None else BIRTH, id=1)
    entries = [{**birth, "refused": "no"} if after == "refused" else birth]
    if after == "undone":
        entries.append(waits("undo_pregnancy", None, "DELETE", "u", id=1))
    assert facts("children", {"children": []}, entries) == []


def test_what_came_after_what_she_saw_is_new(facts):
    notices = [{"id": n, "created_at": f"2026-11-2{n}T08:00:00.123456Z", "read_at": None} for n in (5, 6)]
    shown = facts("notices", {"notices": notices}, [waits("read", {"until": notices[0]["created_at"]})])
    assert [bool(one["read_at"]) for one in shown] == [True, False]


def test_a_dose_that_waits_to_be_taken_back_is_not_had(facts):
    known = {"children": [CHILD], "calendar": [VISIT], "doses": {"7": [{"id": 9, "vaccine_dose": 1}]}}
    told = waits("dose", {"vaccine_dose": 2, "date": TODAY}, key="told", child=7)
    [visit] = facts("visits", known, [told], TODAY)
    assert visit["isGiven"]
    back = waits("undose", method="DELETE", key="back", child=7, dose=1)
    [visit] = facts("visits", known, [told, back], TODAY)
    assert not visit["isGiven"]


AFTER_BIRTH = {
    "event_type": "postnatal_checkup",
    "event_key": "n",
    "date": "2026-11-28",
    "latest": "2026-11-29",
    "pregnancy_id": 1,
    "child_ids": [7],
}


@pytest.mark.parametrize(
    ("more", "entry", "is_next"),
    [
        ({}, None, True),
        ({"date": "2026-11-26", "latest": "2026-11-27"}, None, True),
        ({"date": "2026-11-25", "latest": "2026-11-26"}, None, False),
        ({"child_ids": []}, None, True),  # of a birth whose child nobody has told
        ({"child_ids": [7, 8]}, None, False),  # the other one is reminded of nothing any more
        ({}, waits("end_child", None, id=7), False),
        ({}, waits("undo_pregnancy", None, "DELETE", id=1), False),
        ({}, waits("undo_pregnancy", None, "DELETE", id=2), True),
    ],
)
def test_a_visit_after_birth_is_next_until_its_last_day_while_all_is_well(facts, more, entry, is_next):
    """Although no pregnancy runs any more."""
    known = {"children": [CHILD], "afterBirth": [{**AFTER_BIRTH, **more}]}
    shown = facts("visits", known, [entry] if entry else [], TODAY)
    assert [one["event_key"] for one in facts("next", shown, TODAY)] == (["n"] if is_next else [])
    assert not any(one["isLate"] or one["isGiven"] for one in shown)


@pytest.mark.parametrize(
    ("week", "weeks_ago", "other"),
    [(12, 12, None), (12, 11, None), (12, 14, None), (12, 9, 9), (12, 15, 15), (5, 0, 1)],
)
def test_a_week_and_a_day_that_contradict_each_other(facts, week, weeks_ago, other):
    period = dt.date.fromisoformat(TODAY) - dt.timedelta(weeks=weeks_ago)
    assert facts("otherWeek", week, str(period), TODAY) == other
    assert pregnancy_dates.contradict(week, period, dt.date.fromisoformat(TODAY)) is (other is not None)


HEPB = [
    {"id": 1, "vaccine": 5, "vaccine_name": "HepB", "number": 1},
    {"id": 2, "vaccine": 5, "vaccine_name": "HepB", "number": 2},
    {"id": 3, "vaccine": 6, "vaccine_name": "BCG", "number": None},
]
TOLD = {"id": 9, "vaccine_dose": 1, "vaccine": None, "date": "2026-11-20", "source": "card", "stands": True}


@pytest.mark.parametrize(
    ("doses", "day", "told", "vaccine"),
    [
        ([2, 3], "2026-11-20", TOLD, "HepB"),
        ([2, 3], "2026-11-21", TOLD, None),
        ([2], None, TOLD, None),  # on a day that she does not know
        ([1], "2026-11-20", TOLD, None),  # the same once more is the same
        ([2], "2026-11-20", {**TOLD, "stands": False}, None),
        ([1, 2], "2026-11-27", TOLD, "HepB"),
        ([9, 3], "2026-11-20", TOLD, None),
    ],
)
def test_a_vaccine_is_given_once_on_a_day(facts, doses, day, told, vaccine):
    assert facts("twiceOn", {"vaccineDoses": HEPB, "doses": {"7": [told]}}, [], 7, doses, day) == vaccine
    waiting = waits("dose", {"vaccine_dose": 1, "date": "2026-11-20"}, child=7)
    if told is TOLD:
        assert facts("twiceOn", {"vaccineDoses": HEPB}, [waiting], 7, doses, day) == vaccine


def test_what_was_told_of_a_visit_in_part_leaves_the_rest(facts):
    known = {"children": [CHILD], "calendar": [{**VISIT, "vaccine_names": ["HepB", "BCG"]}], "doses": {"7": []}}
    entry = waits("dose", {"vaccine_dose": 1, "date": TODAY}, child=7)
    assert facts("left", known, [], VISIT) == [1, 2]
    assert facts("left", known, [entry], VISIT) == [2]
    assert facts("left", {"doses": {"7": [{**TOLD, "stands": False}]}}, [], VISIT) == [1, 2]
    [shown] = facts("visits", known, [entry], TODAY)
    assert (shown["isGiven"], shown["isWaiting"]) == (False, True)


def rows_of(facts, told, more=(), **visit):
    shown = [{**VISIT, "isGiven": False, "isAssumed": False, **visit}, *more]
    rows = facts("cardRows", {"doses": {"7": told}}, [], CHILD, shown)
    ids = {"given": [], "asks": []}
    return [
        (row["dose"], *([one["id"] for one in row[name]] for name in ids), row["isGiven"], row["isAssumed"])
        for row in rows
    ]


def test_the_card_to_show_has_a_row_for_each_dose_and_a_day_that_cannot_be_is_asked_about(facts):
    before_birth = {**TOLD, "id": 10, "vaccine_dose": 2, "date": "2026-08-01", "stands": False}
    assert rows_of(facts, [TOLD, before_birth], isGiven=True) == [
        (1, [9], [], True, False),
        (2, [], [10], False, False),
    ]
    assert rows_of(facts, [TOLD], isGiven=True) == [(1, [9], [], True, False), (2, [], [], True, False)]
    assert rows_of(facts, [TOLD], isGiven=True, isAssumed=True)[1] == (2, [], [], False, True)
    assert rows_of(facts, [TOLD, {**TOLD, "id": 11, "date": "2026-11-23"}])[0] == (1, [9, 11], [], True, False)


def test_the_card_to_show_has_what_is_of_no_visit(facts):
    campaign = {**TOLD, "id": 12, "campaign": True, "stands": False}
    early = {**campaign, "id": 13, "date": "2026"}
    too_early = {**campaign, "id": 14, "date": "2025"}
    other = {**TOLD, "id": 15, "vaccine_dose": None, "text": "Typhoid"}
    gone = {**TOLD, "id": 16, "vaccine_dose": 99}
    ticked = {**TOLD, "id": 17, "vaccine_dose": None, "vaccine": 5}
    shown = rows_of(facts, [campaign, early, too_early, other, gone, ticked])[2:]
    assert [(dose, given, asks) for dose, given, asks, *_ in shown] == [
        (1, [12], []), (1, [13], []), (1, [], [14]), (None, [15], []), (99, [16], []),
    ]  # fmt: skip


def test_a_dose_of_two_visits_is_one_row_of_the_card(facts):
    again = {**VISIT, "date": "2026-12-20", "dose_ids": [2], "isGiven": True, "isAssumed": False}
    rows = facts("cardRows", {}, [], CHILD, [{**VISIT, "isGiven": False, "isAssumed": False}, again])
    assert [(row["dose"], row["visit"]["date"], row["isGiven"]) for row in rows] == [
        (1, "2026-11-20", False), (2, "2026-12-20", True),
    ]  # fmt: skip
