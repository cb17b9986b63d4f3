"""The environment, parsed once: every setting HERA takes, checked before anything starts.

Nothing here imports Django, so a wrong setting is one sentence on standard error and not a traceback.
"""

from __future__ import annotations

import json
import re
import zoneinfo
from dataclasses import dataclass
from datetime import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("en", "tr", "ar", "ps", "prs")
REPOSITORY = Path(__file__).resolve().parent.parent

_ENVIRONMENT = re.compile(r"local|(staging|production)-[a-z0-9]+(-[a-z0-9]+)*")
_QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_REVIEW_NUMBER = re.compile(r"(\+[1-9]\d{6,14})=(\d{6})")
_MINIMUM_KEY_LENGTH = 50
_MINIMUM_KEY_VARIETY = 5
# Sessions and codes of a local server are worth nothing, so its key may be known.
_LOCAL_SECRET_KEY = "hera-on-this-machine-only/" + "0123456789abcdefghijklmnopqrstuvwxyz"


class ConfigError(Exception):
    """A setting is missing or malformed; the text names it and says what it wants."""


@dataclass(frozen=True)
class Database:
    """Where PostgreSQL is. `host` may be a folder holding a Unix socket."""

    host: str
    port: int
    name: str
    user: str
    password: str
    options: dict[str, str]

    @property
    def url(self) -> str:
        """The same as DATABASE_URL takes it."""
        login = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        options = {"host": self.host, **self.options} if self.host.startswith("/") else self.options
        where = "" if self.host.startswith("/") else f"{self.host}:{self.port}"
        query = f"?{urlencode(options)}" if options else ""
        return f"postgresql://{login}@{where}/{quote(self.name, safe='')}{query}"


