"""What a message or a text is for, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import Promise

NAMES: Mapping[str, Promise] = {
    "sign_in": _("sign-in codes"),
    "notification": _("reminders and messages of staff"),
    "inactivity": _("warnings of unused accounts"),
    "number_change": _("codes for a new number"),
    "number_changed": _("news of a changed number"),
    "staff_phone": _("codes for staff"),
    "opt_out": _("answers to who wants no texts"),
    "erasure": _("codes to erase an account"),
}


def said(purpose: str) -> str:
    """A purpose in words; as it is kept where there are none for it."""
    return str(NAMES.get(purpose, purpose))
