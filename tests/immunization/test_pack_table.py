"""A pack as its readers see it, and how it differs from another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hera.config import REPOSITORY
from hera.immunization import pack, pack_file, pack_table
from hera.immunization.ages import Period
from hera.immunization.pack import Pack
from hera.immunization.pack_table import Change, Kind
from tests.immunization.small_pack import Json, names, small_pack

TR = pack_file.load(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
FILES = sorted((REPOSITORY / "packs").glob("*.yaml"))
STANDARD = ("series", "DTP", "standard")


def changed(change: Callable[[Json], object]) -> Pack:
    data = small_pack()
    change(data)
    return pack.of(data)


def dose_of(data: Json, antigen: str, place: int) -> Json:
    found: Json = data["series"][antigen][0]["doses"][place]
    return found


def test_a_dose_has_a_row_for_all_antigens_that_say_the_same_of_it() -> None:
    by_key = {one.dose.key: one for one in pack_table.table(TR)}
    [row] = by_key["mmr-1"].rows
    assert row.antigens == (("Measles", 1), ("Mumps", 1), ("Rubella", 1))
    assert {name: str(one.period) for name, one in row.numbers.items()} == {
        "due": "12 months",
        "minimum": "12 months",
        "overdue": "13 months",
    }
    assert row.numbers["minimum"].sources == ("asi-rehberi", "adu-notes")
    assert [row.antigens for row in by_key["hexa-1"].rows] == [
        (("HepB", 2),), (("DTP", 1),), (("Polio", 1),), (("Hib", 1),),
    ]  # fmt: skip
    assert [str(row.numbers["minimum"].period) for row in by_key["hexa-1"].rows] == ["4 weeks", *["6 weeks"] * 3]
    assert "2,000 g" in by_key["hepb-1"].rows[0].question


def test_the_doses_stand_in_the_order_of_parents_with_their_numbers() -> None:
    assert [one.dose.id for one in pack_table.table(TR)] == [
        3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 1, 2,
    ]  # fmt: skip


def test_series_for_late_starters_are_apart() -> None:
    late = pack_table.late_series(TR)
    assert [(one.antigen, one.series.id, str(one.begins)) for one in late] == [
        ("Hib", "late-12m", "12 months"),
        ("PCV", "late-12m", "12 months"),
        ("PCV", "late-24m", "24 months"),
    ]
    assert [(dose.dose.key, str(dose.rows[0].numbers["due"].period)) for dose in late[1].doses] == [
        ("pcv-1", "12 months"),
        ("pcv-2", "14 months"),
    ]
    assert late[1].doses[1].rows[0].antigens == (("PCV", 2),)


def test_a_dose_for_late_starters_alone_has_no_rows_and_no_bar() -> None:
    late = changed(lambda data: data["series"]["Measles"][0]["doses"].pop(0))
    assert [one.dose.key for one in pack_table.table(late) if not one.rows] == ["mmr-1"]
    assert "mmr-1" not in {bar.dose.key for bar in pack_table.bars(late)}


def test_a_bar_reaches_over_all_antigens_of_a_dose() -> None:
    bars = {bar.dose.key: bar for bar in pack_table.bars(TR)}
    hexa, bcg = bars["hexa-1"], bars["bcg-1"]
    assert (str(hexa.minimum), str(hexa.due), str(hexa.overdue)) == ("4 weeks", "2 months", "3 months")
    assert hexa.maximum is None, "against DTP it is given at any age"
    assert str(bcg.maximum) == "6 years"
    assert [*bars][0 :: len(bars) - 1] == ["hepb-1", "td-1"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_pack_has_its_table_and_its_bars(path: object) -> None:
    one = pack_file.load(path)  # type: ignore[arg-type]
    table, bars = pack_table.table(one), pack_table.bars(one)
    assert {row.dose.key for row in table if row.rows} == {bar.dose.key for bar in bars}
    told = sum(len(row.antigens) for dose in table for row in dose.rows)
    assert told == sum(len(several[0].doses) for several in one.series.values())
    for bar in bars:
        assert pack_table.in_days(bar.minimum) <= pack_table.in_days(bar.due)
    assert pack_table.difference(one, one) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda data: dose_of(data, "DTP", 0).update(due="9 weeks"),
            Change(Kind.CHANGED, (*STANDARD, "dtp-1"), ("due",), Period(months=2), Period(weeks=9)),
        ),
        (
            lambda data: dose_of(data, "DTP", 0).pop("overdue"),
            Change(Kind.CHANGED, (*STANDARD, "dtp-1"), ("overdue",), Period(months=3), None),
        ),
        (
            lambda data: data["products"]["dtp"]["names"].update(tr="üçlü"),
            Change(Kind.CHANGED, ("product", "dtp"), ("names", "tr"), "a product against DTP", "üçlü"),
        ),
        (
            lambda data: data["vaccines"][0].update(male=False),
            Change(Kind.CHANGED, ("vaccine", "dtp"), ("male",), True, False),
        ),
        (lambda data: data.update(grace_days=0), Change(Kind.CHANGED, ("pack",), ("grace_days",), 4, 0)),
        (
            lambda data: data["antenatal"].update(weeks=[12, 36]),
            Change(Kind.CHANGED, ("antenatal",), ("weeks",), (12, 20, 36), (12, 36)),
        ),
        (
            lambda data: data.update(questions=["Is it so?"]),
            Change(Kind.ADDED, ("question", "Is it so?"), after={("question",): "Is it so?"}),
        ),
    ],
    ids=["number", "number gone", "name", "false", "zero", "weeks", "question"],
)
def test_what_changes_is_told_with_what_was_and_what_is(change: Callable[[Json], object], told: Change) -> None:
    found = pack_table.difference(pack.of(small_pack()), changed(change))
    assert told in found
    assert all(one.field[:1] == ("source",) for one in found if one != told), "nothing else but its source"


def test_what_is_added_and_removed_is_told_whole() -> None:
    def more(data: Json) -> None:
        data["antigens"]["HepA"] = {"names": names("Hepatitis A")}
        data["series"]["Measles"].pop()

    before, after = pack.of(small_pack()), changed(more)
    added, *removed = sorted(pack_table.difference(before, after), key=lambda one: one.kind.value)
    assert (added.kind, added.where, added.after["names", "en"]) == (Kind.ADDED, ("antigen", "HepA"), "Hepatitis A")
    assert [(one.kind, one.where) for one in removed] == [
        (Kind.REMOVED, ("series", "Measles", "late")),
        (Kind.REMOVED, ("series", "Measles", "late", "mmr-1")),
    ]
    assert removed[1].before["due",] == Period(years=4)


def test_a_dose_whose_key_is_another_is_known_by_its_id_within_a_country() -> None:
    def rename(data: Json) -> None:
        data["vaccines"][0]["doses"][0]["key"] = "three-1"
        dose_of(data, "DTP", 0).update(dose="three-1")

    def elsewhere(data: Json) -> None:
        rename(data)
        data["country"] = "YY"

    before = pack.of(small_pack())
    assert pack_table.difference(before, changed(rename)) == [
        Change(Kind.CHANGED, ("dose", "three-1"), ("key",), "dtp-1", "three-1")
    ]
    assert Kind.ADDED in {one.kind for one in pack_table.difference(before, changed(elsewhere))}


def test_the_difference_from_the_tables_of_a_database() -> None:
    after = pack.of(small_pack())
    dtp, mmr, _var = (
        pack.Vaccine(one.id, "", one.name, tuple(pack.Dose(dose.id, "", dose.name) for dose in one.doses))
        for one in after.vaccines
    )
    old = pack.Vaccine(7, "", "Smallpox", (pack.Dose(70, "", "Dose 1"),))
    found = pack_table.difference_from_tables([dtp, mmr, old], {1007: 8, 1008: 17, 1001: 52, 1002: 208, 70: 4}, after)
    assert Change(Kind.CHANGED, ("dose", "dtp-1"), ("due",), Period(weeks=8), Period(months=2)) in found
    assert {(one.kind, one.where) for one in found if one.kind is not Kind.CHANGED} == {
        (Kind.ADDED, ("vaccine", "var")),
        (Kind.ADDED, ("dose", "var-1")),
        (Kind.REMOVED, ("vaccine", "id 7")),
        (Kind.REMOVED, ("dose", "id 70")),
    }
    assert {one.field for one in found if one.kind is Kind.CHANGED} == {("due",)}
