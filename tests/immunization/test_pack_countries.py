"""Every pack that is shipped: its form, its rules, and children who come on time or late by any number of weeks."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from hera.config import REPOSITORY
from hera.immunization import pack, pack_check, pack_file, pack_trial
from hera.immunization.ages import Period
from hera.immunization.assess import assess
from hera.immunization.forecast import SeriesStatus
from hera.immunization.organize_history import Patient
from hera.immunization.pack import LANGUAGES
from hera.immunization.pack_schedule import schedule_of
from hera.immunization.schedule import TargetDose

FILES = sorted((REPOSITORY / "packs").glob("*.yaml"))
DOCUMENTS = {path.stem: pack_file.read(path) for path in FILES}
PACKS = {name: pack.of(document.data) for name, document in DOCUMENTS.items()}
SCHEDULES = {name: schedule_of(one) for name, one in PACKS.items()}
DONE = {SeriesStatus.COMPLETE, SeriesStatus.AGED_OUT}


COUNTRIES = "AF BD BG CO DE EG GR IQ IR IT JO KE LB MD MM NL PK PL RO SD SE SO SY TD TR UA UG VE"


def test_all_countries_of_the_table_are_there() -> None:
    assert " ".join(name[:2] for name in PACKS) == COUNTRIES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_pack_passes_its_check(path: Path) -> None:
    assert pack_check.check(path).findings == []


@pytest.mark.parametrize("name", PACKS)
def test_no_pack_is_reviewed_and_each_says_what_is_uncertain(name: str) -> None:
    """What was drafted stays a draft until a person puts her name to it."""
    assert PACKS[name].is_draft
    assert not PACKS[name].is_reviewed
    assert list(PACKS[name].open_questions())


def test_a_country_has_ids_of_its_own() -> None:
    """A child may move from one country to another in one database: what is announced is known by the ids of doses."""
    whose: dict[tuple[str, int], str] = {}
    for name, one in PACKS.items():
        for vaccine in one.vaccines:
            for identity in [("vaccine", vaccine.id), *(("dose", dose.id) for dose in vaccine.doses)]:
                assert whose.setdefault(identity, name) == name


def test_a_dose_of_the_first_hera_stays_what_it_was() -> None:
    names = {dose.id: f"{vaccine.name}, {dose.name}" for vaccine, dose in PACKS["TR-2025-04-14"].doses().values()}
    assert names == {
        1: "Hepatitis A (AHA), Dose 1",
        2: "Hepatitis A (AHA), Dose 2",
        3: "Hepatitis B (BHA), Dose 1",
        6: "BCG, Dose 1",
        7: "aBDT-IPA-Hib-HepB, Dose 1",
        8: "aBDT-IPA-Hib-HepB, Dose 2",
        9: "aBDT-IPA-Hib-HepB, Dose 3",
        10: "aBDT-IPA-Hib-HepB, Dose 4 (R)",
        11: "aBDT-IPA-Hib-HepB, aBDT-IPA (R)",
        12: "aBDT-IPA-Hib-HepB, dT (R)",
        13: "OPA, Dose 1",
        14: "OPA, Dose 2 (R)",
        15: "Pneumococcus (KPA), Dose 1",
        16: "Pneumococcus (KPA), Dose 2",
        18: "Pneumococcus (KPA), Dose 3 (R)",
        19: "KKK, Dose 1",
        20: "KKK, Dose 2 (R)",
        21: "Varicella (SA), Dose 1",
    }


@pytest.mark.parametrize("name", PACKS)
def test_names_are_written_in_five_languages(name: str) -> None:
    for named in [*PACKS[name].products.values(), *PACKS[name].antigens.values()]:
        assert set(named.names) == set(LANGUAGES)
        assert all(text.strip() for text in named.names.values())


def _bcg(name: str) -> pack.TargetDose:
    return PACKS[name].series["TB"][0].doses[0]


@pytest.mark.parametrize("name", [name for name, one in PACKS.items() if "TB" in one.series and name[:2] != "TR"])
def test_bcg_ends_on_the_fifth_birthday_as_who_says_or_where_the_row_does(name: str) -> None:
    """WHO: until 4 years, 11 months and 29 days. Six rows name the first year only."""
    bcg = _bcg(name)
    is_of_row = name[:2] in {"AF", "BD", "CO", "TD", "UG", "VE"}
    assert bcg.maximum == Period(months=12 if is_of_row else 60)
    assert bcg.source["maximum"] == (("jrf-2023",) if is_of_row else ("who-delayed",))
    assert ("The row says" in bcg.question) == is_of_row


def test_a_child_before_her_fifth_birthday_may_still_have_bcg() -> None:
    born, today = dt.date(2021, 7, 1), dt.date(2026, 6, 15)
    found = assess(Patient(born, "FEMALE", ()), SCHEDULES["IQ-2023-01-01"], today).groups["TB"]
    assert found.status is SeriesStatus.NOT_COMPLETE


def test_numbers_that_cite_who_are_in_its_table() -> None:
    """Of hepatitis B WHO knows no youngest age of 12 months; of a 2+1 series of PCV it knows 14 and 8 weeks."""
    for name, one in PACKS.items():
        for target in [target for series in one.series.get("HepB", ()) for target in series.doses]:
            if target.minimum == Period(months=12) and "who-delayed" in target.source["minimum"]:
                assert "WHO's table has no" in target.question, name
    second = PACKS["TR-2025-04-14"].series["PCV"][0].doses[1]
    assert (second.minimum, second.interval) == (Period(weeks=14), Period(weeks=8))


# children


@pytest.mark.parametrize("sex", ["FEMALE", "MALE"])
@pytest.mark.parametrize("name", PACKS)
def test_a_child_who_is_always_on_time_is_done(name: str, sex: str) -> None:
    walked = pack_trial.walk(SCHEDULES[name], sex=sex)
    assert walked.troubles == []
    assert set(walked.statuses.values()) == {SeriesStatus.COMPLETE}


@pytest.mark.parametrize("name", PACKS)
def test_a_child_late_by_weeks_is_done_with_no_dose_too_early(name: str) -> None:
    for weeks in range(7, 521, 73):
        walked = pack_trial.walk(SCHEDULES[name], first_visit=dt.timedelta(weeks=weeks))
        assert walked.troubles == []
        assert set(walked.statuses.values()) <= DONE


@settings(max_examples=50)
@given(
    name=st.sampled_from(sorted(PACKS)),
    days=st.integers(0, 3640),
    born=st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)),
    sex=st.sampled_from(["FEMALE", "MALE"]),
    eager=st.booleans(),
)
def test_any_child_late_by_any_days_is_done_with_no_dose_too_early(
    name: str, days: int, born: dt.date, sex: str, eager: bool
) -> None:
    """Given when it is due, or as soon as it may be given."""
    walked = pack_trial.walk(SCHEDULES[name], first_visit=dt.timedelta(days=days), born=born, sex=sex, eager=eager)
    assert walked.troubles == []
    assert set(walked.statuses.values()) <= DONE


def test_a_walk_says_what_goes_wrong() -> None:
    """Where a dose counts a day later only than it may be given, she is given it too early."""
    schedule = SCHEDULES["TR-2025-04-14"]

    def later(target: TargetDose) -> TargetDose:
        (rule,) = target.ages
        minimum = rule.minimum or Period()
        late = dataclasses.replace(minimum, days=minimum.days + 1)
        return dataclasses.replace(target, ages=(dataclasses.replace(rule, absolute_minimum=late),))

    series = {
        antigen: tuple(dataclasses.replace(one, doses=tuple(map(later, one.doses))) for one in several)
        for antigen, several in schedule.series.items()
    }
    wrong = dataclasses.replace(schedule, series=series)
    walked = pack_trial.walk(wrong, born=dt.date(2023, 3, 14))
    assert walked.troubles == ["HepB, hepb-1: given on 2023-03-14, when it was due, it does not count (too young)."]


def test_a_walk_that_does_not_end_names_the_antigen_and_the_dose() -> None:
    """Where no dose that is given counts for one, it comes again and again."""
    name = "TR-2025-04-14"
    schedule = SCHEDULES[name]
    (series,) = schedule.series["HepB"]
    recurring = dataclasses.replace(series.doses[0], is_recurring=True)
    wrong = dataclasses.replace(
        schedule, series=schedule.series | {"HepB": (dataclasses.replace(series, doses=(recurring,)),)}
    )
    walked = pack_trial.walk(wrong)
    assert walked.troubles == ["HepB, hepb-1: the child comes and comes, and is never done."]


# form


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_has_the_form_of_the_schema(name: str) -> None:
    assert list(Draft202012Validator(pack_file.schema()).iter_errors(DOCUMENTS[name].data)) == []


def _groups(data: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all groups of fields; not of those whose keys the file chooses."""
    if isinstance(data, dict):
        if place not in {("sources",), ("products",), ("antigens",), ("series",)} and place[-1:] != ("expect",):
            yield place
        for key, value in data.items():
            yield from _groups(value, (*place, key))
    if isinstance(data, list):
        for number, value in enumerate(data):
            yield from _groups(value, (*place, number))


