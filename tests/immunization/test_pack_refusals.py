"""What `pack check` refuses: one row a rule, with the sentence that it says and the place that it names."""

from __future__ import annotations

import contextlib
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from hera.config import REPOSITORY
from hera.immunization import pack_check
from tests.immunization.small_pack import Json, small_pack, write


def at(data: Json, *place: str | int) -> Any:
    """A part of a pack."""
    here: Any = data
    for step in place:
        here = here[step]
    return here


def change(*place_and_value: Any) -> Callable[[Json], object]:
    """Set what is at a place."""
    *place, name, value = place_and_value
    return lambda data: at(data, *place).__setitem__(name, value)


def leave_out(*place_and_name: Any) -> Callable[[Json], object]:
    """Take away what is at a place."""
    *place, name = place_and_name
    return lambda data: at(data, *place).pop(name)


def windows(*spans: list[int]) -> Callable[[Json], object]:
    """Give it windows for weeks."""
    return lambda data: (at(data, "antenatal").pop("weeks"), at(data, "antenatal").update(windows=list(spans)))


def more_td(**row: Any) -> Callable[[Json], object]:
    """Add a dose of Td."""
    return lambda data: at(data, "antenatal", "td").append({"when": "later", "source": ["law"], **row})


DTP1 = ("series", "DTP", 0, "doses", 0)
DTP2 = ("series", "DTP", 0, "doses", 1)
VAR1 = ("series", "Varicella", 0, "doses", 0)
MMR = ("series", "Measles")


def held_back_by_mmr(data: Json, maximum: str = "7 years") -> None:
    """The vaccine against measles at 12 months holds DTP too: too young for it, it keeps the second DTP away."""
    change("products", "mmr", "antigens", ["Measles", "DTP"])(data)
    at(data, *DTP2).update(due="13 months", minimum="13 months", interval="8 weeks", maximum=maximum)


def reviewed(*reviewers: Json, **more: Any) -> Callable[[Json], object]:
    """Make it no draft."""
    return lambda data: data.update(draft=False, reviewed_by=list(reviewers), **more)


REVIEWER = {"name": "A. B.", "role": "physician", "date": "2025-03-01"}


