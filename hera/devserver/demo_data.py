"""People for a local server: made up, and only ever made where the environment is local."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction

from hera.child_health.models import Child, Pregnancy, Vaccine
from hera.child_health.services import Declaration, declare_pregnancy, save_child
from hera.core import clock
from hera.devserver.fixtures import FIXTURES, FURTHER_FIXTURES, REMINDERS
from hera.user_profile.services import save_onboarding, save_profile

if TYPE_CHECKING:
    from pathlib import Path

ADMIN = "admin@example.org"
_PEOPLE = [
    ("+905300000001", "Aylin", "tr", "Europe/Istanbul", 12),
    ("+905300000002", "Amal", "ar", "Europe/Istanbul", 30),
    ("+93701234567", "Zarghuna", "ps", "Asia/Kabul", None),
    ("+93701234568", "Parwin", "prs", "Asia/Kabul", 20),
    ("+447400123456", "Grace", "en", "Europe/London", None),
]


def load_programme() -> bool:
    """Load all fixtures into a database that has no vaccines yet; returns whether it did."""
    if Vaccine.objects.exists():
        return False
    call_command("loaddata", *FIXTURES, verbosity=0)
    call_command("loaddata", *REMINDERS, *FURTHER_FIXTURES, verbosity=0)
    return True


@transaction.atomic
def make_people() -> int:
    """Make the demo people who are not there yet; returns how many."""
    made = 0
    for number, name, language, timezone, week in _PEOPLE:
        user, is_new = User.objects.get_or_create(username=number)
        if is_new:
            _make_family(user, name, language, timezone, week)
            made += 1
    return made


def _make_family(user: User, name: str, language: str, timezone: str, week: int | None) -> None:
    today = clock.now().date()
    save_profile(
        user,
        {
            "name": name,
            "gender": "FEMALE",
            "date_of_birth": dt.date(1995, 5, 1),
            "agree_to_terms_at": clock.now(),
            "language_code": language,
            "timezone": timezone,
        },
    )
    flags = ("has_filled_profile", "has_filled_pregnancy_status", "has_filled_children_info")
    save_onboarding(user, dict.fromkeys(flags, True))
    if week is not None and not Pregnancy.objects.filter(user=user).exists():
        declare_pregnancy(user, Declaration(week, None, 0))
    # Eight weeks old tomorrow: the next vaccination, and the survey about it, are close.
    born = today - dt.timedelta(weeks=8) + dt.timedelta(days=1)
    save_child(Child(user=user, name=f"{name}'s child", date_of_birth=born, gender="FEMALE"), [])


def make_admin(password_file: Path) -> tuple[User, str]:
    """Make the demo admin if missing; the password stays the same from run to run."""
    if not password_file.exists():
        password_file.parent.mkdir(parents=True, exist_ok=True)
        password_file.write_text(secrets.token_urlsafe(12) + "\n")
        password_file.chmod(0o600)
    password = password_file.read_text().strip()
    user, _created = User.objects.get_or_create(
        username=ADMIN, defaults={"email": ADMIN, "is_staff": True, "is_superuser": True}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save()
    return user, password