class Environment:
    """Typed reading of environment variables; every error names its variable."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, default).strip()

    def is_set(self, name: str) -> bool:
        return name in self._variables

    def required(self, name: str, wants: str) -> str:
        value = self.text(name)
        if not value:
            raise ConfigError(f"{name} is not set: it wants {wants}.")
        return value

    def items(self, name: str) -> list[str]:
        """A comma list, without blanks."""
        return [item.strip() for item in self.text(name).split(",") if item.strip()]

    def whole_number(self, name: str, default: int, *, minimum: int = 0) -> int:
        value = self.text(name) or str(default)
        if not value.isascii() or not value.isdigit() or int(value) < minimum:
            raise ConfigError(f"{name} is {value!r}: it wants a whole number of at least {minimum}.")
        return int(value)

    def flag(self, name: str) -> bool:
        value = self.text(name).lower() or "false"
        if value not in {"true", "false"}:
            raise ConfigError(f"{name} is {value!r}: it wants true or false.")
        return value == "true"

    def url(self, name: str, default: str) -> str:
        """An http(s) address without its trailing slash."""
        value = self.text(name) or default
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"{name} is {value!r}: it wants an address such as {default}.")
        return value.rstrip("/")

    def one_of(self, name: str, choices: tuple[str, ...], default: str | None) -> str:
        value = self.text(name) or (default or "")
        if value not in choices:
            got = f"is {value!r}" if value else "is not set"
            raise ConfigError(f"{name} {got}: it wants one of {', '.join(choices)}.")
        return value


@dataclass(frozen=True)
class Config:
    """All settings except those that a provider folder reads for itself."""

    environment: str
    secret_key: str
    database: Database | None
    data_dir: Path
    allowed_hosts: list[str]
    cors_origins: list[str]
    csrf_trusted_origins: list[str]
    trusted_proxies: int
    https: bool
    default_timezone: str
    default_language: str
    quiet_hours: tuple[time, time] | None
    single_device: bool
    registration_lookup: bool
    otp_allowed_countries: frozenset[str]
    otp_review_numbers: dict[str, str]
    otp_daily_limit_per_number: int
    otp_daily_limit_per_prefix: int
    otp_daily_limit_per_address: int
    otp_daily_limit_total: int
    otp_only_known_numbers: bool
    sentry_dsn: str
    metrics_token: str
    log_format: str
    delivery_kept_days: int
    sign_ins_kept_days: int
    audit_kept_days: int
    exports_kept_hours: int
    inactive_days: int
    map_tiles: str
    terms_version: str
    backup_recipient: str
    backup_upload_url: str
    local_clock: Path | None

    @property
    def is_local(self) -> bool:
        return self.environment == "local"

    @property
    def is_production(self) -> bool:
        return self.environment.startswith("production-")


def load(variables: Mapping[str, str]) -> Config:
    """Read every setting.

    Raises:
        ConfigError: with one sentence that names the first setting that is wrong.
    """
    env = Environment(variables)
    environment = env.text("HERA_ENVIRONMENT") or "local"
    if not _ENVIRONMENT.fullmatch(environment):
        raise ConfigError(
            f"HERA_ENVIRONMENT is {environment!r}: it wants local, staging-<region> or production-<region>,"
            " in small letters, digits and hyphens."
        )
    is_local = environment == "local"
    return Config(
        environment=environment,
        secret_key=_secret_key(env, is_local=is_local),
        database=_database(env),
        data_dir=Path(env.text("HERA_DATA_DIR") or REPOSITORY / ".data").resolve(),
        allowed_hosts=env.items("HERA_ALLOWED_HOSTS")
        or (["localhost", "127.0.0.1", "[::1]", "testserver"] if is_local else []),
        cors_origins=_origins(env, "HERA_CORS_ORIGINS"),
        csrf_trusted_origins=_origins(env, "HERA_CSRF_TRUSTED_ORIGINS"),
        trusted_proxies=env.whole_number("HERA_TRUSTED_PROXIES", 0 if is_local else 1),
        https=not is_local,
        default_timezone=_timezone(env, "HERA_DEFAULT_TIMEZONE"),
        default_language=env.one_of("HERA_DEFAULT_LANGUAGE", LANGUAGES, "en"),
        quiet_hours=_quiet_hours(env),
        single_device=env.flag("HERA_SINGLE_DEVICE"),
        registration_lookup=env.flag("HERA_REGISTRATION_LOOKUP"),
        otp_allowed_countries=_countries(env),
        otp_review_numbers=_review_numbers(env, is_production=environment.startswith("production-")),
        otp_daily_limit_per_number=env.whole_number("HERA_OTP_DAILY_LIMIT_PER_NUMBER", 10, minimum=1),
        otp_daily_limit_per_prefix=env.whole_number("HERA_OTP_DAILY_LIMIT_PER_PREFIX", 5000, minimum=1),
        otp_daily_limit_per_address=env.whole_number("HERA_OTP_DAILY_LIMIT_PER_ADDRESS", 300, minimum=1),
        otp_daily_limit_total=env.whole_number("HERA_OTP_DAILY_LIMIT_TOTAL", 20_000, minimum=1),
        otp_only_known_numbers=env.flag("HERA_OTP_ONLY_KNOWN_NUMBERS"),
        sentry_dsn=env.text("SENTRY_DSN"),
        metrics_token=env.text("HERA_METRICS_TOKEN"),
        backup_recipient=env.text("HERA_BACKUP_RECIPIENT"),
        backup_upload_url=env.text("HERA_BACKUP_UPLOAD_URL"),
        delivery_kept_days=env.whole_number("HERA_DELIVERY_KEPT_DAYS", 180, minimum=30),
        sign_ins_kept_days=env.whole_number("HERA_SIGN_INS_KEPT_DAYS", 400, minimum=1),
        audit_kept_days=env.whole_number("HERA_AUDIT_KEPT_DAYS", 1095, minimum=90),
        exports_kept_hours=env.whole_number("HERA_EXPORTS_KEPT_HOURS", 24, minimum=1),
        inactive_days=env.whole_number("HERA_INACTIVE_DAYS", 730, minimum=0),
        map_tiles=_map_tiles(env),
        terms_version=env.text("HERA_TERMS_VERSION", "1")[:50],
        log_format=env.one_of("HERA_LOG_FORMAT", ("json", "line"), "line" if is_local else "json"),
        local_clock=_local_clock(env, is_local=is_local),
    )


def database_admin(variables: Mapping[str, str]) -> tuple[str, str]:
    """Name and password of who may make users and databases, as RDS keeps them in a secret.

    Raises:
        ConfigError: if they are not given.
    """
    wants = 'a JSON object such as {"username": "...", "password": "..."}'
    secret = Environment(variables).required("HERA_DB_ADMIN_SECRET", wants)
    try:
        parts = json.loads(secret)
        return str(parts["username"]), str(parts["password"])
    except (ValueError, TypeError, KeyError):
        raise ConfigError(f"HERA_DB_ADMIN_SECRET is not readable: it wants {wants}.") from None


def package_folder(name: str) -> Path:
    """Where an installed package is, found without importing it.

    Raises:
        ModuleNotFoundError: if it is not installed.
    """
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(name)
    return Path(found.origin).parent


def _map_tiles(env: Environment) -> str:
    """The address of a map's tiles, with {z}, {x} and {y}; blank for maps without."""
    address = env.text("HERA_MAP_TILES", "https://tile.openstreetmap.org/{z}/{x}/{y}.png")
    if address == "none":
        return ""
    if not address.startswith("https://") or not all(place in address for place in ("{z}", "{x}", "{y}")):
        raise ConfigError(
            "HERA_MAP_TILES is not readable: it wants an address such as https://tiles.example.org/{z}/{x}/{y}.png,"
            " or none."
        )
    return address


