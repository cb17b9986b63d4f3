"""The kinds of values that settings have, each with its one sentence for a value that is none of the kind."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hera.environment import ConfigError

if TYPE_CHECKING:
    from hera.environment import Environment

_ENVIRONMENT = re.compile(r"local|(staging|production)-[a-z0-9]+(-[a-z0-9]+)*")
_QUIET_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_REVIEW_NUMBER = re.compile(r"(\+[1-9]\d{6,14})=(\d{6})")
_NUMBER_RANGE = re.compile(r"\+[1-9]\d{2,13}")
_MINIMUM_KEY_LENGTH = 50
_MINIMUM_KEY_VARIETY = 5
# Sessions and codes of a local server are worth nothing, so its key may be known.
_LOCAL_SECRET_KEY = "hera-on-this-machine-only/" + "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Text:
    """Any text; what is longer than `longest` is cut off."""

    default: str = ""
    longest: int | None = None

    def read(self, env: Environment, name: str) -> str:
        return env.text(name, self.default)[: self.longest]

    @property
    def default_text(self) -> str:
        return f"`{self.default}`" if self.default else "none"


@dataclass(frozen=True)
class Required:
    """Any text but none; `wants` says what it is."""

    wants: str
    default_text = "required"

    def read(self, env: Environment, name: str) -> str:
        return env.required(name, self.wants)


@dataclass(frozen=True)
class WholeNumber:
    """A number of at least `minimum`; a local server may have a default of its own."""

    default: int
    minimum: int = 0
    local: int | None = None

    def read(self, env: Environment, name: str) -> int:
        default = self.local if env.is_local and self.local is not None else self.default
        value = env.text(name) or str(default)
        if not value.isascii() or not value.isdigit() or int(value) < self.minimum:
            raise ConfigError(f"{name} is {value!r}: it wants a whole number of at least {self.minimum}.")
        return int(value)

    @property
    def default_text(self) -> str:
        return _by_place(str(self.default), "" if self.local is None else str(self.local))


@dataclass(frozen=True)
class Flag:
    """True or false, in any case."""

    default_text = "`false`"

    def read(self, env: Environment, name: str) -> bool:
        value = env.text(name).lower() or "false"
        if value not in {"true", "false"}:
            raise ConfigError(f"{name} is {value!r}: it wants true or false.")
        return value == "true"


@dataclass(frozen=True)
class OneOf:
    """One of a few words; without a default it is required."""

    choices: tuple[str, ...]
    default: str | None
    local: str | None = None

    def read(self, env: Environment, name: str) -> str:
        default = (env.is_local and self.local) or self.default or ""
        value = env.text(name) or default
        if value not in self.choices:
            got = f"is {value!r}" if value else "is not set"
            raise ConfigError(f"{name} {got}: it wants one of {', '.join(self.choices)}.")
        return value

    @property
    def default_text(self) -> str:
        return _by_place(f"`{self.default}`" if self.default else "required", f"`{self.local}`" if self.local else "")


@dataclass(frozen=True)
class Url:
    """An http(s) address, given on without its trailing slash."""

    default: str

    def read(self, env: Environment, name: str) -> str:
        value = env.text(name) or self.default
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigError(f"{name} is {value!r}: it wants an address such as {self.default}.")
        return value.rstrip("/")

    @property
    def default_text(self) -> str:
        return f"`{self.default}`"


@dataclass(frozen=True)
class Items:
    """A comma list; a local server may have one of its own."""

    local: tuple[str, ...] = ()

    def read(self, env: Environment, name: str) -> list[str]:
        return env.items(name) or (list(self.local) if env.is_local else [])

    @property
    def default_text(self) -> str:
        return _by_place("none", ", ".join(f"`{item}`" for item in self.local))


@dataclass(frozen=True)
class Addresses:
    """Addresses of gateways with blanks between. They hold passwords, so no sentence repeats one."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> list[str]:
        found = env.text(name).split()
        if wrong := [number for number, address in enumerate(found, 1) if "://" not in address]:
            raise ConfigError(
                f"{name} has no address as number {wrong[0]}: it wants some such as ntfys://ntfy.sh/a-long-word."
            )
        return found


@dataclass(frozen=True)
class NumberRanges:
    """Beginnings of phone numbers, in E.164."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> list[str]:
        ranges = env.items(name)
        for text in ranges:
            if not _NUMBER_RANGE.fullmatch(text):
                raise ConfigError(
                    f"{name} has {text!r}: it wants a plus and three to fourteen digits, such as +2290161."
                )
        return ranges


@dataclass(frozen=True)
class Origins:
    """A comma list of origins: scheme, host and port, without a path."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> list[str]:
        origins = env.items(name)
        for origin in origins:
            parts = urlsplit(origin)
            if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
                raise ConfigError(
                    f"{name} has {origin!r}: it wants origins such as https://app.example.org, comma between."
                )
        return [origin.rstrip("/") for origin in origins]


@dataclass(frozen=True)
class PublicUrl:
    """A host's own address, https unless local, given on without a trailing slash; blank if there is none."""

    default_text = "`https://` and the first of `HERA_ALLOWED_HOSTS`; none where local"

    def read(self, env: Environment, name: str) -> str:
        value = env.text(name).rstrip("/") or self._of_hosts(env)
        parts = urlsplit(value)
        schemes = {"http", "https"} if env.is_local else {"https"}
        if value and (parts.scheme not in schemes or not parts.netloc or value != f"{parts.scheme}://{parts.netloc}"):
            raise ConfigError(f"{name} is {value!r}: it wants an address such as https://hera.example.org.")
        return value

    def _of_hosts(self, env: Environment) -> str:
        named = [] if env.is_local else [host for host in env.items("HERA_ALLOWED_HOSTS") if "*" not in host]
        return f"https://{named[0].removeprefix('.')}" if named else ""


