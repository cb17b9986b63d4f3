"""Answers that are given again to a repeated call (`repeats`), sealed, until they are old."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from hera.api.models import KeptAnswer
from hera.core import clock

KEPT = dt.timedelta(days=30)  # a phone may be without a network for weeks
UNREADABLE: Final = object()


def seal(said: str) -> bytes:
    """What was answered, as JSON, so that only whoever has the secret key can read it."""
    return _fernet().encrypt(said.encode())


def read(answer: KeptAnswer) -> Any:
    """What was answered, None where it was nothing; `UNREADABLE` if the secret key has been changed since."""
    try:
        said = _fernet().decrypt(bytes(answer.sealed_text)).decode() if answer.sealed_text else answer.body
    except InvalidToken:
        return UNREADABLE
    return json.loads(said) if said else None


def delete_old() -> int:
    """Forget answers that are given no more; returns how many."""
    return KeptAnswer.objects.filter(created_at__lte=clock.now() - KEPT).delete()[0]


def _fernet() -> MultiFernet:
    """The first key seals; former ones open."""
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> Fernet:
    digest = hashlib.sha256(f"hera.api.kept_answers:{secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
