"""Reports that are asked for: made in the background one after the other, kept for a while for who asked.

waiting -> making -> ready or failed. One that is in the making for long was lost with its worker, and begins anew.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from hera.core import clock, timezones
from hera.core.months import months_later
from hera.figures import mails
from hera.figures.models import Report, ReportMail

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

log = logging.getLogger(__name__)

State = Report.State
TASK = "hera.figures.make_reports"
AT_ONCE = 3  # of one member of staff
LOST_AFTER = dt.timedelta(minutes=10)
TRIES = 2
KEPT_FOR = dt.timedelta(days=90)


class TooMany(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever asked for one more."""


@transaction.atomic
def ask(user: User, month: dt.date, language: str, *, is_masked: bool, to: Iterable[User] = ()) -> Report:
    """Have a report made.

    Args:
        to: members of staff who get it by e-mail once it is made.

    Raises:
        TooMany: this member of staff waits for several already.
    """
    if Report.objects.filter(asked_by=user, state__in=[State.WAITING, State.MAKING]).count() >= AT_ONCE:
        raise TooMany(_("Other reports of yours are still being made. Wait until one is ready."))
    now = clock.now()
    asked = Report.objects.create(asked_by=user, asked_at=now, month=month, language_code=language, is_masked=is_masked)
    mails.ask(asked, to)
    app.configure_task(TASK, queueing_lock=f"{TASK}/{asked.pk}").defer(timestamp=int(now.timestamp()))
    return asked


def of(user: User) -> QuerySet[Report]:
    """This member of staff's reports, newest first, without their files, with what came of their e-mails."""
    to = Prefetch("mails", ReportMail.objects.select_related("to").order_by("pk"))
    return Report.objects.filter(asked_by=user).order_by("-pk").defer("content").prefetch_related(to)


def months_to_choose(count: int = 12) -> list[dt.date]:
    """The months that are over, the latest first."""
    today = clock.today_in(timezones.default())
    return [months_later(today, -number) for number in range(1, count + 1)]


def make_all() -> int:
    """Make every report that waits; returns how many became ready."""
    Report.objects.filter(asked_at__lt=clock.now() - KEPT_FOR).delete()
    made = 0
    while asked := _claim():
        made += _make(asked)
    return made


@transaction.atomic
def _claim() -> Report | None:
    lost = Q(state=State.MAKING, begun_at__lt=clock.now() - LOST_AFTER)
    waiting = Report.objects.filter(Q(state=State.WAITING) | lost).defer("content")
    asked = waiting.select_for_update(skip_locked=True).order_by("pk").first()
    if asked is None:
        return None
    asked.tries += 1
    # What is lost every time may be what ends its worker.
    asked.state = State.MAKING if asked.tries <= TRIES else State.FAILED
    asked.percent, asked.begun_at = 0, clock.now()
    asked.save(update_fields=["state", "tries", "percent", "begun_at"])
    return asked if asked.state == State.MAKING else _claim()


def _make(asked: Report) -> bool:
    from hera.figures import report  # noqa: PLC0415  (with fonts and pictures; the worker seldom makes one)

    mine = Report.objects.filter(pk=asked.pk, state=State.MAKING, begun_at=asked.begun_at)

    def reached(percent: int) -> None:
        mine.update(percent=percent)

    try:
        content = report.made(
            asked.month,
            asked.language_code,
            masked=asked.is_masked,
            reached=reached,
        )
    except Exception:
        log.exception("report %s was not made", asked.pk)
        mine.update(state=State.FAILED, finished_at=clock.now())
        return False
    return bool(mine.update(state=State.READY, percent=100, content=content, finished_at=clock.now()))
