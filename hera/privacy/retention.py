"""What is deleted because it is old: each with its setting (docs/privacy.md)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import connection, transaction

from hera.core import clock, imports
from hera.otp_auth.models import SmsOtpChallenge
from hera.privacy.models import ErasureRequest
from hera.user_profile.models import PhoneNumberChangeRequest, SignIn

SPENT_CODES_KEPT = dt.timedelta(days=1)


def delete_old() -> dict[str, int]:
    """Delete codes that can open nothing any more, old sign-ins, and audit entries past their time."""
    now = clock.now()
    spent = now - SPENT_CODES_KEPT
    return {
        "codes": SmsOtpChallenge.objects.filter(expires_at__lt=spent).delete()[0]
        + SmsOtpChallenge.objects.filter(expires_at=None).delete()[0]
        + ErasureRequest.objects.filter(expires_at__lt=spent).delete()[0]
        + PhoneNumberChangeRequest.objects.filter(expires_at__lt=spent, solved_at=None).delete()[0],
        "uploads": imports.delete_old_uploads(),
        "sign_ins": _old_sign_ins(now),
        "audit": _old_audit(now),
    }


def _old_sign_ins(now: dt.datetime) -> int:
    """All but each person's newest, which says the language that her next profile begins with."""
    before = now - dt.timedelta(days=settings.HERA.sign_ins_kept_days)
    newest = SignIn.objects.order_by("user_id", "-signed_in_at").distinct("user_id").values("pk")
    return SignIn.objects.filter(signed_in_at__lt=before).exclude(pk__in=newest).delete()[0]


def _old_audit(now: dt.datetime) -> int:
    """The trigger lets entries go to whoever says, for one transaction, that it is this job."""
    before = now - dt.timedelta(days=settings.HERA.audit_kept_days)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL hera.audit_retention = 'on'")
        cursor.execute("DELETE FROM custom_user_auditentry WHERE at < %s", [before])
        return int(cursor.rowcount)
