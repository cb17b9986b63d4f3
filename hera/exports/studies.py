"""Studies: made once with a key that is shown once, used by exports, and led back by whoever has the key."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.child_health.models import Child, DoseGiven, Pregnancy
from hera.core import clock
from hera.core.limits import Limit, spend
from hera.core.visible import one_line
from hera.events.models import NotificationEvent
from hera.exports import pseudonyms
from hera.exports.models import Study
from hera.surveys.models import Survey

if TYPE_CHECKING:
    from django.db.models import Model

LONGEST_NAME = 100
LOOKS_A_MINUTE = Limit("study-looks", 10, dt.timedelta(minutes=1))
# Of each kind of record its table, and the way from there to the person.
_RECORDS: dict[str, tuple[type[Model], str]] = {
    "p": (User, "pk"),
    "c": (Child, "user_id"),
    "g": (Pregnancy, "user_id"),
    "d": (DoseGiven, "child__user_id"),
    "s": (Survey, "user_id"),
    "n": (NotificationEvent, "user_id"),
}


class Refused(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever pressed the button."""


@transaction.atomic
def make(name: str, by: User) -> tuple[Study, bytes]:
    """Make a study; returns it with its key, which nobody is shown again.

    Raises:
        Refused: if it has no name, or another study has it.
    """
    name = one_line(name)[:LONGEST_NAME]
    if not name:
        raise Refused(_("Give the study a name."))
    key = pseudonyms.new_key()
    study, is_new = Study.objects.get_or_create(
        name=name,
        defaults={"made_by_name": by.get_username(), "made_at": clock.now(), "sealed_key": pseudonyms.seal(key)},
    )
    if not is_new:
        raise Refused(_("There is a study of this name already."))
    return study, key


def key_of(study: Study | None) -> bytes | None:
    """The key by which an export of this study is made; None without a study.

    Raises:
        WrongKey: if the server's secret key is another one by now.
    """
    return pseudonyms.unseal(study.sealed_key) if study else None


def person_behind(study: Study, typed_key: str, pseudonym: str, *, by: User) -> int:
    """The id of the person for whom, or for a record of whom, this stands in the study.

    All records of its kind are tried, since nothing is kept that leads back: some seconds among a million.

    Raises:
        Refused: if the key is not the study's, or nobody (any more) is behind it.
        LimitReached: after too many tries.
    """
    spend(LOOKS_A_MINUTE, str(by.pk))
    key = pseudonyms.read(typed_key)
    if not hmac.compare_digest(key, pseudonyms.unseal(study.sealed_key)):
        raise Refused(_("This is not the key of this study."))
    wanted = pseudonym.strip().lower()
    model, way = _RECORDS.get(wanted[:1], (None, ""))
    if model is not None:
        found = model._default_manager.values_list("pk", way)  # noqa: SLF001
        for record, person in found.iterator(chunk_size=10_000):
            if pseudonyms.pseudonym(key, wanted[0], record) == wanted:
                return int(person)
    raise Refused(_("Nobody is behind this pseudonym in this study, or she has been erased since."))


def reseal() -> tuple[int, int]:
    """Seal the keys of all studies with the secret key that is first now; returns how many, and how many could not."""
    done = unreadable = 0
    for study in Study.objects.order_by("pk"):
        try:
            study.sealed_key = pseudonyms.resealed(study.sealed_key)
        except pseudonyms.WrongKey:
            unreadable += 1
        else:
            study.save(update_fields=["sealed_key"])
            done += 1
    return done, unreadable
