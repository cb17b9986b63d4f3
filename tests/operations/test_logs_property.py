"""S22: whatever a number looks like and whatever a name holds, a log line has neither; what is no number stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera.operations.logs import without_people

ZEROS = "0٠۰०০๐０"  # Latin, Arabic, Persian, Devanagari, Bengali, Thai, full width


@st.composite
def numbers(draw):
    """A telephone number as somebody would write it: with or without its +, in groups or not, in any script."""
    digits = draw(st.text("0123456789", min_size=10, max_size=14))
    plus = draw(st.sampled_from(["+", "00", "%2B", "%2b", "%252B", "\\u002b", "＋", ""]))
    between = draw(st.sampled_from(["", " ", "-", ".", "_", ",", "/", "\u00a0", "\u200b", "%20"]))
    group = draw(st.sampled_from([2, 3, 4, 7]))
    groups = [digits[start : start + group] for start in range(0, len(digits), group)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    zero = ord(draw(st.sampled_from(ZEROS)))
    written = between.join("".join(chr(zero + int(digit)) for digit in part) for part in groups)
    return plus + written, digits, zero


@given(
    numbers(),
    st.sampled_from(
        ["no route to {}", "({})", "u{}", "_{}_", "id={}", "pid={}", "phone={} is off", "'{}'", "{}", "to {}: refused"]
    ),
)
def test_s22_no_number_stays_however_it_is_written(number, sentence):
    written, digits, zero = number
    left = without_people(sentence.format(written))
    assert not any(chr(zero + int(digit)) in left for digit in digits), left
    assert left.replace("+...", "") != left


@given(st.text(min_size=1).filter(lambda name: '\n  File "' not in f"{name}\n"))
def test_s22_no_name_stays_whatever_it_holds(name):
    """Names with brackets, line breaks and the database's own words."""
    secret = "\N{OLD TURKIC LETTER ORKHON A}"
    row = f"null value in column\nDETAIL:  Failing row contains (1, {secret}{name}{secret}, 2)."
    key = f"duplicate key value\nDETAIL:  Key (name, lower(x))=({secret}{name}{secret}) already exists."
    for text in (row, key, f'invalid input syntax for type date: "{secret}{name}{secret}"'):
        assert secret not in without_people(text)


@pytest.mark.parametrize(
    "text",
    [
        "message 12345678 waits",
        "message 123456789 of event 987654321 waits",
        "job=notifications created=1234567890 seconds=0.1234567890",
        "2026-11-26T09:41:25.123456+00:00 done",
        "2026-11-26 09:41 UTC: late",
        "file hera-production-x-20261126T023000Z.dump.age bytes=12345678901",
        "took 12.3456789012 s",
        "0f8fad5b-d9cb-469f-a165-708672890123",
        "id 7 of 1000 in 35 ms, 12 34 left",
        "127.0.0.1:8000 answers 503",
        "sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        'File "/opt/hera/x.py", line 123, in f',
        "version 3.11.7-1+deb12u1",
    ],
)
def test_s22_what_is_no_number_stays(text):
    assert without_people(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("(0532) 1234567 is off", "+... is off"),
        ("0532/1234567", "+..."),
        ("GET /my_number/AbC-12_x/ 200", "GET /my_number/.../ 200"),
        ("GET /l/AbC-12_x9876/ 302", "GET /l/.../ 302"),
        ("POST /links/AbC-12_x9876/opened/ 204", "POST /links/.../opened/ 204"),
        ("GET /admin/set_up/MTI/c8x-0a1b~Zz_9/ 200", "GET /admin/set_up/MTI/.../ 200"),
        ("DETAIL:  Parameters: $1 = 'Amal'", "DETAIL:  Parameters: (...)"),
    ],
)
def test_s22_what_tells_somebody_apart_is_taken_out(text, left):
    assert without_people(text) == left


def test_s22_what_was_asked_for_is_taken_out():
    assert without_people("GET https://x.org/a/?name=Amal&to=%2B905 failed") == "GET https://x.org/a/?... failed"
