"""Antenatal visits to which a mother says she did not come: a pack plans each once more (`plan.pregnancies`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from hera.child_health.changes import facts_changed
from hera.child_health.models import Pregnancy
from hera.child_health.services import lock, today_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@transaction.atomic
def tell(user: User, pregnancy_id: int, due: dt.date) -> None:
    """Keep that she did not come to the visit that was due on this day, if the pregnancy is her own."""
    missed = _missed(user, pregnancy_id)
    if missed is not None and due.isoformat() not in missed:
        _keep(user, pregnancy_id, missed | {due.isoformat(): today_of(user).isoformat()})


@transaction.atomic
def take_back(user: User, pregnancy_id: int, due: dt.date) -> None:
    """She has answered otherwise since."""
    missed = _missed(user, pregnancy_id)
    if missed and missed.pop(due.isoformat(), None):
        _keep(user, pregnancy_id, missed)


def _missed(user: User, pregnancy_id: int) -> dict[str, str] | None:
    """By the day on which a visit was due, the day on which she said so; None if there is no such pregnancy of hers."""
    lock(user)
    found = Pregnancy.objects.filter(pk=pregnancy_id, user=user).values_list("visits_missed", flat=True)
    return next((missed or {} for missed in found), None)


def _keep(user: User, pregnancy_id: int, missed: dict[str, str]) -> None:
    Pregnancy.objects.filter(pk=pregnancy_id).update(visits_missed=missed or None)
    facts_changed([user.pk])
