from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hera import config
from hera.delivery.channels import registry

KEY = "b7Gk2-pQ9zX4wV8nL1mT6rY3cF5hJ0dS_aE.uIoP7qWvZxKjN2M"
PRODUCTION = {
    "HERA_ENVIRONMENT": "production-turkey",
    "HERA_DJANGO_SECRET_KEY": KEY,
    "HERA_ALLOWED_HOSTS": "hera.example.org",
    "HERA_PUSH_CHANNEL": "console",
    "HERA_SMS_CHANNEL": "console",
    "DATABASE_URL": "postgresql://hera:secret@db.example.org/hera",  # pragma: allowlist secret
}


@pytest.mark.parametrize(
    ("variables", "names"),
    [
        ({"HERA_ENVIRONMENT": "prod"}, "HERA_ENVIRONMENT"),
        ({"HERA_DJANGO_SECRET_KEY": ""}, "HERA_DJANGO_SECRET_KEY"),
        ({"HERA_DJANGO_SECRET_KEY": "short"}, "HERA_DJANGO_SECRET_KEY"),
        ({"HERA_DJANGO_SECRET_KEY": "a" * 60}, "HERA_DJANGO_SECRET_KEY"),
        ({"HERA_ENVIRONMENT": "staging-jordan"}, "HERA_DJANGO_SECRET_KEY"),
        ({"HERA_DB_SECRET": "{"}, "HERA_DB_SECRET"),
        ({"HERA_DB_SECRET": '{"host": "h", "dbname": "d", "username": "u"}'}, "'password'"),
        ({"HERA_DB_SECRET": '{"host":"h","dbname":"d","username":"u","password":"p","engine":"mysql"}'}, "mysql"),
        ({"DATABASE_URL": "mysql://a/b"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://a:xyz/b"}, "DATABASE_URL"),
        ({"HERA_CORS_ORIGINS": "example.org"}, "HERA_CORS_ORIGINS"),
        ({"HERA_CSRF_TRUSTED_ORIGINS": "https://a/b"}, "HERA_CSRF_TRUSTED_ORIGINS"),
        ({"HERA_DEFAULT_TIMEZONE": "Mars"}, "HERA_DEFAULT_TIMEZONE"),
        ({"HERA_DEFAULT_LANGUAGE": "de"}, "HERA_DEFAULT_LANGUAGE"),
        ({"HERA_MAP_TILES": "http://tiles.example.org/{z}/{x}/{y}.png"}, "HERA_MAP_TILES"),
        ({"HERA_MAP_TILES": "https://tiles.example.org/"}, "HERA_MAP_TILES"),
        ({"HERA_QUIET_HOURS": "22-7"}, "HERA_QUIET_HOURS"),
        ({"HERA_QUIET_HOURS": "07:00-07:00"}, "HERA_QUIET_HOURS"),
        ({"HERA_OTP_ALLOWED_COUNTRIES": "Turkey"}, "HERA_OTP_ALLOWED_COUNTRIES"),
        ({"HERA_OTP_REVIEW_NUMBERS": "+905321234567"}, "HERA_OTP_REVIEW_NUMBERS"),
        ({**PRODUCTION, "HERA_OTP_REVIEW_NUMBERS": "+905321234567=123456"}, "HERA_OTP_REVIEW_NUMBERS"),
        ({"HERA_OTP_DAILY_LIMIT_PER_NUMBER": "0"}, "HERA_OTP_DAILY_LIMIT_PER_NUMBER"),
        ({"HERA_OTP_DAILY_LIMIT_PER_PREFIX": "many"}, "HERA_OTP_DAILY_LIMIT_PER_PREFIX"),
        ({**PRODUCTION, "HERA_LOCAL_CLOCK": "/tmp/clock"}, "HERA_LOCAL_CLOCK"),
        ({**PRODUCTION, "HERA_PUSH_CHANNEL": ""}, "HERA_PUSH_CHANNEL"),
        ({"HERA_SMS_CHANNEL": "pigeon"}, "HERA_SMS_CHANNEL"),
        ({"HERA_PUSH_CHANNEL": "onesignal"}, "HERA_ONESIGNAL_APP_ID"),
        ({"HERA_SMS_CHANNEL": "messagebird"}, "HERA_MESSAGEBIRD_API_KEY"),
        ({"HERA_SMS_CHANNEL": "messagebird", "HERA_SMS_SENDER": "far too long for one"}, "HERA_SMS_SENDER"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(variables, names):
    with pytest.raises(config.ConfigError) as problem:
        load_everything(variables)
    assert names in str(problem.value)
    assert "\n" not in str(problem.value)


def load_everything(variables):
    local = config.load(variables).is_local
    registry.load_settings(config.Environment(variables), is_local=local)


def test_a_secret_as_rds_writes_it_and_the_same_as_a_url():
    secret = (
        '{"host":"db","port":5433,"dbname":"hera","username":"u","password":"p/@",'
        '"engine":"postgres","dbClusterIdentifier":"x"}'
    )
    database = config.load({"HERA_DB_SECRET": secret}).database
    assert database == config.Database("db", 5433, "hera", "u", "p/@", {})
    assert config.load({"DATABASE_URL": database.url}).database == database


def test_a_wrong_setting_stops_the_start_without_a_traceback():
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env={**os.environ, "HERA_ENVIRONMENT": "prod"},
        cwd=config.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("HERA cannot start. HERA_ENVIRONMENT is 'prod'")
    assert run.stderr.count("\n") == 1


def test_the_deployment_check_is_clean():
    run = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**os.environ, **PRODUCTION},
        cwd=config.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
