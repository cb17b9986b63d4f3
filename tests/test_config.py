from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from hera import config, kinds, price_list
from hera.database_address import DatabaseAddress
from hera.delivery.channels import registry
from hera.delivery.channels.apprise.settings import AppriseAddress
from hera.delivery.channels.messagebird.settings import NumberOfSender, Sender
from hera.delivery.channels.webpush.settings import Contact, LocalFlag, VapidKey
from hera.devserver import settings_page
from hera.mail_server import MailAddress, MailServerAddress

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
        ({"HERA_DJANGO_SECRET_KEY_FALLBACKS": f"{KEY},short"}, "HERA_DJANGO_SECRET_KEY_FALLBACKS"),
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
        ({"HERA_SMS_CHANNEL": "messagebird", "HERA_SMS_SENDER_NANP": "HERA"}, "HERA_SMS_SENDER_NANP"),
        (  # P9
            {
                "HERA_SMS_CHANNEL": "messagebird",
                "HERA_MESSAGEBIRD_API_KEY": "key",
                "HERA_OTP_ALLOWED_COUNTRIES": "TR,CA",
            },
            "HERA_SMS_SENDER_NANP is not set, and HERA_OTP_ALLOWED_COUNTRIES has CA",
        ),
        ({"HERA_TEXT_PRICES": "{"}, "HERA_TEXT_PRICES"),
        ({"HERA_TEXT_PRICES": '{"currency": "EUR"}'}, "HERA_TEXT_PRICES cannot be read (KeyError: 'default')"),
        ({"HERA_TEXT_PRICES": '{"currency": "€", "default": 1}'}, "HERA_TEXT_PRICES"),
        ({"HERA_TEXT_PRICES": '{"currency": "EUR", "default": -1}'}, "HERA_TEXT_PRICES"),
        ({"HERA_TEXT_PRICES": '{"currency": "EUR", "default": 1, "prices": {"Turkey": 1}}'}, "'Turkey' is no country"),
        ({"HERA_TEXT_PRICES": '{"currency": "EUR", "default": 1, "prices": [1]}'}, "HERA_TEXT_PRICES"),
        ({"HERA_TEXT_PRICES": '["EUR"]'}, "HERA_TEXT_PRICES"),
        ({"HERA_TEXT_BUDGET": "100"}, "HERA_TEXT_BUDGET is set without HERA_TEXT_PRICES"),
        ({"HERA_TEXT_BUDGET": "-5"}, "HERA_TEXT_BUDGET"),
        ({"HERA_TEXT_DAILY_LIMITS": "erasure"}, "HERA_TEXT_DAILY_LIMITS"),
        ({"HERA_CHILDREN_PER_PERSON": "0"}, "HERA_CHILDREN_PER_PERSON"),
        ({"HERA_PUSH_RATE_LIMIT": "fast"}, "HERA_PUSH_RATE_LIMIT"),
        ({"HERA_WEB_PROCESSES": "two"}, "HERA_WEB_PROCESSES"),
        ({"HERA_WEB_THREADS": "0"}, "HERA_WEB_THREADS"),
        ({"HERA_ENVIRONMENT": "prod", "HERA_DB_SECRET": "{", "HERA_WEB_THREADS": "0"}, "HERA_ENVIRONMENT"),
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


@pytest.mark.parametrize("countries", ["", "TR,SY", "US"])
def test_p9_an_environment_that_does_not_name_north_america_starts_with_letters_for_a_sender(countries):
    """Nor does one of another gateway, or one whose sender is a number."""
    sender = {"HERA_SMS_SENDER": "+12025550123"} if countries == "US" else {}
    load_everything(
        {"HERA_SMS_CHANNEL": "messagebird", "HERA_MESSAGEBIRD_API_KEY": "key", "HERA_OTP_ALLOWED_COUNTRIES": countries}
        | sender
    )
    load_everything({"HERA_SMS_CHANNEL": "console", "HERA_OTP_ALLOWED_COUNTRIES": "US"})


def test_prices_are_read_from_a_file_too(tmp_path):
    text = '{"currency": "TRY", "default": 1, "prices": {"+90": "0.25"}}'
    (tmp_path / "prices.json").write_text(text)
    as_file, as_text = (
        config.load({"HERA_TEXT_PRICES": given, "HERA_TEXT_BUDGET": "99.50"})
        for given in (str(tmp_path / "prices.json"), text)
    )
    assert as_file.text_prices == as_text.text_prices
    assert str(as_file.text_prices.cost("sms", "+905321234567", "TR", 3)) == "0.75"
    assert str(as_file.text_budget) == "99.50"


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