@dataclass(frozen=True)
class Folder:
    """A folder, as an absolute path."""

    default: Path

    def read(self, env: Environment, name: str) -> Path:
        return Path(env.text(name) or self.default).resolve()

    @property
    def default_text(self) -> str:
        return f"`{self.default.name}/`"


@dataclass(frozen=True)
class OptionalFile:
    """A file, or none."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> Path | None:
        value = env.text(name)
        return Path(value).resolve() if value else None


@dataclass(frozen=True)
class EnvironmentName:
    """The environment's kind and region."""

    default_text = "`local`"

    def read(self, env: Environment, name: str) -> str:
        value = env.text(name) or "local"
        if not _ENVIRONMENT.fullmatch(value):
            raise ConfigError(
                f"{name} is {value!r}: it wants local, staging-<region> or production-<region>,"
                " in small letters, digits and hyphens."
            )
        return value


@dataclass(frozen=True)
class SecretKey:
    """What Django signs with. The sentence does not repeat it."""

    default_text = "required; a known one when local"

    def read(self, env: Environment, name: str) -> str:
        wants = (
            f"a random text of at least {_MINIMUM_KEY_LENGTH} characters; make one with"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
        if env.is_local and not env.is_set(name):
            return _LOCAL_SECRET_KEY
        key = env.required(name, wants)
        if len(key) < _MINIMUM_KEY_LENGTH or len(set(key)) < _MINIMUM_KEY_VARIETY or key.startswith("django-insecure-"):
            raise ConfigError(f"{name} is too weak: it wants {wants}.")
        return key


@dataclass(frozen=True)
class FormerSecretKeys:
    """A comma list of keys that Django signed with before. The sentence does not repeat them."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> list[str]:
        keys = env.items(name)
        if any(len(key) < _MINIMUM_KEY_LENGTH for key in keys):
            raise ConfigError(
                f"{name} has a key of less than {_MINIMUM_KEY_LENGTH} characters: it wants the former values of"
                " HERA_DJANGO_SECRET_KEY, comma between."
            )
        return keys


@dataclass(frozen=True)
class TimeZone:
    """The IANA name of a time zone."""

    default: str = "UTC"

    def read(self, env: Environment, name: str) -> str:
        value = env.text(name) or self.default
        try:
            zoneinfo.ZoneInfo(value)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ConfigError(f"{name} is {value!r}: it wants an IANA time zone such as Europe/Istanbul.") from None
        return value

    @property
    def default_text(self) -> str:
        return f"`{self.default}`"


@dataclass(frozen=True)
class QuietHours:
    """Two local times; the first may be later than the second, over midnight."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> tuple[time, time] | None:
        value = env.text(name)
        if not value:
            return None
        match = _QUIET_HOURS.fullmatch(value)
        if match is None or match[1] + match[2] == match[3] + match[4]:
            raise ConfigError(f"{name} is {value!r}: it wants two different local times such as 22:00-07:00.")
        return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))


@dataclass(frozen=True)
class Countries:
    """A comma list of countries; none means all."""

    default_text = "all"

    def read(self, env: Environment, name: str) -> frozenset[str]:
        countries = [country.upper() for country in env.items(name)]
        for country in countries:
            if not re.fullmatch(r"[A-Z]{2}", country):
                raise ConfigError(f"{name} has {country!r}: it wants two-letter country codes such as TR,SY.")
        return frozenset(countries)


@dataclass(frozen=True)
class ReviewNumbers:
    """Numbers with a fixed code each; in production only if the flag `permission` is true.

    The flag is looked at only then, and no sentence repeats a number or a code.
    """

    permission: str
    default_text = "none"

    def read(self, env: Environment, name: str) -> dict[str, str]:
        numbers: dict[str, str] = {}
        for pair in env.items(name):
            match = _REVIEW_NUMBER.fullmatch(pair)
            if match is None:
                raise ConfigError(
                    f"{name} has an entry that is not +number=six digits,"
                    " such as +905301234567=123456; separate entries by commas."
                )
            numbers[match[1]] = match[2]
        if numbers and env.is_production and not Flag().read(env, self.permission):
            raise ConfigError(
                f"{name} is refused in production, where a fixed code is a way in for anyone:"
                f" it wants to be empty, or {self.permission}=true for the days of a store review."
            )
        return numbers


@dataclass(frozen=True)
class MapTiles:
    """The address of a map's tiles, with {z}, {x} and {y}; blank for maps without."""

    default: str

    def read(self, env: Environment, name: str) -> str:
        address = env.text(name, self.default)
        if address == "none":
            return ""
        if not address.startswith("https://") or not all(place in address for place in ("{z}", "{x}", "{y}")):
            raise ConfigError(
                f"{name} is not readable: it wants an address such as https://tiles.example.org/{{z}}/{{x}}/{{y}}.png,"
                " or none."
            )
        return address

    @property
    def default_text(self) -> str:
        return f"`{self.default}`"


@dataclass(frozen=True)
class LocalClock:
    """A file with seconds to add to the clock, which nobody may move where people are reminded."""

    default_text = "none"

    def read(self, env: Environment, name: str) -> Path | None:
        value = env.text(name)
        if not value:
            return None
        if not env.is_local:
            raise ConfigError(f"{name} moves the clock: it wants HERA_ENVIRONMENT to be local.")
        return Path(value)


def _by_place(elsewhere: str, local: str) -> str:
    """A default, and the one of a local server if it is another."""
    return f"{elsewhere}; {local} when local" if local else elsewhere
