"""What the name of an environment tells of its country: time zone, language and calling country."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import tzdata
from babel import Locale, languages

_ZONES = Path(tzdata.__file__).parent / "zoneinfo"
# HERA's languages, by what CLDR calls them.
_LANGUAGES = {"en": "en", "tr": "tr", "ar": "ar", "ps": "ps", "fa": "prs", "prs": "prs"}


@dataclass(frozen=True)
class Country:
    """A country by its ISO 3166 code; its time zone and language where it has one alone that HERA knows."""

    code: str
    time_zone: str | None
    language: str | None

    @property
    def settings(self) -> dict[str, str]:
        """The service's settings that follow from the country; those that do not follow are left out."""
        derived = {
            "HERA_OTP_ALLOWED_COUNTRIES": self.code,
            "HERA_DEFAULT_TIMEZONE": self.time_zone or "",
            "HERA_DEFAULT_LANGUAGE": self.language or "",
        }
        return {name: value for name, value in derived.items() if value}


def of_environment(name: str) -> Country | None:
    """The country in a name such as `production-turkey` or `staging-turkey-2`; None if there is none."""
    region = re.sub(r"-\d+$", "", name.partition("-")[2])
    code = _codes().get(region)
    if code is None:
        return None
    zones = _time_zones(code)
    spoken = [_LANGUAGES[known] for known in languages.get_official_languages(code) if known in _LANGUAGES]
    return Country(code, zones[0] if len(zones) == 1 else None, spoken[0] if spoken else None)


def _codes() -> dict[str, str]:
    from_cldr = {_plain(str(title)): code for code, title in Locale("en").territories.items() if len(code) == 2}  # noqa: PLR2004
    from_tz = {_plain(title): code for code, title in _rows("iso3166.tab")}
    return {**from_cldr, **from_tz}


def _time_zones(code: str) -> list[str]:
    return [zone for country, _where, zone, *_note in _rows("zone.tab") if country == code]


def _rows(file: str) -> list[list[str]]:
    lines = (_ZONES / file).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def _plain(title: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
