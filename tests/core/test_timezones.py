"""F16: offsets and names as phones and older rows have them."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from hera.core import timezones

SUMMER, WINTER = dt.datetime(2026, 7, 1, tzinfo=dt.UTC), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TURKEY, AFGHANISTAN, GERMANY = "+905321234567", "+93701234567", "+491701234567"


@pytest.mark.parametrize(
    ("sent", "number", "zone"),
    [
        ("Europe/Istanbul", TURKEY, "Europe/Istanbul"),
        (" Asia/Kabul\n", TURKEY, "Asia/Kabul"),
        ("GMT+0430", AFGHANISTAN, "Asia/Kabul"),
        ("GMT+0430", TURKEY, "Asia/Kabul"),
        ("GMT+٠٤٣٠", TURKEY, "Asia/Kabul"),
        ("GMT+0330", TURKEY, "Asia/Tehran"),
        ("+0330", "", "Asia/Tehran"),
        ("UTC+05:30", TURKEY, "Asia/Kolkata"),
        ("utc +5:45", TURKEY, "Asia/Kathmandu"),
        ("GMT-0330", "", "America/St_Johns"),
        ("GMT+0300", TURKEY, "Europe/Istanbul"),
        ("GMT+0300", AFGHANISTAN, "Etc/GMT-3"),
        ("GMT-3", TURKEY, "Etc/GMT+3"),
        ("GMT\N{MINUS SIGN}3", TURKEY, "Etc/GMT+3"),
        ("+14", TURKEY, "Etc/GMT-14"),
        ("GMT+0000", TURKEY, "UTC"),
        *((name, TURKEY, None) for name in ("Factory", "localtime", "posixrules", "leapseconds", "right/UTC")),
        *((name, TURKEY, None) for name in ("posix/Europe/Istanbul", "", " ", "Mars/Base", "tzdata.zi", "..", "/etc")),
        *((name, TURKEY, None) for name in ("GMT+0415", "GMT+0460", "GMT+1500", "-13", "+", "GMT+", "+123456")),
    ],
)
def test_what_a_phone_sends(sent, number, zone):
    assert timezones.parse(sent, number) == zone


@pytest.mark.parametrize(
    ("now", "sent", "zone"),
    [(SUMMER, "GMT+0200", "Europe/Berlin"), (WINTER, "GMT+0100", "Europe/Berlin"), (WINTER, "GMT+0200", "Etc/GMT-2")],
)
def test_a_phone_says_its_offset_of_now(now, sent, zone):
    with time_machine.travel(now, tick=False):
        assert timezones.parse(sent, GERMANY) == zone


@pytest.mark.parametrize("now", [SUMMER, WINTER])
@pytest.mark.parametrize(
    ("stored", "number", "zone"),
    [
        ("GMT+0430", TURKEY, "Asia/Kabul"),
        ("+0330", TURKEY, "Asia/Tehran"),
        ("GMT+0200", GERMANY, "Europe/Berlin"),
        ("GMT+0100", GERMANY, "Europe/Berlin"),
        ("Factory", TURKEY, "Europe/Istanbul"),
        ("localtime", AFGHANISTAN, "Asia/Kabul"),
        ("right/UTC", TURKEY, "Europe/Istanbul"),
        ("", TURKEY, "Europe/Istanbul"),
        ("Mars/Base", "", "UTC"),
    ],
)
def test_what_is_stored_means_the_same_in_every_season(now, stored, number, zone):
    with time_machine.travel(now, tick=False):
        assert timezones.effective(stored, number).key == zone
        assert timezones.effective(stored, number[: timezones.HEAD]).key == zone


def test_who_has_the_offset_of_an_hour_in_part_lives_where_it_is_kept():
    for minutes, name in timezones._ZONES_OF_PARTS_OF_HOURS.items():
        zone = timezones.known(name)
        offsets = {moment.astimezone(zone).utcoffset() for moment in (SUMMER, WINTER)}
        assert dt.timedelta(minutes=minutes) in offsets, name


def test_staff_choose_among_zones_only():
    names = {name for name, _label in timezones.choices()}
    assert {"Europe/Istanbul", "Asia/Kabul", "UTC"} <= names
    assert not names & {"Factory", "localtime", "posixrules", "right/UTC", "posix/UTC"}


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        (TURKEY, "Europe/Istanbul"),
        (AFGHANISTAN, "Asia/Kabul"),
        (GERMANY, "Europe/Berlin"),
        ("+963944567890", "Asia/Damascus"),
        ("+9647901234567", "Asia/Baghdad"),
        ("+96171123456", "Asia/Beirut"),
        ("+962790123456", "Asia/Amman"),
        ("+970599123456", "Asia/Gaza"),
        ("+923012345678", "Asia/Karachi"),
        ("+8801812345678", "Asia/Dhaka"),
        ("+218912345678", "Africa/Tripoli"),
        ("+212650123456", "Africa/Casablanca"),
        ("+211977123456", "Africa/Juba"),
        ("+380501234567", "Europe/Kyiv"),
        ("+353850123456", "Europe/Dublin"),
        ("+34612345678", "Europe/Madrid"),
        ("+56221234567", "America/Santiago"),
        ("+38343201234", "Europe/Belgrade"),
    ],
)
def test_a_country_s_own_clock_counts_not_that_of_one_with_the_same_hour(number, zone):
    """Palestine puts its clocks forward on other days than Romania, whose zone it was given once."""
    assert timezones.of_country(number).key == zone


def test_each_country_that_has_a_calling_code_has_a_zone():
    without = [
        code
        for code, regions in COUNTRY_CODE_TO_REGION_CODE.items()
        if regions != ("001",) and timezones.of_country(f"+{code}"[: timezones.HEAD]) is None
    ]
    assert without == []