def test_a_wrong_setting_of_the_web_server_stops_it_with_the_same_sentence():
    run = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "--check-config"],
        env={**os.environ, "HERA_WEB_PROCESSES": "two"},
        cwd=config.REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "HERA cannot start. HERA_WEB_PROCESSES is 'two'" in run.stderr


def test_a_url_is_not_looked_at_beside_a_secret():
    secret = '{"host":"db","dbname":"hera","username":"u","password":"p"}'
    assert config.load({"HERA_DB_SECRET": secret, "DATABASE_URL": "nonsense"}).database.host == "db"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [("local", (0, "line", "console", True)), ("staging-jordan", (1, "json", "none", False))],
)
def test_a_local_server_has_defaults_of_its_own(environment, expected):
    variables = {**PRODUCTION, "HERA_ENVIRONMENT": environment}
    found = config.load(variables)
    channels = registry.load_settings(config.Environment(variables), is_local=found.is_local)
    assert (found.trusted_proxies, found.log_format, channels.kinds["whatsapp"], not found.https) == expected


SETTINGS = list(settings_page.settings())
VARIABLES = [variable for row in SETTINGS for variable in (row, *row.beside)]

# For each kind of value, one that is none of it.
WRONG = {
    AppriseAddress: "nothing://secret/{to}",
    DatabaseAddress: "{",
    NumberOfSender: "HERA",
    Sender: "far too long for one",
    kinds.Countries: "Turkey",
    kinds.EnvironmentName: "prod",
    kinds.FormerSecretKeys: "short",
    kinds.Flag: "perhaps",
    kinds.LocalClock: "/tmp/clock",
    kinds.MapTiles: "https://tiles.example.org/",
    kinds.Addresses: "me@example.org",
    kinds.NumberRanges: "0905",
    kinds.OneOf: "pigeon",
    kinds.Origins: "example.org",
    kinds.PublicUrl: "nowhere",
    kinds.QuietHours: "22-7",
    kinds.Required: "",
    kinds.ReviewNumbers: "+905321234567",
    kinds.SecretKey: "short",
    kinds.TimeZone: "Mars",
    kinds.Url: "nowhere",
    kinds.WholeNumber: "many",
    Contact: "me@example.org",
    LocalFlag: "perhaps",
    MailAddress: "me",
    MailServerAddress: "mail.example.org",
    VapidKey: "short",
    price_list.Budget: "much",
    price_list.Caps: "sign_in=many",
    price_list.Prices: "/nowhere/prices.json",
}
TAKES_ANYTHING = {kinds.Folder, kinds.Items, kinds.OptionalFile, kinds.Text}


@pytest.mark.parametrize("row", [row for row in SETTINGS if type(row.kind) not in TAKES_ANYTHING], ids=lambda r: r.name)
def test_every_setting_that_can_be_wrong_says_so_in_a_sentence_that_begins_with_its_name(row):
    wrong = [WRONG[type(row.kind)]]
    if isinstance(row.kind, kinds.WholeNumber):
        wrong.append(str(row.kind.minimum - 1))
    for value in wrong:
        with pytest.raises(config.ConfigError, match=rf"\A{row.name} [^\n]+\.\Z"):
            row.kind.read(config.Environment({row.name: value}, is_local=False), row.name)


def test_the_page_says_what_the_tables_say():
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page(), "make settings writes it anew"


def test_every_setting_is_there_once_with_its_meaning_and_default():
    names = [variable.name for variable in VARIABLES]
    assert len(names) == len(set(names))
    assert SETTINGS[0].name == "HERA_ENVIRONMENT"
    for variable in VARIABLES:
        assert variable.meaning, variable.name
        assert variable.default, variable.name
        assert not set("|\n") & set(variable.meaning + variable.default), variable.name


def test_what_a_table_adds_to_a_default_begins_with_the_default():
    for row in SETTINGS:
        assert row.default.startswith(row.kind.default_text), row.name


def test_no_source_names_a_setting_that_the_page_does_not_have():
    # Django's own settings, written in hera/settings.py and not taken from the environment.
    known = {variable.name for variable in VARIABLES} | {"HERA_OUTBOX", "HERA_ANNOUNCEMENTS", "HERA_AUDIT_TRAIL"}
    sources = [config.REPOSITORY / "gunicorn.conf.py", *config.REPOSITORY.glob("hera/**/*.py")]
    named = {name for source in sources for name in re.findall(r"\bHERA_[A-Z0-9_]+", source.read_text("utf-8"))}
    assert len(named) > 50
    assert named <= known
