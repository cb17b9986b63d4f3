"""Exports that take longer than a page may: made by a process of their own, kept for a day, downloaded from a page.

waiting -> making -> ready or failed. Whoever makes one says so with every piece; one of which nobody has said anything
for a while was lost with its process, and is begun anew. The pieces stand in the database: the machine that makes a
file and the one that sends it may share no disk.
"""

from __future__ import annotations

import datetime as dt
import logging
import zlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from hera.core import clock
from hera.exports import studies, tables
from hera.exports.models import ExportFile, ExportPiece
from hera.people.masking import Mask
from hera.people.naming import NAMING, that_name
from hera.people.selectors import chosen, so_few
from hera.people.small_groups import FEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import QuerySet

    from hera.exports.models import Study
    from hera.people.selectors import Page

log = logging.getLogger(__name__)

State = ExportFile.State
TASK = "hera.exports.make_exports"
SMALL = 2_000  # people: a file within the seconds that a page may take
AT_ONCE = 3  # of one member of staff
LOST_AFTER = dt.timedelta(minutes=10)  # closing a large spreadsheet takes minutes of silence
LOSSES = 3  # after so many lost makers it is the file that kills them


class TooMany(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever asked for one more."""


class TooFew(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever asked."""


class _Overtaken(Exception):  # noqa: N818
    """Somebody else makes this file now."""


def is_small(found: Page) -> bool:
    """Whether a file of these people is ready while whoever asks waits for the page."""
    return found.is_all and found.count <= SMALL


def refuse_so_few(found: Page) -> None:
    """A masked table of few people tells whoever chose them what they are known by: the filter is what she knows.

    Raises:
        TooFew: if these are fewer than five.
    """
    if found.is_all and found.count < FEWEST:
        raise TooFew(so_few())


def ask(
    user: User, kind: str, form: str, criteria: Mapping[str, str], *, is_masked: bool, study: Study | None = None
) -> ExportFile:
    """Have a file made.

    Args:
        study: whose pseudonyms stand for ids.

    Raises:
        TooMany: if this member of staff waits for several already.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two requests at once are counted one after the other
        unfinished = ExportFile.objects.filter(asked_by=user, state__in=[State.WAITING, State.MAKING])
        if unfinished.count() >= AT_ONCE:
            raise TooMany(_("Other exports of yours are still being made. Wait until one is ready."))
        now = clock.now()
        file = ExportFile.objects.create(
            asked_by=user,
            asked_at=now,
            kind=kind,
            format=form,
            criteria=criteria,
            is_masked=is_masked or study is not None,
            study=study,
        )
        app.configure_task(TASK, queueing_lock=f"{TASK}/{file.pk}").defer(timestamp=int(now.timestamp()))
    return file


def files_of(user: User) -> QuerySet[ExportFile]:
    """This member of staff's files, newest first."""
    return ExportFile.objects.filter(asked_by=user).select_related("study").order_by("-pk")


def content(file: ExportFile) -> Iterator[bytes]:
    """A file that is ready, a piece at a time: each a query of its own, since a browser may take minutes for one."""
    for number in ExportPiece.objects.filter(file=file).order_by("number").values_list("number", flat=True):
        yield zlib.decompress(ExportPiece.objects.values_list("data", flat=True).get(file=file, number=number))


def make_all() -> int:
    """Make every file that waits, one after the other; returns how many became ready."""
    made = 0
    while file := _claim():
        try:
            _make(file)
        except _Overtaken:
            continue
        except Exception:
            log.exception("export %s was not made", file.pk)
            _mine(file).update(state=State.FAILED, finished_at=clock.now())
        else:
            made += 1
    return made


def delete_old() -> int:
    """Forget files that were asked for as long ago as the setting says; returns how many."""
    before = clock.now() - dt.timedelta(hours=settings.HERA.exports_kept_hours)
    old = ExportFile.objects.filter(asked_at__lt=before).exclude(finished_at=None)
    return old.delete()[1].get(ExportFile._meta.label, 0)


@transaction.atomic
def forget(user: User) -> None:
    """Delete exports whose filter names somebody who goes, and have all others made anew without her."""
    typed = ExportFile.objects.filter(criteria__has_any_keys=NAMING).order_by("pk").select_for_update()
    ExportFile.objects.filter(pk__in=[file.pk for file in that_name(user, typed)]).delete()
    make_anew()


def make_anew() -> None:
    """Empty the files that are there, and have them made once more: somebody in them asked to be forgotten.

    Those that wait are held too: none is begun before the caller's transaction, in which she goes, has ended.
    """
    present = ExportFile.objects.exclude(state=State.FAILED)
    ids = list(present.select_for_update().order_by("pk").values_list("pk", flat=True))
    # Whoever is making one notices with his next piece that it is his no more.
    ExportFile.objects.filter(pk__in=ids).update(state=State.WAITING, percent=0, size=0, finished_at=None)
    ExportPiece.objects.filter(file__in=ids).delete()


def is_any_waiting() -> bool:
    """Whether somebody should make a file now."""
    return _waiting().exists()


def _waiting() -> QuerySet[ExportFile]:
    """Files that somebody should make now: none while one is being made, for the smallest machine bears one."""
    lost_before = clock.now() - LOST_AFTER
    if ExportFile.objects.filter(state=State.MAKING, progressed_at__gte=lost_before).exists():
        return ExportFile.objects.none()
    lost = Q(state=State.MAKING, progressed_at__lt=lost_before)
    return ExportFile.objects.filter(Q(state=State.WAITING) | lost)


@transaction.atomic
def _claim() -> ExportFile | None:
    file = _waiting().select_for_update(skip_locked=True).order_by("pk").first()
    if file is None:
        return None
    file.pieces.all().delete()
    file.losses += file.state == State.MAKING
    file.attempt += 1
    file.state = State.MAKING if file.losses < LOSSES else State.FAILED
    file.percent, file.size, file.progressed_at = 0, 0, clock.now()
    file.finished_at = clock.now() if file.state == State.FAILED else None
    file.save()
    return file if file.state == State.MAKING else _claim()


def _mine(file: ExportFile) -> QuerySet[ExportFile]:
    return ExportFile.objects.filter(pk=file.pk, attempt=file.attempt, state=State.MAKING)


def _make(file: ExportFile) -> None:
    def reached(percent: int) -> None:
        _keep(file, percent=min(99, percent))  # what is left for the last hundredth: closing a spreadsheet

    mask, key = Mask(is_on=file.is_masked), studies.key_of(file.study)
    people = chosen(file.criteria, mask)
    if mask.is_on and people[:FEWEST].count() < FEWEST:  # it took too long to count them when they were asked for
        people = people.none()
    pieces = tables.as_file(file.kind, file.format, people, mask, reached, study_key=key)
    for number, piece in enumerate(pieces):
        _keep(file, piece=ExportPiece(file=file, number=number, data=zlib.compress(piece, 1)), size=len(piece))
    with transaction.atomic():
        _keep(file, percent=100)
        _mine(file).update(state=State.READY, finished_at=clock.now())


@transaction.atomic
def _keep(file: ExportFile, *, percent: int | None = None, piece: ExportPiece | None = None, size: int = 0) -> None:
    """Note what was done, and that somebody is at work; for whoever still has the claim only."""
    changed = {"progressed_at": clock.now(), "size": F("size") + size}
    if not _mine(file).update(**changed, **({} if percent is None else {"percent": percent})):
        raise _Overtaken
    if piece:
        piece.save(force_insert=True)
