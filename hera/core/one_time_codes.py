"""One-time codes: made from the system's random source, kept only as a keyed hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

from django.conf import settings

LIFETIME = dt.timedelta(minutes=10)
MAX_WRONG_GUESSES = 5
_DIGITS = 6


def generate() -> str:
    """Six digits, each equally likely."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


def keyed_hash(code: str, subject: str) -> str:
    """What is stored in place of a code. `subject` (a number) ties it to whom it was sent."""
    message = f"one-time-code:{subject}:{code}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def matches(code: str, subject: str, stored: str) -> bool:
    return hmac.compare_digest(keyed_hash(code, subject), stored)
