"""Signing staff into the panel, past the second factor."""

from __future__ import annotations

import base64
import re
import time

from django.contrib.auth.models import Group, User
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import totp

from hera.core import clock
from hera.panel import sealing, second_factor
from hera.panel.models import Authenticator


def make_staff(role: str, name: str = "staff@example.org", **fields: str) -> User:
    """Somebody of this role."""
    user = User.objects.create_user(name, is_staff=True, **fields)
    user.groups.add(Group.objects.get(name=role))
    return user


def enrolled(user: User) -> Authenticator:
    """The person's authenticator, made if there is none."""
    defaults = {"sealed_seed": sealing.seal(second_factor.new_seed())}
    device, _created = Authenticator.objects.get_or_create(user=user, name="authenticator", defaults=defaults)
    return device


def sign_in(client, user: User) -> None:
    """A session of Django's test client as after the password and the second factor."""
    device = enrolled(user)
    client.force_login(user)
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session["second_factor_at"] = int(clock.now().timestamp())
    session.save()


def code_of(device: Authenticator, *, later: int = 0) -> str:
    """What the authenticator shows now, or some steps of 30 seconds later."""
    return str(totp(device.bin_key, t0=device.t0 - later * device.step, digits=device.digits)).zfill(device.digits)


def shown_key(page: str) -> bytes:
    """The seed that the page of enrolment shows to be typed."""
    typed = re.search(r'<code dir="ltr"[^>]*>([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    return base64.b32decode(typed + "=" * (-len(typed) % 8))


def code_of_key(seed: bytes) -> str:
    """What an authenticator with this seed shows now."""
    return str(totp(seed)).zfill(6)


def fresh_code(device: Authenticator) -> str:
    """A code that is good for at least some seconds more."""
    while time.time() % device.step > device.step - 3:
        time.sleep(0.2)
    return code_of(device)