def test_an_unknown_field_is_refused_everywhere() -> None:
    """The first group of each kind of a whole pack."""
    whole = DOCUMENTS["TR-2025-04-14"].data
    kinds = {tuple(step for step in place if isinstance(step, str)): place for place in _groups(whole)}
    assert len(kinds) > 100
    validator = Draft202012Validator(pack_file.schema())
    shapes = {tuple(step if step in _FIXED else "*" for step in kind): place for kind, place in kinds.items()}
    for place in shapes.values():
        data = copy.deepcopy(whole)
        here: Any = data
        for step in place:
            here = here[step]
        here["colour"] = "red"
        assert not validator.is_valid(data), place


_FIXED = {
    *("sources", "products", "antigens", "series", "vaccines", "doses", "names", "source", "antenatal", "td"),
    *("postnatal", "contacts", "cases", "expect"),
}


def _described(schema: Any, way: str = "") -> Iterator[str]:
    """The ways to fields without a description."""
    if not isinstance(schema, dict):
        return
    for name, field in schema.get("properties", {}).items():
        if not field.get("description"):
            yield f"{way}/{name}"
        yield from _described(field, f"{way}/{name}")
    for name, part in schema.get("$defs", {}).items():
        if not part.get("description"):
            yield f"{way}/{name}"
        yield from _described(part, f"{way}/{name}")
    for part in (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ())):
        yield from _described(part, way)


def test_every_field_is_described() -> None:
    Draft202012Validator.check_schema(pack_file.schema())
    assert list(_described(pack_file.schema())) == []
