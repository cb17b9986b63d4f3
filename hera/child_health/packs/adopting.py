"""Adopting a country's pack, and leaving it.

One transaction writes its vaccines and doses and has it in use. After that all plans are out of date: they are caught
up with in chunks, by whoever adopts and by the jobs (`plan.stored`), so that an interruption loses nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from hera.child_health.models import AdoptedPack
from hera.child_health.packs import tables
from hera.child_health.packs.reading import refuse_taken_numbers, refuse_what_must_wait, today_of_country
from hera.child_health.plan import stored
from hera.core import clock
from hera.core.ports import Action, announcements, audit_trail

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest

    from hera.child_health.packs.reading import Read

log = logging.getLogger(__name__)
_LATELY = dt.timedelta(days=7)
_UNREVIEWED = ~Q(data__draft=False) | Q(data__reviewed_by=None) | Q(data__reviewed_by=[])
_LOCK = 20_261_127  # an advisory lock of this module


def in_use() -> AdoptedPack | None:
    """The pack in use; None where due ages alone hold. What it holds is read when it is looked at: it is large."""
    return AdoptedPack.objects.filter(left_at=None).defer("text", "data").first()


def in_use_for(request: HttpRequest) -> AdoptedPack | None:
    """As `in_use`, looked up once a request: each page of the panel asks what may be changed."""
    if not hasattr(request, "hera_pack"):
        request.hera_pack = in_use()  # type: ignore[attr-defined]
    found: AdoptedPack | None = request.hera_pack  # type: ignore[attr-defined]
    return found


@transaction.atomic
def adopt(read: Read, by: User | None = None) -> AdoptedPack:
    """Write the pack's vaccines and doses, and have it in use from now on. Harmless if repeated.

    Args:
        by: the member of staff; None: the operator, by a command.

    Raises:
        NotAdoptedError: if nobody has reviewed it and this is not `local`, if it holds only from a later day on, or if
            one of its numbers is taken.
    """
    _one_at_a_time()
    refuse_what_must_wait(read.pack)
    refuse_taken_numbers(read.pack)
    present = in_use()
    if present is not None and present.digest == read.digest:
        return present
    now = clock.now()
    before = tables.of_now()
    AdoptedPack.objects.filter(left_at=None).update(left_at=now, left_on=today_of_country())
    tables.write(read.pack)
    adopted = AdoptedPack.objects.create(
        name=read.pack.name,
        country=read.pack.country,
        text=read.text.decode(),
        data=read.data,
        digest=read.digest,
        before=before,
        follows=present,
        adopted_on=today_of_country(),
        adopted_at=now,
        adopted_by=by,
    )
    _afterwards()
    return adopted


@transaction.atomic
def leave() -> AdoptedPack | None:
    """Have due ages alone hold again, with vaccines and doses as they were before the first of the packs that followed
    each other; returns the pack that was left."""
    _one_at_a_time()
    present = in_use()
    if present is None:
        return None
    tables.restore(first_of(present).before)
    present.left_at, present.left_on = clock.now(), today_of_country()
    present.save(update_fields=["left_at", "left_on"])
    _afterwards()
    return present


def draft_in_use() -> AdoptedPack | None:
    """A pack in use that nobody has reviewed, where parents are real: outside `local`."""
    if settings.HERA.is_local:
        return None
    return AdoptedPack.objects.filter(_UNREVIEWED, left_at=None).defer("text", "data").first()


def draft_left_lately() -> AdoptedPack | None:
    """A pack that nobody has reviewed, and that was the last in use here: for a week after it was left."""
    if settings.HERA.is_local:
        return None
    latest = AdoptedPack.objects.order_by("-pk").values("pk")[:1]
    since = clock.now() - _LATELY
    return AdoptedPack.objects.filter(_UNREVIEWED, pk__in=latest, left_at__gt=since).defer("text", "data").first()


def leave_draft() -> None:
    """Leave a pack that nobody has reviewed, where parents are real: none is reminded by it.

    Nobody can adopt one there; a backup of a developer's machine brings one, or another name of the environment. The
    jobs ask before they announce and ask.
    """
    if draft_in_use() is None:
        return
    with transaction.atomic():
        _one_at_a_time()
        if draft_in_use() is not None and (left := leave()) is not None:
            audit_trail().record_of("HERA (jobs)", Action.CHANGE, about=f"pack {left.name}", left=True, draft=True)
            log.error(
                "a pack that nobody has reviewed was in use, and was left: due ages hold", extra={"pack": left.name}
            )


def first_of(adopted: AdoptedPack) -> AdoptedPack:
    """The pack before which due ages alone held: a pack that followed another one found that one's days there."""
    while adopted.follows is not None:
        adopted = adopted.follows
    return adopted


def _afterwards() -> None:
    announcements().programme_changed()
    stored.catch_up_later()


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