def _secret_key(env: Environment, *, is_local: bool) -> str:
    wants = (
        f"a random text of at least {_MINIMUM_KEY_LENGTH} characters; make one with"
        " python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
    if is_local and not env.is_set("HERA_DJANGO_SECRET_KEY"):
        return _LOCAL_SECRET_KEY
    key = env.required("HERA_DJANGO_SECRET_KEY", wants)
    if len(key) < _MINIMUM_KEY_LENGTH or len(set(key)) < _MINIMUM_KEY_VARIETY or key.startswith("django-insecure-"):
        raise ConfigError(f"HERA_DJANGO_SECRET_KEY is too weak: it wants {wants}.")
    return key


def _database(env: Environment) -> Database | None:
    if env.text("HERA_DB_SECRET"):
        return _database_from_secret(env.text("HERA_DB_SECRET"))
    if env.text("DATABASE_URL"):
        return _database_from_url(env.text("DATABASE_URL"))
    return None


def _database_from_secret(secret: str) -> Database:
    wants = 'a JSON object such as {"host": "...", "port": 5432, "dbname": "...", "username": "...", "password": "..."}'
    try:
        parts = json.loads(secret)
        database = Database(
            host=str(parts["host"]),
            port=int(parts.get("port", 5432)),
            name=str(parts["dbname"]),
            user=str(parts["username"]),
            password=str(parts["password"]),
            options={},
        )
    except (ValueError, TypeError, AttributeError):
        raise ConfigError(f"HERA_DB_SECRET is not readable: it wants {wants}.") from None
    except KeyError as missing:
        raise ConfigError(f"HERA_DB_SECRET has no {missing.args[0]!r}: it wants {wants}.") from None
    if str(parts.get("engine", "postgres")) not in {"postgres", "postgresql", "aurora-postgresql"}:
        raise ConfigError(f"HERA_DB_SECRET has the engine {parts['engine']!r}: HERA runs on postgres only.")
    return database


def _database_from_url(url: str) -> Database:
    wants = "postgresql://user:password@host:5432/name"  # pragma: allowlist secret
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise ConfigError(f"DATABASE_URL is not readable: it wants {wants}.") from None
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgres", "postgresql"} or not name:
        raise ConfigError(f"DATABASE_URL is not readable: it wants {wants}.")
    return Database(
        host=host,
        port=port,
        name=name,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        options=options,
    )


def _origins(env: Environment, name: str) -> list[str]:
    origins = env.items(name)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
            raise ConfigError(
                f"{name} has {origin!r}: it wants origins such as https://app.example.org, comma between."
            )
    return [origin.rstrip("/") for origin in origins]


def _timezone(env: Environment, name: str) -> str:
    value = env.text(name) or "UTC"
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"{name} is {value!r}: it wants an IANA time zone such as Europe/Istanbul.") from None
    return value


def _quiet_hours(env: Environment) -> tuple[time, time] | None:
    value = env.text("HERA_QUIET_HOURS")
    if not value:
        return None
    match = _QUIET_HOURS.fullmatch(value)
    if match is None or match[1] + match[2] == match[3] + match[4]:
        raise ConfigError(f"HERA_QUIET_HOURS is {value!r}: it wants two different local times such as 22:00-07:00.")
    return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))


def _countries(env: Environment) -> frozenset[str]:
    countries = [country.upper() for country in env.items("HERA_OTP_ALLOWED_COUNTRIES")]
    for country in countries:
        if not re.fullmatch(r"[A-Z]{2}", country):
            raise ConfigError(
                f"HERA_OTP_ALLOWED_COUNTRIES has {country!r}: it wants two-letter country codes such as TR,SY."
            )
    return frozenset(countries)


def _review_numbers(env: Environment, *, is_production: bool) -> dict[str, str]:
    pairs = env.items("HERA_OTP_REVIEW_NUMBERS")
    numbers: dict[str, str] = {}
    for pair in pairs:
        match = _REVIEW_NUMBER.fullmatch(pair)
        if match is None:
            raise ConfigError(
                "HERA_OTP_REVIEW_NUMBERS has an entry that is not +number=six digits,"
                " such as +905301234567=123456; separate entries by commas."
            )
        numbers[match[1]] = match[2]
    if numbers and is_production and not env.flag("HERA_OTP_REVIEW_NUMBERS_IN_PRODUCTION"):
        raise ConfigError(
            "HERA_OTP_REVIEW_NUMBERS is refused in production, where a fixed code is a way in for anyone:"
            " it wants to be empty, or HERA_OTP_REVIEW_NUMBERS_IN_PRODUCTION=true for the days of a store review."
        )
    return numbers


def _local_clock(env: Environment, *, is_local: bool) -> Path | None:
    value = env.text("HERA_LOCAL_CLOCK")
    if not value:
        return None
    if not is_local:
        raise ConfigError("HERA_LOCAL_CLOCK moves the clock: it wants HERA_ENVIRONMENT to be local.")
    return Path(value)
