"""What is deleted because it is old: each with its setting (docs/privacy.md)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from hera.api import kept_answers, sessions, versions
from hera.core import clock
from hera.otp_auth import places
from hera.otp_auth.models import SmsOtpChallenge
from hera.privacy.models import ErasureRequest
from hera.user_profile import number_changes
from hera.user_profile.models import PhoneNumberChangeRequest, SignIn

SPENT_CODES_KEPT = dt.timedelta(days=1)


def delete_old() -> dict[str, int]:
    """Delete codes and sessions that can open nothing any more, old sign-ins, and from where they were."""
    now = clock.now()
    spent = now - SPENT_CODES_KEPT
    return {
        "codes": SmsOtpChallenge.objects.filter(expires_at__lt=spent).delete()[0]
        + SmsOtpChallenge.objects.filter(expires_at=None).delete()[0]
        + ErasureRequest.objects.filter(expires_at__lt=spent).delete()[0]
        + PhoneNumberChangeRequest.objects.filter(expires_at__lt=spent, solved_at=None).delete()[0],
        "sign_ins": _old_sign_ins(now),
        "places": places.delete_old(),
        "page_sessions": sessions.delete_pages(),
        "kept_answers": kept_answers.delete_old(),
        "number_changes": number_changes.delete_old(now),
        "list_changes": versions.merge(),
    }


def _old_sign_ins(now: dt.datetime) -> int:
    """All but each person's newest, which says the language that her next profile begins with."""
    before = now - dt.timedelta(days=settings.HERA.sign_ins_kept_days)
    newest = SignIn.objects.order_by("user_id", "-signed_in_at").distinct("user_id").values("pk")
    return SignIn.objects.filter(signed_in_at__lt=before).exclude(pk__in=newest).delete()[0]
