"""Answers that are given again to a repeated call (`repeats`), sealed, until they are old."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, Final

from hera.api.models import KeptAnswer
from hera.core import clock, sealed

KEPT = dt.timedelta(days=30)  # a phone may be without a network for weeks
UNREADABLE: Final = object()
_BOX = sealed.Box("hera.api.kept_answers")


def seal(said: str) -> bytes:
    """What was answered, as JSON, so that only whoever has the secret key can read it."""
    return _BOX.seal(said.encode())


def read(answer: KeptAnswer) -> Any:
    """What was answered, None where it was nothing; `UNREADABLE` if the secret key has been changed since."""
    try:
        said = _BOX.unseal(answer.sealed_text).decode() if answer.sealed_text else answer.body
    except sealed.WrongKey:
        return UNREADABLE
    return json.loads(said) if said else None


def delete_old() -> int:
    """Forget answers that are given no more; returns how many."""
    return KeptAnswer.objects.filter(created_at__lte=clock.now() - KEPT).delete()[0]