def _places(data: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in inside:
        yield (*place, step)
        yield from _places(value, (*place, step))


REFUSED: dict[str, tuple[Callable[[Json], object], str]] = {
    # ages
    "due before minimum": (
        change(*DTP1, "due", "5 weeks"),
        "series › DTP › standard › doses › dtp-1 › due: It is due at 5 weeks, before its minimum of 6 weeks.",
    ),
    "due before minimum for some": (change(*VAR1, "due", "52 weeks"), "due at 52 weeks, before its minimum"),
    "interval longer than the gap": (
        change(*DTP2, "interval", "3 months"),
        "dtp-2 › interval: 3 months is longer than from 2 months to 4 months, when the two are due",
    ),
    "interval longer than the gap for some": (
        # From 1 January, 2 months end 59 days before 4 months do.
        change(*DTP2, "interval", "60 days"),
        "dtp-2 › interval: 60 days is longer than from 2 months to 4 months, when the two are due, at least for some",
    ),
    "no interval": (leave_out(*DTP2, "interval"), "dtp-2: A dose after another needs an interval"),
    "an interval of nothing": (change(*DTP2, "interval", "0 days"), "dtp-2 › interval: An interval is a day at least."),
    "minimums out of order": (
        change(*DTP2, "minimum", "5 weeks"),
        "dtp-2 › minimum: Its minimum of 5 weeks is before that of the dose before, 6 weeks.",
    ),
    "overdue after it is too late": (
        change(*DTP2, "overdue", "8 years"),
        "dtp-2 › overdue: It is overdue only at 8 years, when it is too late from 7 years on.",
    ),
    "interval of the first": (change(*DTP1, "interval", "4 weeks"), "The first dose of a series follows no other."),
    "overdue before due": (
        change(*DTP1, "overdue", "7 weeks"),
        "dtp-1 › overdue: It is overdue at 7 weeks, but due only at 2 months.",
    ),
    "overdue when due": (change(*DTP1, "overdue", "2 months"), "It is overdue at 2 months, but due only at 2 months."),
    "maximum before due": (
        change(*DTP2, "maximum", "16 weeks"),
        "dtp-2 › maximum: It is too late at 16 weeks, but due only at 4 months.",
    ),
    "doses out of order": (change(*DTP2, "due", "2 months"), "It is due at 2 months, no later than the dose before."),
    "one dose due at two ages": (
        lambda data: at(data, "series", "Varicella", 0)["doses"].append(
            {"dose": "mmr-1", "products": ["var"], "due": "5 years", "minimum": "5 years", "source": ["law"]}
        ),
        "mmr-1 is due at 5 years here, and at 12 months elsewhere.",
    ),
    "an age before birth": (change(*DTP1, "minimum", "1 week - 8 days"), "1 week - 8 days is before birth"),
    "an age it cannot read": (
        change(*DTP1, "due", "two months"),
        "dtp-1 › due: 'two months' is not an age or interval such as 6 weeks, 12 months, or 12 months - 4 days.",
    ),
    "an age without a unit": (change(*DTP1, "due", 2), "dtp-1 › due: It is not a text: 2."),
    "an age that nobody reaches": (
        change(*DTP2, "maximum", "9999 years"),
        "dtp-2 › maximum: 9999 years is more than anybody's age: 100 years at most.",
    ),
    "a date that is none": (change("valid_from", "2025-02-30"), "'2025-02-30' is not a date such as 2025-04-14."),
    "live vaccines too near": (
        change(*VAR1, "due", "12 months + 10 days"),
        "var-1 is due at 12 months + 10 days, less than 28 days after mmr-1 at 12 months, and both are live.",
    ),
    # what is missing
    "no antigen": (change("products", "dtp", "antigens", []), "products › dtp › antigens: It is empty."),
    "no name": (leave_out("products", "dtp", "names"), "products › dtp: 'names' is missing."),
    "missing language": (
        leave_out("products", "dtp", "names", "prs"),
        "products › dtp › names: Dari ('prs') is missing.",
    ),
    "missing language of an antigen": (leave_out("antigens", "DTP", "names", "ps"), "names: Pashto ('ps') is missing."),
    "no source": (change(*DTP1, "source", []), "dtp-1 › source: "),
    "no source of a number": (leave_out(*DTP2, "source", "interval"), "dtp-2 › source: 'interval' has no source."),
    "a source of nothing": (
        change(*DTP2, "source", "overdue", ["law"]),
        "'overdue' has a source, but is not there.",
    ),
    "no source of the whole": (leave_out("source", "grace_days"), "source: 'grace_days' is missing."),
    "an unknown source of the whole": (change("source", "grace_days", ["lore"]), "There is no source 'lore'."),
    "no source of an age to start": (
        leave_out(*MMR, 0, "source"),
        "series › Measles › standard: Its ages to start have no source.",
    ),
    "a source of no age to start": (
        change(*MMR, 1, "source", ["law"]),
        "late › source: It is of ages to start, and there are none.",
    ),
    "no number": (leave_out(*DTP1, "minimum"), "dtp-1: 'minimum' is missing."),
    # ids and keys
    "id of a dose twice": (
        change("vaccines", 0, "doses", 1, "id", 1007),
        "vaccines › dtp › doses › dtp-2 › id: Another dose has the id 1007.",
    ),
    "id of a vaccine twice": (change("vaccines", 2, "id", 1001), "Another vaccine has the id 1001."),
    "an id of a dose of staff's own": (
        change("vaccines", 0, "doses", 1, "id", 1_000_000),
        "dtp-2 › id: '1000000' is not an id of a pack: from 1000000 on are those of what staff add themselves.",
    ),
    "an id of a vaccine of staff's own": (
        change("vaccines", 0, "id", 2147483647),
        "vaccines › dtp › id: '2147483647' is not an id of a pack",
    ),
    "an id that no table can hold": (change("vaccines", 0, "id", 2147483648), "'2147483648' is not an id of a pack"),
    "key of a dose twice": (change("vaccines", 0, "doses", 1, "key", "dtp-1"), "Another dose has the key dtp-1."),
    "id of a series twice": (change(*MMR, 1, "id", "standard"), "Another series of Measles has the id standard."),
    "a dose twice in a series": (change(*DTP2, "dose", "dtp-1"), "Another dose of this series is dtp-1."),
    "a code of two products": (
        lambda data: (change("products", "mmr", "cvx", "03")(data), change("products", "var", "cvx", "03")(data)),
        "products › var › cvx: '03' is what mmr is known by: a card would be misread.",
    ),
    "a name of two products": (
        change("products", "var", "names", "tr", "A Product against Measles "),
        "products › var › names › tr: 'A Product against Measles ' is what mmr is known by",
    ),
    "a product twice for one dose": (
        lambda data: at(data, *DTP1, "products").append("dtp"),
        "Another product of this dose is dtp.",
    ),
    "a pack that replaces itself": (change("replaces", "XX-2025-01-01"), "replaces: It cannot replace itself."),
    "an id between": (
        change("vaccines", 0, "doses", 1, "id", 25),
        "25 is no id of a dose: 1 to 24 are those of the first HERA, new ones begin at 1000.",
    ),
    # what refers to nothing
    "unknown product": (change(*DTP1, "products", ["dpt"]), "dtp-1 › products: There is no product 'dpt'."),
    "unknown antigen": (change("products", "dtp", "antigens", ["DPT"]), "There is no antigen 'DPT'."),
    "series of an unknown antigen": (lambda data: data["antigens"].pop("DTP"), "There is no antigen 'DTP'."),
    "a dose without a vaccine": (change(*DTP1, "dose", "dtp-9"), "There is no dose of a vaccine 'dtp-9'."),
    "a source that is no list": (change("products", "dtp", "source", "law"), "source: It is not a list: write [law]."),
    "a source of a number that is no list": (
        change(*DTP2, "source", "due", "law"),
        "dtp-2 › source › due: It is not a list: write [law].",
    ),
    "a source of an unknown number": (
        change(*DTP2, "source", "age", ["law"]),
        "dtp-2 › source: No field of a pack is called 'age' here.",
    ),
    "a source that is a text": (
        change(*DTP1, "source", "law"),
        "dtp-1 › source: 'law' is not a list of source ids, or such a list for each number.",
    ),
    "unknown source": (change(*DTP1, "source", ["lore"]), "There is no source 'lore'."),
    "a product of something else": (change(*DTP1, "products", ["mmr"]), "mmr does not protect against DTP."),
    "a dose that nobody plans": (leave_out("series", "Varicella"), "No series plans this dose"),
    "a series that nobody reaches": (
        lambda data: [at(data, *MMR, 0).pop(name) for name in ("max_age_to_start", "source")],
        "series › Measles › standard: Without max_age_to_start nobody is ever planned by late.",
    ),
    # children
    "an on-time child who is not done": (
        lambda data: held_back_by_mmr(data, maximum="13 months + 1 day"),
        "series › DTP: A child who is always on time is not done: aged out.",
    ),
    "a dose that nobody can have when it is due": (
        held_back_by_mmr,
        "series › DTP: A child who is always on time: dtp-2, due at 13 months, may be given only 25 days later.",
    ),
    "a series that begins after its doses": (
        lambda data: at(data, *MMR, 1).update(min_age_to_start="5 years", source=["law"]),
        "min_age_to_start: Nobody begins it before 5 years, but its first dose is due at 4 years.",
    ),
    "a series that ends before it begins": (
        change(*MMR, 0, "max_age_to_start", "12 months + 4 days"),
        "Who is on time for its first dose, at 12 months, is too old to begin it.",
    ),
    "a case that does not come out": (
        change("cases", 0, "expect", "DTP", "due", "2025-03-02"),
        "cases › a child › expect › DTP: due should be 2025-03-02, and comes out as 2025-03-01.",
    ),
    "a case of an unknown product": (change("cases", 0, "doses", 0, "product", "dpt"), "There is no product 'dpt'."),
    # who has reviewed it
    "no draft, and nobody": (change("draft", False), "draft: A pack that is no draft names who has reviewed it."),
    "no draft, and a question": (
        reviewed(REVIEWER, questions=["Is it so?"]),
        "draft: A pack that is no draft asks no questions: one is open of the pack: Is it so?",
    ),
    "a question of a dose": (
        lambda data: (reviewed(REVIEWER)(data), change(*DTP1, "question", "Who says so?")(data)),
        "one is open of DTP, standard, dtp-1: Who says so?",
    ),
    "a reviewer without a name": (reviewed(REVIEWER | {"name": " "}), "reviewed_by › 1 › name: It is empty."),
    "a reviewer without a role": (reviewed(REVIEWER | {"role": " "}), "role: It is empty."),
    "a review to come": (
        reviewed(REVIEWER | {"date": "2999-01-01"}),
        "reviewed_by › A. B. › date: 2999-01-01 is in the future.",
    ),
    # form
    "a blank name": (change("vaccines", 0, "name", "  "), "name: It is empty."),
    "a blank name in a language": (change("products", "dtp", "names", "tr", " "), "names › tr: It is empty."),
    "a blank authority": (change("authority", " "), "authority: It is empty."),
    "for nobody": (
        lambda data: at(data, "vaccines", 0).update(male=False, female=False),
        "vaccines › dtp: It is for neither girls nor boys.",
    ),
    "an id of old for another dose": (
        change("vaccines", 0, "doses", 1, "id", 19),
        "dtp-2 › id: 19 is the id of the first HERA's dose mmr-1: another one needs a new id, from 1000 on.",
    ),
    "an id of old for another vaccine": (
        change("vaccines", 0, "id", 2),
        "vaccines › dtp › id: 2 is the id of the first HERA's vaccine bcg",
    ),
    "a dose of Td twice": (
        lambda data: at(data, "antenatal", "td").append({"dose": 1, "when": "later", "source": ["law"]}),
        "Another row is the dose 1.",
    ),
    "weeks of Td the wrong way round": (
        lambda data: at(data, "antenatal", "td", 0).update(from_week=30, until_week=20),
        "from_week: Week 30 is after week 20, its last.",
    ),
    "a dose of a case before birth": (
        change("cases", 0, "doses", 0, "date", "2024-12-31"),
        "date: 2024-12-31 is before the child's birth.",
    ),
    "a dose of a case to come": (
        change("cases", 0, "doses", 0, "date", "2025-02-02"),
        "date: 2025-02-02 is after the day that is asked about.",
    ),
    "an unknown field": (change("colour", "red"), "No field of a pack is called 'colour' here."),
    "another name than its file": (change("pack", "XX-2025"), "By country and day it is called XX-2025-01-01"),
    "weeks and windows": (change("antenatal", "windows", [[1, 14]]), "antenatal: It has either weeks or windows."),
    "weeks out of order": (
        change("antenatal", "weeks", [20, 12]),
        "antenatal › weeks: The weeks are not in order.",
    ),
    "a week twice": (change("antenatal", "weeks", [12, 12]), "antenatal › weeks: The weeks are not in order."),
    "a week before a pregnancy is known": (
        change("antenatal", "weeks", [3, 12]),
        "antenatal › weeks › 1: Nobody comes by week 3: a pregnancy is known from week 4 on.",
    ),
    "a window before a pregnancy is known": (
        windows([0, 3], [12, 14]),
        "antenatal › windows › 1: Nobody comes by week 3: a pregnancy is known from week 4 on.",
    ),
    "a week after the last": (change("antenatal", "weeks", [12, 43]), "antenatal › weeks › 2: 43 is more than 42."),
    "a week before the first": (change("antenatal", "weeks", [-3, 12]), "antenatal › weeks › 1: -3 is less than 0."),
    "a week in which nobody knows": (change("antenatal", "weeks", [0, 12]), "weeks › 1: Nobody comes by week 0"),
    "a week of another unit": (change("antenatal", "weeks", [12, 100000]), "weeks › 2: 100000 is more than 42."),
    "a week that is no number": (change("antenatal", "weeks", ["12"]), "weeks › 1: It is not a whole number: 12."),
    "a window after the last week": (windows([18, 99]), "antenatal › windows › 1 › 2: 99 is more than 42."),
    "a window before the first week": (windows([-3, 14]), "antenatal › windows › 1 › 1: -3 is less than 0."),
    "a window within another": (windows([8, 30], [12, 14]), "The window of week 12 to week 14 begins before"),
    "a window of one end": (windows([18]), "antenatal › windows › 1: It "),
    "a week of Td after the last": (
        lambda data: at(data, "antenatal", "td", 0).update(until_week=99),
        "antenatal › td › 1 › until_week: 99 is more than 42.",
    ),
    "a week of Td before the first": (
        lambda data: at(data, "antenatal", "td", 0).update(from_week=-3),
        "antenatal › td › 1 › from_week: -3 is less than 0.",
    ),
    "a tenth dose of Td": (more_td(dose=10, interval="1 year"), "antenatal › td › 10 › dose: 10 is more than 9."),
    "a visit years after birth": (
        change("postnatal", "contacts", [{"since": "0 days", "until": "9999 years"}]),
        "postnatal › contacts › 1 › until: 9999 years after a birth nobody comes for it",
    ),
    "a window that goes backwards": (
        windows([14, 0], [18, 24]),
        "antenatal › windows › 1: It goes backwards, from week 14 to week 0.",
    ),
    "windows that overlap": (
        windows([0, 14], [14, 24]),
        "antenatal › windows › 2: The window of week 14 to week 24 begins before the one before it ends.",
    ),
    "windows out of order": (
        windows([18, 24], [8, 14]),
        "antenatal › windows › 2: The window of week 8 to week 14 is not in order.",
    ),
    "a later dose of Td that nothing dates": (
        more_td(dose=2),
        "antenatal › td › 2: A dose after another needs an interval: nothing else keeps them apart.",
    ),
    "a first dose of Td with an interval": (
        lambda data: at(data, "antenatal", "td", 0).update(interval="4 weeks"),
        "interval: The first dose follows no other.",
    ),
    "a dose of Td without the one before": (
        more_td(dose=3, interval="6 months"),
        "There is no dose 2 before it.",
    ),
    "an interval of Td of no day": (more_td(dose=2, interval="0 days"), "An interval is a day at least."),
    "a dose of Td after birth": (
        lambda data: at(data, "antenatal", "td", 0).update(before_birth="1 day - 2 weeks"),
        "before birth is after it.",
    ),
    "a dose of Td to which no visit belongs": (
        lambda data: at(data, "antenatal", "td", 0).update(from_week=21, until_week=35),
        "antenatal › td › 1: No visit is in its weeks: they are due in weeks 12, 20, 36.",
    ),
    "visits out of order": (
        change("postnatal", "contacts", [{"since": "2 days", "until": "1 day"}]),
        "postnatal › contacts › 1: It goes backwards, from 2 days to 1 day.",
    ),
    "visits that overlap": (
        change(
            "postnatal", "contacts", [{"since": "0 days", "until": "2 days"}, {"since": "2 days", "until": "1 week"}]
        ),
        "postnatal › contacts › 2: It begins at 2 days, before the one before it is over.",
    ),
    "a visit after birth before it": (
        change("postnatal", "contacts", [{"since": "0 days - 1 day", "until": "1 day"}]),
        "is before birth.",
    ),
}


def test_the_small_pack_is_right(tmp_path: Path) -> None:
    assert pack_check.check(write(tmp_path, small_pack())).findings == []


@pytest.mark.parametrize("rule", REFUSED)
def test_what_cannot_be_right_is_refused_in_one_sentence(rule: str, tmp_path: Path) -> None:
    break_it, sentence = REFUSED[rule]
    data = small_pack()
    break_it(data)
    findings = pack_check.check(write(tmp_path, data)).findings
    assert any(sentence in finding for finding in findings), findings
    assert all(finding.startswith("line ") and "\n" not in finding for finding in findings)


def test_all_findings_are_named_at_once_with_their_lines(tmp_path: Path) -> None:
    data = small_pack()
    for rule in ("due before minimum", "maximum before due", "an id between", "unknown source"):
        REFUSED[rule][0](data)
    path = write(tmp_path, data)
    out = io.StringIO()
    with pytest.raises(CommandError, match="Refused") as refused:
        call_command("pack", "check", path, stdout=out)
    assert refused.value.returncode == 1
    lines = out.getvalue().splitlines()
    assert len(lines) == 4
    wrong = next(line for line in lines if "before its minimum" in line)
    number = int(wrong.split("line ")[1].split(":")[0])
    assert path.read_text().splitlines()[number - 1].strip() == "due: 5 weeks"


TEXTS = {
    "nothing": ("", "The file holds no pack"),
    "no mapping": ("- a\n- b\n", "The file holds no pack"),
    "no YAML": ("country: XX\npack: [a, b\nx: y\n", "line 2: This is no YAML"),
    "a tab": ("pack:\n\tx: 1\n", "line 2: This is no YAML"),
    "where to look": (
        "pack: A\n  country: XX\n",
        "Look at indentation, tabs and quotes in this line or the one above.",
    ),
    "a quote that is not closed": ('a: b\npack: "A\ncountry: XX\nb: c\n', "line 2: This is no YAML"),
    "a line without a colon": ("a: b\npack\ncountry: XX\n", "line 2: This is no YAML"),
    "twice": ("pack: A\npack: B\n", "line 2: pack: 'pack' is there twice."),
    "an alias": ("pack: A\ncountry: *a\n", "line 2: '*a' refers to another part: write that out."),
    "an anchor": ("pack: A\ncountry: &a XX\n", "line 2: '&a' is a name to refer to: leave it out"),
    "a tag": ("pack: A\nlive: !!bool yes\n", "line 2: 'tag:yaml.org,2002:bool' says what kind of value this is"),
    "a python object": ("pack: !!python/object/apply:os.system ['true']\n", "says what kind of value this is"),
    "curly quotes": (
        "pack: A\ncountry: \u201cXX\u201d\nx: \u2018y\u2019\n",
        (
            "line 2: There is a left double quotation mark (U+201C): write a straight quotation mark. "
            "The same kind is in line 3."
        ),
    ),
    "a no-break space": (
        "pack: A\n\u00a0country: XX\n",
        "line 2: There is a no-break space (U+00A0): write a plain space.",
    ),
    "a control character": (
        "pack: A\ncountry: \x07\n",
        "line 2: A character that cannot be in a text: control character",
    ),
    "a zero byte that is written as an escape": (
        'pack: A\ncountry: "X\\0X"\n',
        "line 2: A character that cannot be in a text: control character (U+0000).",
    ),
    "half a character": (
        'pack: A\ncountry: "X\\ud800"\n',
        "line 2: A character that cannot be in a text: control character (U+D800).",
    ),
    "a line break in a name": ('pack: A\ncountry: "X\\nX"\n', "line 2: There is a line break in a text"),
    "a line break at the end": ("pack: A\nnote: >\n  folded\ndraft: true\n", "line 2: There is a line break in a text"),
    "a tab in a name": ('pack: A\ncountry: "X\\tX"\n', "line 2: A character that cannot be in a text"),
    "a control of direction": (
        "pack: A\ncountry: X\u202eX\n",
        "line 2: A character that cannot be in a text: right-to-left override (U+202E).",
    ),
    "a control of direction as an escape": (
        'pack: A\ncountry: "X\\u2067X"\n',
        "line 2: A character that cannot be in a text: right-to-left isolate (U+2067).",
    ),
    "a control of direction in a remark": ("pack: A\n# \u202eX\n", "line 2: A character that cannot be in a text"),
    "what is not seen, in a name of a field": (
        'pack: A\n"count\\u200bry": XX\n',
        "line 2: A character that cannot be in a text: zero width space (U+200B).",
    ),
    "a line that is none": ('pack: "A\\LB"\n', "line 1: A character that cannot be in a text: line separator"),
    "a field that is called by a list": ("pack: A\n? [a, b]\n: XX\n", "line 2: A part is called by a list"),
    "True": ("draft: True\n", "line 1: draft: Write true or false in lower case: True."),
    "yes": ("draft: yes\n", "line 1: draft: It is not true or false: yes."),
    "deep": ("pack: " + "[" * 5000 + "]" * 5000, "This is no YAML"),
    "not UTF-8": (b"pack: \xff\n", "The file is not written in UTF-8."),
    "large": ("x" * 2_000_001, "larger than 2,000,000 bytes"),
}


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_pack_is_said_in_a_sentence(text: str, tmp_path: Path) -> None:
    contents, sentence = TEXTS[text]
    path = tmp_path / "XX-2025-01-01.yaml"
    path.write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    findings = pack_check.check(path).findings
    assert any(sentence in finding for finding in findings), findings


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    assert pack_check.check(tmp_path / "XX.yaml").findings == [
        "line 1: The file cannot be read: No such file or directory."
    ]


def test_words_that_yaml_takes_for_something_else_stay_text(tmp_path: Path) -> None:
    """Norway is no refusal, a code does not lose its zero, and a date is not turned round."""
    data = small_pack()
    path = write(tmp_path, data)
    text = path.read_text().replace("country: XX", "country: NO").replace("pack: XX-2025-01-01", "pack: NO-2025-01-01")
    text = text.replace("  dtp:\n    antigens:", "  dtp:\n    cvx: 01\n    antigens:")
    moved = tmp_path / "NO-2025-01-01.yaml"
    moved.write_text(text)
    report = pack_check.check(moved)
    assert report.findings == []
    assert report.pack is not None
    assert (report.pack.country, report.pack.products["dtp"].cvx) == ("NO", "01")


def test_joiners_of_persian_stay(tmp_path: Path) -> None:
    data = small_pack()
    change("products", "dtp", "names", "prs", "\u0648\u0627\u06a9\u0633\u06cc\u0646\u200c\u0647\u0627")(data)
    assert pack_check.check(write(tmp_path, data)).findings == []


def test_an_apostrophe_in_a_word_is_no_quote(tmp_path: Path) -> None:
    path = write(tmp_path, small_pack() | {"authority": "T\u00fcrkiye\u2019nin"})
    assert pack_check.check(path).findings == []


def test_who_stops_reading_gets_no_traceback(tmp_path: Path) -> None:
    """`pack check FILE | head -1`"""
    path = write(tmp_path, small_pack() | {"questions": [f"Is it {number}?" for number in range(20_000)]})
    command = [sys.executable, str(REPOSITORY / "manage.py"), "pack", "check", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=REPOSITORY) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""


def test_check_lists_what_a_reviewer_is_asked(tmp_path: Path) -> None:
    data = small_pack()
    data["questions"] = ["Is it so?"]
    at(data, *DTP1)["question"] = at(data, *DTP2)["question"] = "Who says so?"
    out = io.StringIO()
    call_command("pack", "check", write(tmp_path, data), stdout=out)
    lines = out.getvalue().splitlines()
    assert "nothing wrong found; 1 worked cases come out." in lines[0]
    assert lines[1:] == [
        "  A draft: nobody has reviewed it, and no parent is told of it.",
        "  Question 1 (the pack): Is it so?",
        "  Question 2 (DTP, standard, dtp-1; DTP, standard, dtp-2): Who says so?",
    ]


def test_check_names_who_has_reviewed_it(tmp_path: Path) -> None:
    data = small_pack() | {
        "draft": False,
        "reviewed_by": [{"name": "A. B.", "role": "physician", "date": "2025-03-01"}],
    }
    out = io.StringIO()
    call_command("pack", "check", write(tmp_path, data), stdout=out)
    assert out.getvalue().splitlines()[1:] == ["  Reviewed by A. B., physician, 2025-03-01."]


PLACES = sorted(_places(small_pack()), key=str)
VALUES = [
    None,
    True,
    0,
    -1,
    10**12,
    "",
    "x",
    "0 days",
    "9999 years",
    "2025-01-01",
    "0001-01-01",
    [],
    {},
    ["x"],
    [[]],
    {"x": 1},
]


@settings(max_examples=120)
@given(places=st.lists(st.sampled_from(PLACES), min_size=1, max_size=3), value=st.sampled_from(VALUES))
def test_no_value_anywhere_makes_it_stumble(places: list[tuple[str | int, ...]], value: Any) -> None:
    """Whatever somebody writes, she is told in sentences with their lines, or it is right."""
    data = small_pack()
    for place in places:
        with contextlib.suppress(KeyError, IndexError, TypeError, AttributeError):
            change(*place, value)(data)
    with tempfile.TemporaryDirectory() as folder:
        findings = pack_check.check(write(Path(folder), data)).findings
    assert all(re.fullmatch(r"line \d+: .+", finding) for finding in findings)
