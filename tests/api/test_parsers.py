"""What reads texts from outside: any text at all is either understood or refused with the error that is documented."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError, ValidationError

from hera import config
from hera.api.fields import EARLIEST, LenientDateTimeField, PastDateField
from hera.api.parsers import TolerantJSONParser
from hera.child_health.imports import doses_as_text, doses_from
from hera.core import clock, languages, phone_numbers, timezones
from hera.delivery.channels.http import retry_after
from hera.people.filter import PeopleFilter
from hera.texts.rendering import TemplateDoesNotRender, render
from hera.texts.template_checks import problems_of

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
DIGITS = "0123456789٠١٢٣٤٥٦٧٨٩+- ()/.#*"
LIQUID = st.text("{}%|:,.'\"() \nabdefilmnorst0123456789_-", max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(TEXT | st.text(DIGITS, max_size=30))
@example("+90 (0)532 123 45 67")
@example("+9005321234567")
@example("٩٠+")
@example("tel:+905321234567;ext=1")
def test_a_phone_number_is_e164_or_refused(text):
    try:
        number = phone_numbers.parse(text)
    except phone_numbers.InvalidPhoneNumber:
        return
    assert re.fullmatch(r"\+[1-9]\d{5,14}", number.e164)
    assert phone_numbers.parse(number.e164) == number, "what was read is read again as the same"
    assert phone_numbers.split(number.e164) == (number.country_code, number.national_number)


@given(
    TEXT | st.from_regex(r"(GMT|UTC)?\s*[+-]\d{1,2}:?\d{0,2}", fullmatch=True) | st.text("./\\EtcGMT+-0", max_size=20)
)
@example("../../etc/passwd")
@example("/usr/share/zoneinfo/Asia/Kabul")
@example("a" * 5000)
@example("\x00")
def test_a_time_zone_is_known_or_none(text):
    name = timezones.parse(text)
    assert name is None or timezones.known(name) is not None
    assert timezones.effective(text)


@given(st.integers(-12, 14))
def test_a_whole_hour_that_a_phone_sends_is_that_offset(hours):
    zone = timezones.known(timezones.parse(f"GMT{hours:+03d}00"))
    assert zone.utcoffset(dt.datetime(2026, 1, 1)) == dt.timedelta(hours=hours)


@given(TEXT | st.text("abfrptus-*;q=.,0123456789 ", max_size=60))
@example("ps;q=x,*")
def test_a_header_names_one_of_the_languages_or_none(header):
    assert languages.from_header(header) in {None, *languages.CODES}


def _parse(body):
    return TolerantJSONParser().parse(io.BytesIO(body), "application/json", {"encoding": "utf-8"})


@given(st.binary(max_size=200))
@example(b"\xff\xfe{}")
@example(b'{"a": NaN}')
def test_a_body_is_an_object_or_refused(body):
    try:
        assert isinstance(_parse(body), dict)
    except ParseError:
        return


@given(st.dictionaries(TEXT, JSON, max_size=4), st.booleans())
def test_any_object_is_read_as_it_was_written(written, ascii_only):
    assert _parse(json.dumps(written, ensure_ascii=ascii_only).encode()) == written


@given(TEXT | st.from_regex(r"\d{4}-\d{2}-\d{2}([T ].{0,20})?", fullmatch=True) | st.integers() | st.none() | JSON)
@example("0000-00-00")
@example("2026-11-25T99:99:99Z")
@example("٢٠٢٦-١١-٢٥")
def test_a_date_of_birth_is_somebody_s_or_refused(value):
    try:
        day = PastDateField().to_internal_value(value)
    except ValidationError:
        return
    assert EARLIEST <= day <= clock.now().date() + dt.timedelta(days=1)


@given(TEXT | st.datetimes().map(dt.datetime.isoformat) | st.dates().map(str) | JSON)
@example("9999-12-31T23:59:59-14:00")
@example("0001-01-01T00:00:00+14:00")
def test_a_moment_is_of_our_time_or_refused(value):
    try:
        moment = LenientDateTimeField().to_internal_value(value)
    except ValidationError:
        return
    assert moment.tzinfo is not None
    assert 1900 <= moment.year <= clock.now().year + 1


@given(TEXT | st.text("Dose @;0123456789 ", max_size=60))
def test_doses_are_read_or_refused(text):
    try:
        doses = doses_from(text)
    except ValueError:
        return
    assert doses_from(doses_as_text(doses)) == doses


@given(TEXT | st.text("0123456789:- ", max_size=15))
def test_quiet_hours_are_read_or_refused(text):
    try:
        hours = config.load({"HERA_QUIET_HOURS": text}).quiet_hours
    except config.ConfigError:
        return
    assert hours is None or hours[0] != hours[1]


@given(
    st.text("0123456789-+.e ", max_size=25)
    | st.integers(-(10**12), 10**12).map(str)
    | st.datetimes(timezones=st.just(dt.UTC)).map(format_datetime)
    | TEXT.filter(str.isascii).filter(lambda text: text.isprintable())
)
@example("Fri, 31 Dec 9999 23:59:59 GMT")
@example("1e400")
def test_when_to_come_back_is_a_bounded_wait_or_unsaid(header):
    wait = retry_after(httpx.Response(429, headers={"Retry-After": header}))
    assert wait is None or dt.timedelta(0) <= wait <= dt.timedelta(days=7)


@given(LIQUID)
@example("{% for i in (1..1000000000) %}x{% endfor %}")
@example("{{ 'x' | append: 'x' }}")
@example("{% render 'a' %}{% include 'b' %}")
def test_any_template_is_checked_and_rendered_or_refused(source):
    examples = {"person_name": "Abdurrahman"}
    found = problems_of(source, examples, longest=255)
    try:
        text = render(source, examples)
    except TemplateDoesNotRender:
        assert found, "what does not render is said when it is saved"
    else:
        assert len(text) <= 255 or found


@pytest.mark.django_db
@given(
    st.dictionaries(st.sampled_from(sorted(PeopleFilter.base_fields)), TEXT | st.text("'\\%_&|!():*0+", max_size=20))
)
def test_any_filter_of_people_finds_somebody_or_nobody_or_is_refused(criteria):
    from hera.people.selectors import chosen

    try:
        found = chosen(criteria)
    except ValueError:
        return
    assert list(found) == []
