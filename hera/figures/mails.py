"""Reports by e-mail: to staff who were chosen, by the worker, with the PDF attached; what failed says why.

waiting -> sending -> sent or failed. What the mail server cannot take for now is tried again each minute, some
times. One that was lost with its worker is sent again, under the same id, so that a mail program shows it once.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.core import clock
from hera.figures.models import Report, ReportMail
from hera.texts import written_dates

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.functional import Promise

log = logging.getLogger(__name__)

State = ReportMail.State
MOST_RECIPIENTS = 20
TRIES = 5
LOST_AFTER = dt.timedelta(minutes=10)
TIMEOUT = 20  # seconds of one connection
_TEMPORARY = 500  # codes of SMTP below it

CAUSES: dict[str, Promise] = {
    "no_server": gettext_lazy("no mail server is set up here (HERA_MAIL_SERVER)"),
    "no_connection": gettext_lazy("the mail server does not answer"),
    "not_known": gettext_lazy("the mail server does not take our name and password"),
    "no_address": gettext_lazy("the mail server does not take this address"),
    "refused": gettext_lazy("the mail server does not take the report"),
    "left": gettext_lazy("this account was closed meanwhile, or has no e-mail address any more"),
}


class _Failed(Exception):  # noqa: N818  (named as the fact)
    """The mail server has not taken a report; whether another try may help."""

    def __init__(self, cause: str, *, may_help: bool, code: int | None = None) -> None:
        super().__init__(cause)
        self.cause, self.may_help, self.code = cause, may_help, code


def is_set_up() -> bool:
    """Whether reports can go by e-mail at all."""
    return settings.HERA.mail_server is not None


def address_of(user: User) -> str:
    """The e-mail address of a member of staff: her account's, or its name if that is one; blank if it has none."""
    for text in (user.email, user.username):
        try:
            validate_email(text)
        except ValidationError:
            continue
        return text
    return ""


def who_can_get_it() -> list[User]:
    """The staff accounts that have an e-mail address, by name."""
    staff = User.objects.filter(is_staff=True, is_active=True).order_by("username")
    return [user for user in staff if address_of(user)]


def ask(report: Report, recipients: Iterable[User]) -> None:
    """Have a report sent to these members of staff as soon as it is made; inside the caller's transaction."""
    ReportMail.objects.bulk_create(ReportMail(report=report, to=user) for user in recipients)


def send_all() -> int:
    """Send what waits, of reports that are ready; returns how many the mail server has taken."""
    sent, tried = 0, set[int]()
    while mail := _claim(tried):
        tried.add(mail.pk)
        sent += _send(mail)
    return sent


@transaction.atomic
def _claim(tried: set[int]) -> ReportMail | None:
    lost = Q(state=State.SENDING, begun_at__lt=clock.now() - LOST_AFTER)
    waiting = ReportMail.objects.filter(Q(state=State.WAITING) | lost, report__state=Report.State.READY)
    mail = waiting.exclude(pk__in=tried).select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
    if mail is not None:
        mail.state, mail.begun_at, mail.tries = State.SENDING, clock.now(), mail.tries + 1
        mail.save(update_fields=["state", "begun_at", "tries"])
    return mail


def _send(mail: ReportMail) -> bool:
    mine = ReportMail.objects.filter(pk=mail.pk, state=State.SENDING, begun_at=mail.begun_at)
    try:
        _hand_over(mail)
    except _Failed as failed:
        again = failed.may_help and mail.tries < TRIES
        log.warning("a report was not sent by e-mail", extra={"mail": mail.pk, "cause": failed.cause})
        mine.update(
            state=State.WAITING if again else State.FAILED, cause=failed.cause, code=failed.code, ended_at=clock.now()
        )
        return False
    return bool(mine.update(state=State.SENT, cause="", code=None, ended_at=clock.now()))


def _hand_over(mail: ReportMail) -> None:
    server, report, address = settings.HERA.mail_server, mail.report, address_of(mail.to)
    if server is None:
        raise _Failed("no_server", may_help=False)
    if not address or not mail.to.is_active:
        raise _Failed("left", may_help=False)
    with translation.override(report.language_code):
        subject = _("Programme report, %(month)s") % {"month": written_dates.month(report.month)}
        body = _("The report of this month is attached. It holds figures alone, and names nobody.")
    by = EmailBackend(
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_ssl=server.is_encrypted,
        use_tls=server.starts_encryption,
        timeout=TIMEOUT,
    )
    sender = settings.HERA.mail_from
    headers = {"Message-ID": f"<report-{report.pk}-{mail.pk}@{sender.rpartition('@')[2]}>"}
    letter = EmailMessage(subject, body, sender, [address], headers=headers, connection=by)
    letter.attach(f"hera-report-{report.month:%Y-%m}.pdf", bytes(report.content), "application/pdf")
    try:
        letter.send()
    except smtplib.SMTPAuthenticationError as problem:
        raise _Failed("not_known", may_help=False, code=problem.smtp_code) from None
    except smtplib.SMTPRecipientsRefused as problem:
        code = next((code for code, _said in problem.recipients.values()), None)
        raise _Failed("no_address", may_help=code is not None and code < _TEMPORARY, code=code) from None
    except smtplib.SMTPResponseException as problem:
        raise _Failed("refused", may_help=problem.smtp_code < _TEMPORARY, code=problem.smtp_code) from None
    except (OSError, smtplib.SMTPException):
        raise _Failed("no_connection", may_help=True) from None


def said(mail: ReportMail) -> str:
    """Why it has not arrived, in words; blank where nothing went wrong."""
    if not mail.cause:
        return ""
    cause = str(CAUSES.get(mail.cause, mail.cause))
    return f"{cause} ({mail.code})" if mail.code else cause
