"""Values of settings are read as the service reads them, before AWS is asked anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

from hera import config
from hera.delivery.channels import registry
from hera.devserver import settings_page
from hera.environment import settings_of
from infra.configuration import Configuration
from infra.hera_env import known_settings, setting_values
from infra.hera_env.errors import Stop
from infra.hera_env.wanted_configuration import Changes
from tests.environments.conftest import ROOT, ZONE

NAME = "production-turkey"
THERE = Configuration(NAME, "hera:1.0", f"{NAME}.{ZONE}", "Z1", ZONE, settings={"HERA_OTP_ALLOWED_COUNTRIES": "TR"})


def changes(*settings: str) -> Changes:
    return Changes(None, None, None, None, list(settings))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("HERA_QUIET_HOURS=25:99", "it wants two different local times"),
        ("HERA_DEFAULT_TIMEZONE=Mars/X", "it wants an IANA time zone"),
        ("HERA_DEFAULT_LANGUAGE=de", "it wants one of en"),
        ("HERA_SMS_SENDER=" + "H" * 5000, "it wants up to 11 letters"),
        ("HERA_SMS_SENDER_NANP=HERA", "it wants a number such as"),
        ("HERA_WORKER_RUNS_JOBS=maybe", "it wants true or false"),
        ("HERA_OTP_DAILY_LIMIT_TOTAL=-1", "it wants a whole number"),
        ("HERA_OTP_ALLOWED_COUNTRIES=Turkey", "two-letter country codes"),
        ("HERA_TEXT_PRICES={", "cannot be read"),
        ("HERA_CORS_ORIGINS=example.org", "it wants origins"),
    ],
)
def test_a_value_that_the_service_would_not_start_with_is_refused_before_aws_is_asked(typed, says):
    with pytest.raises(Stop) as stop:
        changes(typed).check(NAME)
    assert says in stop.value.cause
    assert f"grep {typed.partition('=')[0]} docs/settings.md" in stop.value.mend
    assert len(stop.value.cause) < 400


@pytest.mark.parametrize(
    "typed",
    [
        "HERA_QUIET_HOURS=22:00-07:00",
        "HERA_QUIET_HOURS=",
        "HERA_SMS_SENDER=HERA",
        "HERA_WORKER_RUNS_JOBS=False",
        "HERA_OTP_ALLOWED_COUNTRIES=TR,CA",  # whether a sender for them is there is known once the environment is read
        "HERA_TEXT_BUDGET=100",
        "HERA_OTP_REVIEW_NUMBERS=+905301234567=123456",  # pragma: allowlist secret
    ],
)
def test_a_value_that_may_be_right_is_taken(typed):
    changes(typed).check(NAME)


@pytest.mark.parametrize(
    ("there", "typed", "says"),
    [
        ({}, "HERA_OTP_ALLOWED_COUNTRIES=TR,CA", "HERA_SMS_SENDER_NANP is not set"),
        ({"HERA_SMS_SENDER_NANP": "+12025550123"}, "HERA_OTP_ALLOWED_COUNTRIES=TR,CA", None),
        ({}, "HERA_TEXT_BUDGET=100", "without HERA_TEXT_PRICES"),
        ({"HERA_TEXT_PRICES": '{"currency": "EUR", "default": 1}'}, "HERA_TEXT_BUDGET=100", None),
        ({"HERA_TEXT_BUDGET": "100", "HERA_TEXT_PRICES": "{}"}, "HERA_TEXT_PRICES=", "without HERA_TEXT_PRICES"),
        ({}, "HERA_OTP_REVIEW_NUMBERS=+905301234567=123456", "is refused in production"),  # pragma: allowlist secret
        ({"HERA_DEFAULT_TIMEZONE": "Mars/X"}, "HERA_QUIET_HOURS=22:00-07:00", None),  # not this call's
    ],
)
def test_values_that_do_not_fit_what_is_there_are_refused(there, typed, says):
    known = THERE.with_changes(settings=there)
    if says is None:
        assert changes(typed).made_to(known)
    else:
        with pytest.raises(Stop, match=says):
            changes(typed).made_to(known)


def test_settings_of_a_provider_that_is_not_chosen_stop_nothing():
    known = THERE.with_changes(settings={"HERA_OTP_ALLOWED_COUNTRIES": "CA"})
    setting_values.check(known.with_changes(sms="console"))
    with pytest.raises(Stop, match="HERA_SMS_SENDER_NANP"):
        setting_values.check(known)


def test_the_settings_that_are_known_are_those_of_the_page():
    page = {variable.name for row in settings_page.settings() for variable in (row, *row.beside)}
    assert known_settings.names() == page
    assert set(known_settings.OWN) <= page


def test_every_setting_may_be_left_away():
    """Or `create` would refuse an environment for what nobody typed."""
    assert {row.name for _field, row in settings_of(config.Config)} <= known_settings.names()
    for kind in registry.KINDS["sms"]:
        setting_values.check(THERE.with_changes(sms=kind))


def test_the_tables_want_nothing_but_python():
    """The command runs where the service is not installed."""
    asked = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from infra.hera_env import setting_values;"
        " setting_values.check_typed('production-turkey', {'HERA_QUIET_HOURS': '22:00-07:00'}); print('read')"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", asked], capture_output=True, text=True, timeout=60, check=False
    )
    assert said.stdout.strip() == "read", said.stderr
