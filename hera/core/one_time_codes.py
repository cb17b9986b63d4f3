"""One-time codes: made from the system's random source, kept only as a keyed hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from django.conf import settings

from hera.core import clock, digits

if TYPE_CHECKING:
    from collections.abc import Iterable

LIFETIME = dt.timedelta(minutes=10)
MAX_WRONG_GUESSES = 5
_DIGITS = digits.CODE_LENGTH


@dataclass(frozen=True)
class Fresh:
    """A code about to be sent, and what its row keeps of it."""

    code: str = field(repr=False)
    secret: str
    expires_at: dt.datetime

    def kept(self) -> dict[str, object]:
        return {"secret": self.secret, "wrong_guesses": 0, "expires_at": self.expires_at}


class Holder(Protocol):
    """A row that holds a code's hash."""

    @property
    def secret(self) -> str: ...
    @property
    def expires_at(self) -> dt.datetime | None: ...

    wrong_guesses: int

    def save(self, *, update_fields: Iterable[str]) -> None: ...


def fresh(subject: str, code: str | None = None) -> Fresh:
    """A new code, or the one given, for whoever reads the messages of `subject`, a number."""
    code = code or generate()
    return Fresh(code, keyed_hash(code, subject), clock.now() + LIFETIME)


def take_guess(row: Holder, guess: str, subject: str) -> bool:
    """Whether `guess` is the row's code and the row is still open; if it is open and the guess wrong, that is counted.

    Digits of any script are taken. What is not six digits cannot be a code, and costs nothing.
    The caller has locked the row, and commits even if the answer is no: otherwise guesses would be free.
    """
    if row.expires_at is None or row.expires_at <= clock.now() or row.wrong_guesses >= MAX_WRONG_GUESSES:
        return False
    code = digits.code(guess)
    if code is None:
        return False
    if matches(code, subject, row.secret):
        return True
    row.wrong_guesses += 1
    row.save(update_fields=["wrong_guesses"])
    return False


def generate() -> str:
    """Six digits, each equally likely."""
    return f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"


def generate_seed() -> str:
    """What a code can be made from again: worth nothing without the secret key, as the keyed hash is."""
    return secrets.token_hex(16)


def from_seed(seed: str, subject: str) -> str:
    """The code of this seed and number: six digits, each as good as equally likely (of 2^256)."""
    message = f"one-time-code-seed:{subject}:{seed}".encode()
    number = int.from_bytes(hmac.digest(settings.SECRET_KEY.encode(), message, hashlib.sha256))
    return f"{number % 10**_DIGITS:0{_DIGITS}d}"


def keyed_hash(code: str, subject: str) -> str:
    """What is stored in place of a code. `subject` (a number) ties it to whom it was sent."""
    message = f"one-time-code:{subject}:{code}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def matches(code: str, subject: str, stored: str) -> bool:
    """Whether `stored` is the keyed hash of this code for this number; in constant time."""
    return hmac.compare_digest(keyed_hash(code, subject), stored)
