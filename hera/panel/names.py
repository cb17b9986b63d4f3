"""The names that staff sign in with, as they are compared: one spelling for one account."""

from __future__ import annotations

import re
import unicodedata

from django.contrib.auth.models import User

from hera.core import digits

_LONGEST = 150  # of a user name


def canonical(typed: str) -> str:
    """The one spelling of a typed name or e-mail address: without blanks around it, capitals, and wide letters.

    Folding may leave letters that are to be composed anew, so that is done after it, too (Unicode, chapter 3.13).
    """
    composed = unicodedata.normalize("NFKC", typed[:_LONGEST].strip())
    return unicodedata.normalize("NFKC", composed.casefold())[:_LONGEST]


def stored(typed: str) -> str:
    """The name under which the account is kept that is meant.

    Accounts have been kept as they were typed once: such a name is known by its own letters too. Both ways lead to
    one key of a limit, `canonical`.
    """
    own = unicodedata.normalize("NFKC", typed[:_LONGEST].strip())
    names = {own, canonical(typed)}
    found = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    return own if own in found else canonical(typed)


def is_taken(name: str, but: int | None = None) -> bool:
    """Does an account have this name already, in whatever spelling? `but` is the id of one that may."""
    others = User.objects.exclude(pk=but) if but else User.objects.all()
    return others.filter(username__iexact=canonical(name)).exists()


def is_a_number(name: str) -> bool:
    """Could it be a phone number, in digits of any script? Whoever holds it would sign in to this account by a code."""
    return re.fullmatch(r"[+\d\s().\-_/@]*\d[+\d\s().\-_/@]*", digits.plain(canonical(name))) is not None
