"""What the name of an environment tells of its country."""

from __future__ import annotations

import pytest

from infra.hera_env import country


@pytest.mark.parametrize(
    ("name", "code", "zone", "language"),
    [
        ("production-turkey", "TR", "Europe/Istanbul", "tr"),
        ("staging-turkiye-2", "TR", "Europe/Istanbul", "tr"),
        ("production-lebanon", "LB", "Asia/Beirut", "ar"),
        ("production-afghanistan", "AF", "Asia/Kabul", "prs"),
        ("production-jordan", "JO", "Asia/Amman", "ar"),
        ("production-bangladesh", "BD", "Asia/Dhaka", None),
        ("production-united-states", "US", None, None),
    ],
)
def test_the_country_in_a_name(name, code, zone, language):
    found = country.of_environment(name)
    assert (found.code, found.time_zone, found.language) == (code, zone, language)


def test_a_name_without_a_country():
    assert country.of_environment("staging-rehearsal") is None
