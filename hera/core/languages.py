"""The five languages HERA speaks, and how a header or a client names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils.translation.trans_real import parse_accept_lang_header

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CHOICES = [
    ("en", "English"),
    ("tr", "Turkish"),
    ("ar", "Arabic"),
    ("ps", "Pashto"),
    ("prs", "Dari"),
]
CODES = tuple(code for code, _ in CHOICES)
FALLBACK = "en"

# Django does not know Dari, and Pashto only in newer versions: the admin needs a direction for both.
LANG_INFO.setdefault("ps", {"bidi": True, "code": "ps", "name": "Pashto", "name_local": "پښتو"})
LANG_INFO.setdefault("prs", {"bidi": True, "code": "prs", "name": "Dari", "name_local": "دری"})

# What phones send for Dari: the ISO code, Persian of Afghanistan, and Persian itself.
_ALIASES = {"fa": "prs", "fa-af": "prs"}


def from_header(accept_language: str) -> str | None:
    """The first of HERA's languages that an Accept-Language header asks for; None if it names none."""
    for tag, quality in parse_accept_lang_header(accept_language.lower()):
        code = _ALIASES.get(tag) or tag.split("-")[0]
        if quality and code in CODES:
            return code
        if quality and code in _ALIASES:
            return _ALIASES[code]
    return None


def direction(code: str) -> str:
    """How a language is written: `rtl` or `ltr`."""
    return "rtl" if LANG_INFO[code]["bidi"] else "ltr"


def default() -> str:
    """The country's language, for people who never said which they read."""
    return str(settings.HERA.default_language)


def of(user: User) -> str:
    """What a person reads: the language of her profile, or the country's."""
    profile = getattr(user, "profile", None)
    return profile.language_code if profile else default()
