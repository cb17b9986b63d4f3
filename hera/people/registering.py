"""Families without a phone app, whom staff register: they are called or visited.

Without a number nothing is ever sent: the account is named after none (`phone_numbers.no_number`). A number that staff
typed is one that nobody has proven, as after a move of an account by staff.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.child_health.models import Child, PastVaccinationChange
from hera.child_health.services import Declaration, declare_pregnancy, save_child
from hera.core import clock, phone_numbers
from hera.health_center.services import set_center
from hera.people.filter import PeopleFilter
from hera.user_profile import number_changes
from hera.user_profile.models import Gender, PushTarget
from hera.user_profile.services import save_onboarding, save_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from hera.health_center.models import HealthCenter
    from hera.health_center.places import Place

_TOLD = ("has_filled_profile", "has_filled_pregnancy_status", "has_filled_children_info")


YOUNGEST, OLDEST = 10, 60  # years; whoever is neither was mistyped, or is not the mother


def no_mother(born: dt.date, today: dt.date) -> str:
    """Why somebody of this birth date is not registered as a mother; blank if she may be one."""
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if YOUNGEST <= years <= OLDEST:
        return ""
    told = _("A mother is between %(youngest)d and %(oldest)d years old: look at her birth date again.")
    return told % {"youngest": YOUNGEST, "oldest": OLDEST}


@dataclass(frozen=True)
class RegisteredChild:
    name: str
    gender: str
    born: dt.date


@dataclass(frozen=True)
class Family:
    """What a mother tells whoever registers her; she has agreed that it is kept."""

    name: str
    born: dt.date
    language: str
    number: str = ""  # E.164
    center: HealthCenter | None = None
    place: Place | None = None
    pregnancy: Declaration | None = None
    children: Sequence[RegisteredChild] = ()


@transaction.atomic
def register(family: Family) -> User:
    """Make her account, with all that she told.

    Raises:
        NumberTaken: if somebody has the number, and nothing is made.
        TooMany: of more children than one person may have, and nothing is made.
    """
    user = User(username=phone_numbers.no_number())
    user.set_unusable_password()
    user.save()
    if family.number:
        number_changes.change_number(user, family.number, session=None, site="", is_proven=False)
        PushTarget.objects.filter(user=user).delete()  # no phone is registered for push
    values = {
        "name": family.name,
        "gender": Gender.FEMALE,
        "date_of_birth": family.born,
        "language_code": family.language,
        "agree_to_terms_at": clock.now(),
    }
    save_profile(user, values)
    save_onboarding(user, dict.fromkeys(_TOLD, True))
    set_center(user, family.center, family.place)
    if family.pregnancy is not None:
        declare_pregnancy(user, family.pregnancy)
    for told in family.children:
        child = Child(user=user, name=told.name, gender=told.gender, date_of_birth=told.born)
        save_child(child, [], PastVaccinationChange.Source.STAFF)
    return user


def known_already(name: str, born: dt.date) -> QuerySet[User]:
    """People of this name and this birth date, of whom this may be one."""
    form = PeopleFilter({"name": name})
    form.is_valid()
    return User.objects.filter(form.condition(), is_staff=False, profile__date_of_birth=born).order_by("-pk")
