from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hera.core import timezones
from hera.scheduling.windows import DateRange, Schedule, due_event_dates
from tests.families import utc

ISTANBUL, BERLIN, APIA, LORD_HOWE = map(
    ZoneInfo, ["Europe/Istanbul", "Europe/Berlin", "Pacific/Apia", "Australia/Lord_Howe"]
)
DAY = dt.timedelta(days=1)
# Days on which clocks change, or a whole date is left out, in some zone of the list below.
ZONES = ["UTC", "Europe/Berlin", "Pacific/Apia", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca",
         "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/Havana"]  # fmt: skip
CHANGES = [
    dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC),  # Berlin forward
    dt.datetime(2026, 10, 25, 1, tzinfo=dt.UTC),  # Berlin back
    dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC),  # Apia has no 30 December
    dt.datetime(2026, 4, 4, 15, tzinfo=dt.UTC),  # Lord Howe back by half an hour
    dt.datetime(2026, 3, 8, 5, tzinfo=dt.UTC),  # Havana has no midnight
]


def schedule(offset=0, at=dt.time(8), ttl=DAY):
    return Schedule(1, "vaccination", offset, at, ttl)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-25T04:59:59", (24, 24)),  # one second before 08:00 in Istanbul
        ("2026-11-25T05:00:00", (24, 25)),  # both ends are inclusive: yesterday's window closes now
        ("2026-11-25T05:00:01", (25, 25)),
        ("2026-11-26T05:00:00", (25, 26)),
    ],
)
def test_due_from_the_time_of_day_until_the_time_to_live_is_over(now, expected):
    first, last = (dt.date(2026, 11, day) for day in expected)
    assert due_event_dates(schedule(), ISTANBUL, utc(now)) == DateRange(first, last)


@pytest.mark.parametrize("offset", [-30, -1, 0, 1, 365])
def test_the_offset_moves_the_event_dates(offset):
    dates = due_event_dates(schedule(offset), ISTANBUL, utc("2026-11-25T06:00"))
    assert dates == DateRange(dt.date(2026, 11, 25) - offset * DAY, dt.date(2026, 11, 25) - offset * DAY)


def test_nothing_is_due_between_short_windows():
    assert due_event_dates(schedule(ttl=dt.timedelta(minutes=5)), ISTANBUL, utc("2026-11-25T05:06")) is None


def test_a_skipped_local_time_is_read_on_the_clock_before_the_change():
    assert timezones.instant(BERLIN, dt.date(2026, 3, 29), dt.time(2, 30)) == utc("2026-03-29T01:30")


def test_a_repeated_local_time_is_its_first_occurrence():
    assert timezones.instant(BERLIN, dt.date(2026, 10, 25), dt.time(2, 30)) == utc("2026-10-25T00:30")


@pytest.mark.parametrize(("zone", "day"), [(BERLIN, dt.date(2026, 3, 29)), (BERLIN, dt.date(2026, 10, 25))])
def test_a_date_is_due_in_one_unbroken_stretch_across_a_change_of_clocks(zone, day):
    short = schedule(at=dt.time(2, 30), ttl=dt.timedelta(minutes=10))
    start = utc(f"{day}T00:00") - 2 * dt.timedelta(hours=1)
    due = [
        minute
        for minute in range(8 * 60)
        if (dates := due_event_dates(short, zone, start + minute * dt.timedelta(minutes=1)))
        and dates.first <= day <= dates.last
    ]
    assert due == list(range(due[0], due[0] + 11))


def test_a_date_that_a_zone_left_out_is_still_announced():
    """Samoa went from the 29th to the 31st of December 2011."""
    dates = due_event_dates(schedule(), APIA, utc("2011-12-30T18:00"))
    assert dates == DateRange(dt.date(2011, 12, 29), dt.date(2011, 12, 31))


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    now=st.one_of(
        st.datetimes(dt.datetime(2005, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC)),
        st.tuples(st.sampled_from(CHANGES), st.integers(-3000, 3000)).map(
            lambda pair: pair[0] + dt.timedelta(minutes=pair[1])
        ),
    ),
    at=st.times(),
    ttl=st.timedeltas(dt.timedelta(minutes=5), dt.timedelta(days=9)),
    offset=st.integers(-40, 40),
)
def test_the_range_is_exactly_the_dates_whose_window_is_open(zone, now, at, ttl, offset):
    """Compared with asking each date by itself."""
    this = Schedule(1, "vaccination", offset, at.replace(tzinfo=None), ttl)
    around = now.date() - offset * DAY
    is_open = [
        day
        for day in (around + n * DAY for n in range(-15, 5))
        if this.opens_at(day, zone) <= now <= this.opens_at(day, zone) + ttl
    ]
    dates = due_event_dates(this, zone, now)
    assert is_open == (
        [] if dates is None else [dates.first + n * DAY for n in range((dates.last - dates.first).days + 1)]
    )
