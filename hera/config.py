"""The table of HERA's settings: every one is read and checked before anything starts.

docs/settings.md is made from it (`make settings`). The folders of the providers have tables of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

from hera.database_address import Database, DatabaseAddress, database_admin
from hera.environment import ConfigError, Environment, Variable, read, setting
from hera.kinds import (
    Addresses,
    Countries,
    EnvironmentName,
    Flag,
    Folder,
    FormerSecretKeys,
    Items,
    LocalClock,
    MapTiles,
    NumberRanges,
    OneOf,
    OptionalFile,
    Origins,
    PublicUrl,
    QuietHours,
    ReviewNumbers,
    SecretKey,
    Text,
    TimeZone,
    WholeNumber,
)
from hera.mail_server import MailAddress, MailServer, MailServerAddress
from hera.price_list import Budget, Caps, PriceList, Prices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

__all__ = [
    "LANGUAGES",
    "REPOSITORY",
    "Config",
    "ConfigError",
    "Database",
    "Environment",
    "database_admin",
    "load",
]

LANGUAGES = ("en", "tr", "ar", "ps", "prs")
REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Config:
    """All settings except those of the providers."""

    # What the environment is comes first: nothing else is worth a sentence while that is wrong.
    environment: str = setting(
        "HERA_ENVIRONMENT",
        EnvironmentName(),
        "`local`, `staging-<region>` or `production-<region>`",
        heading="The environment and its database",
    )
    secret_key: str = setting("HERA_DJANGO_SECRET_KEY", SecretKey(), "at least 50 random characters")
    secret_key_fallbacks: list[str] = setting(
        "HERA_DJANGO_SECRET_KEY_FALLBACKS",
        FormerSecretKeys(),
        "former secret keys, a comma list: what was signed or sealed with them still opens",
    )
    database: Database | None = setting(
        "HERA_DB_SECRET",
        DatabaseAddress("DATABASE_URL"),
        "the database as RDS writes it (JSON)",
        beside=(
            Variable("DATABASE_URL", "the database as a URL, where `HERA_DB_SECRET` is not set", "embedded PostgreSQL"),
            Variable(
                "HERA_DB_ADMIN_SECRET",
                "for `manage.py prepare_database` alone: who may make users and databases, as RDS keeps it (JSON with"
                " `username` and `password`)",
                "none",
            ),
            Variable(
                "PGSSLMODE",
                "PostgreSQL's own: `require` refuses a connection that is not encrypted, `verify-full` one to another"
                " server besides",
                "`prefer`",
            ),
            Variable(
                "PGSSLROOTCERT",
                "PostgreSQL's own: the authorities that `verify-full` believes. The image has those of Amazon RDS, in"
                " `/srv/hera/hera/certificates/rds.pem`",
                "`~/.postgresql/root.crt`",
            ),
        ),
    )
    data_dir: Path = setting("HERA_DATA_DIR", Folder(REPOSITORY / ".data"), "where the embedded PostgreSQL lives")
    local_clock: Path | None = setting(
        "HERA_LOCAL_CLOCK", LocalClock(), "a file with seconds to add to the clock; local only"
    )

    allowed_hosts: list[str] = setting(
        "HERA_ALLOWED_HOSTS",
        Items(local=("localhost", "127.0.0.1", "[::1]", "testserver")),
        "the names that the server answers to, a comma list; nothing is open outside local",
        heading="The web server",
    )
    cors_origins: list[str] = setting(
        "HERA_CORS_ORIGINS", Origins(), "whose web pages may call the API, a comma list of origins"
    )
    csrf_trusted_origins: list[str] = setting(
        "HERA_CSRF_TRUSTED_ORIGINS", Origins(), "whose web pages may send forms to the panel, a comma list of origins"
    )
    public_url: str = setting(
        "HERA_PUBLIC_URL",
        PublicUrl(),
        "where phones reach the server, such as `https://hera.example.org`: links in texts begin with it",
    )
    trusted_proxies: int = setting(
        "HERA_TRUSTED_PROXIES", WholeNumber(1, local=0), "how many proxies stand before the server"
    )
    bind: str = setting(
        "HERA_BIND",
        Text("127.0.0.1:8000"),
        "where the web server listens: a proxy stands before it. The image says `0.0.0.0:8000`",
    )
    web_processes: int = setting("HERA_WEB_PROCESSES", WholeNumber(2, minimum=1), "processes of the web server")
    web_threads: int = setting("HERA_WEB_THREADS", WholeNumber(4, minimum=1), "threads of each of these processes")
    map_tiles: str = setting(
        "HERA_MAP_TILES",
        MapTiles("https://tile.openstreetmap.org/{z}/{x}/{y}.png"),
        "tiles of the panel's map, with `{z}`, `{x}` and `{y}`; `none` for a map without",
    )

    worker_runs_jobs: bool = setting(
        "HERA_WORKER_RUNS_JOBS",
        Flag(),
        "`true` has the delivery workers run `generate_notifications` and `generate_surveys`, each minute and each"
        " three minutes; else a timer has to",
        heading="The worker",
    )
    worker_heartbeat: Path | None = setting(
        "HERA_WORKER_HEARTBEAT",
        OptionalFile(),
        "a file that `manage.py deliver` touches while it works; `python -m hera.delivery.heartbeat` beside it ends"
        " with 0 then, and else with 1 and the reason",
    )

    default_timezone: str = setting(
        "HERA_DEFAULT_TIMEZONE",
        TimeZone(),
        "the time zone of people who have not said theirs, and the clock of the panel",
        heading="People",
    )
    default_language: str = setting(
        "HERA_DEFAULT_LANGUAGE",
        OneOf(LANGUAGES, "en"),
        f"the language of people who have not said theirs: {', '.join(f'`{code}`' for code in LANGUAGES)}",
    )
    quiet_hours: tuple[time, time] | None = setting(
        "HERA_QUIET_HOURS",
        QuietHours(),
        "no notification between these local times, such as `22:00-07:00`; one that would expire goes out",
    )
    terms_version: str = setting(
        "HERA_TERMS_VERSION",
        Text("1", longest=50),
        "the version of the terms that people agree to, recorded with each consent",
    )
    children_per_person: int = setting(
        "HERA_CHILDREN_PER_PERSON", WholeNumber(20, minimum=1), "how many children one person may have in HERA"
    )
    pregnancies_per_person: int = setting(
        "HERA_PREGNANCIES_PER_PERSON", WholeNumber(10, minimum=1), "how many pregnancies one person may have in HERA"
    )

    single_device: bool = setting(
        "HERA_SINGLE_DEVICE", Flag(), "a sign-in ends all others of that person", heading="Signing in"
    )
    recycled_after_days: int = setting(
        "HERA_RECYCLED_AFTER_DAYS",
        WholeNumber(180),
        "after how many days without use an account is not shown any more to whoever signs in with its number, which"
        " may be somebody else's by then: she gets a new one, and the old records once she has given their birth date;"
        " 0 for never",
    )
    registration_lookup: bool = setting(
        "HERA_REGISTRATION_LOOKUP", Flag(), "let old clients ask whether a number is registered"
    )
    number_ranges: list[str] = setting(
        "HERA_NUMBER_RANGES",
        NumberRanges(),
        "beginnings of numbers to take although the list of numbers in this release calls them invalid, a comma list"
        " such as `+2290161`",
    )
    otp_allowed_countries: frozenset[str] = setting(
        "HERA_OTP_ALLOWED_COUNTRIES", Countries(), "the countries whose numbers are served: two-letter codes"
    )
    otp_review_numbers: dict[str, str] = setting(
        "HERA_OTP_REVIEW_NUMBERS",
        ReviewNumbers("HERA_OTP_REVIEW_NUMBERS_IN_PRODUCTION"),
        "`+number=code` of app store reviewers; refused in production unless"
        " `HERA_OTP_REVIEW_NUMBERS_IN_PRODUCTION=true`",
        beside=(
            Variable(
                "HERA_OTP_REVIEW_NUMBERS_IN_PRODUCTION",
                "`true` takes `HERA_OTP_REVIEW_NUMBERS` in production too, for the days of a store review",
                "`false`",
            ),
        ),
    )
    otp_daily_limit_per_number: int = setting(
        "HERA_OTP_DAILY_LIMIT_PER_NUMBER",
        WholeNumber(10, minimum=1),
        "codes a day to one number, whatever they are for, before each next one waits an hour (the waits grow to that:"
        " 1, 5, 15, 60 minutes)",
    )
    otp_daily_limit_per_prefix: int = setting(
        "HERA_OTP_DAILY_LIMIT_PER_PREFIX",
        WholeNumber(5000, minimum=1),
        "codes a day to one calling code, whatever they are for",
    )
    otp_daily_limit_per_address: int = setting(
        "HERA_OTP_DAILY_LIMIT_PER_ADDRESS",
        WholeNumber(300, minimum=1),
        "codes a day asked for from one address (a clinic's phones share one)",
    )
    otp_daily_limit_total: int = setting(
        "HERA_OTP_DAILY_LIMIT_TOTAL", WholeNumber(20_000, minimum=1), "codes a day in all, whatever they are for"
    )
    ipv6_prefix: int = setting(
        "HERA_IPV6_PREFIX",
        WholeNumber(64, minimum=16),
        "how many bits of an IPv6 address are one caller for the limits: what a provider gives to a customer",
    )
    otp_only_known_numbers: bool = setting(
        "HERA_OTP_ONLY_KNOWN_NUMBERS",
        Flag(),
        "the switch against SMS pumping: `true` sends codes to a number that somebody typed (to sign in, to change a"
        " number, of a member of staff) only if an account has it; the answer is the same for all",
    )

    text_prices: PriceList | None = setting(
        "HERA_TEXT_PRICES",
        Prices(),
        "what the gateway takes for a segment: JSON, or a file with it, such as"
        ' `{"currency": "EUR", "default": 0.08, "prices": {"90": 0.012, "SY": 0.2}, "whatsapp": {"default": 0.01}}`,'
        " by calling code or country; a WhatsApp message is one price",
        heading="What texts may cost",
    )
    text_budget: Decimal | None = setting(
        "HERA_TEXT_BUDGET",
        Budget("HERA_TEXT_PRICES"),
        "money for the texts of a calendar month, in the currency of the prices; beyond it everything but sign-in codes"
        " and what tells an old number of a change waits, and other codes are refused",
    )
    text_limit_per_person: int = setting(
        "HERA_TEXT_DAILY_LIMIT_PER_PERSON",
        WholeNumber(3, minimum=1),
        "texts a day to one number, besides codes; more are not sent, and say so in the panel",
    )
    text_limits: dict[str, int] = setting(
        "HERA_TEXT_DAILY_LIMITS",
        Caps("number_change=1000,number_changed=1000,erasure=1000,staff_phone=100"),
        "texts a day by what they are for, a comma list; `notification`, `inactivity` and `opt_out` can be named too",
    )
    text_limit_per_prefix: int = setting(
        "HERA_TEXT_DAILY_LIMIT_PER_PREFIX",
        WholeNumber(20_000),
        "texts a day to one calling code, codes included; beyond it everything but sign-in codes and what tells an old"
        " number of a change waits for the next day, and other codes are refused; 0 for any number",
    )
    text_limit: int = setting(
        "HERA_TEXT_DAILY_LIMIT", WholeNumber(50_000), "the same for all texts of a day; 0 for any number"
    )
    text_limit_per_month: int = setting(
        "HERA_TEXT_MONTHLY_LIMIT",
        WholeNumber(500_000),
        "the same for all texts of a calendar month; 0 for any number",
    )

    message_approval_above: int = setting(
        "HERA_MESSAGE_APPROVAL_ABOVE",
        WholeNumber(1000),
        "a message of staff to more people than this waits until a second person approves it; 0: each message does",
        heading="Messages of staff",
    )

    mail_server: MailServer | None = setting(
        "HERA_MAIL_SERVER",
        MailServerAddress(),
        "the server that takes monthly reports by e-mail:"
        " `smtps://user:password@mail.example.org:465`, or `smtp://`"  # pragma: allowlist secret
        " for one that begins unencrypted (STARTTLS is demanded, but of the machine itself); mothers get no e-mail",
        heading="Reports by e-mail",
    )
    mail_from: str = setting(
        "HERA_MAIL_FROM",
        MailAddress(),
        "the address that reports come from; wanted beside `HERA_MAIL_SERVER`",
    )

    delivery_kept_days: int = setting(
        "HERA_DELIVERY_KEPT_DAYS",
        WholeNumber(180, minimum=30),
        "for how long messages that ended, and their attempts, are kept, in days; what people read in their app stays",
        heading="What is kept, and for how long",
    )
    sign_ins_kept_days: int = setting(
        "HERA_SIGN_INS_KEPT_DAYS",
        WholeNumber(400, minimum=1),
        "for how long sign-ins of people are kept, in days",
    )
    audit_kept_days: int = setting(
        "HERA_AUDIT_KEPT_DAYS",
        WholeNumber(1095, minimum=90),
        "for how long the audit trail of staff is kept, in days",
    )
    exports_kept_hours: int = setting(
        "HERA_EXPORTS_KEPT_HOURS",
        WholeNumber(24, minimum=1),
        "for how long the file of a large export can be downloaded, in hours",
    )
    inactive_days: int = setting(
        "HERA_INACTIVE_DAYS",
        WholeNumber(730),
        "after how many days without use an account with nothing ahead on its calendar is warned by SMS, and deleted 30"
        " days later; 0 for never",
    )

    sentry_dsn: str = setting(
        "SENTRY_DSN", Text(), "error reports, without personal data", heading="Watching, and backups"
    )
    metrics_token: str = setting(
        "HERA_METRICS_TOKEN",
        Text(),
        "opens `/infra/metrics/` (Prometheus) to `Authorization: Bearer <token>`",
        default="none: closed",
    )
    log_format: str = setting(
        "HERA_LOG_FORMAT",
        OneOf(("json", "line"), "json", local="line"),
        "`json` or `line`; JSON lines have phone numbers and database rows taken out",
    )
    alarm_urls: list[str] = setting(
        "HERA_ALARM_URLS",
        Addresses(),
        "whom the alarms of one machine reach: addresses in [apprise's notation](https://github.com/caronc/apprise/wiki)"
        " with blanks between, such as `ntfys://ntfy.sh/a-long-word mailtos://...`",
        default="none: the journal alone",
    )
    backup_recipient: str = setting(
        "HERA_BACKUP_RECIPIENT",
        Text(),
        "whom `manage.py backup` encrypts for: an age public key (`age1...`), or whom GnuPG has a public key of",
        default="none: no backups",
    )
    backup_signing_key: str = setting(
        "HERA_BACKUP_SIGNING_KEY",
        Text(),
        "the file of minisign's secret key that `manage.py backup` signs with, made with `minisign -G -W`; `restore`"
        " wants its public half",
        default="none: no backups",
    )
    backup_upload_url: str = setting(
        "HERA_BACKUP_UPLOAD_URL",
        Text(),
        "where `manage.py backup` sends its file with PUT, such as a signed address of S3, instead of keeping it",
    )
    backup_signature_upload_url: str = setting(
        "HERA_BACKUP_SIGNATURE_UPLOAD_URL",
        Text(),
        "where it sends the file's signature; wanted beside `HERA_BACKUP_UPLOAD_URL`",
    )

    @property
    def is_local(self) -> bool:
        return self.environment == "local"

    @property
    def is_production(self) -> bool:
        return self.environment.startswith("production-")

    @property
    def https(self) -> bool:
        return not self.is_local


def load(variables: Mapping[str, str]) -> Config:
    """Read every setting of the table.

    Raises:
        ConfigError: with one sentence that names the first setting that is wrong.
    """
    return read(Config, Environment(variables))
