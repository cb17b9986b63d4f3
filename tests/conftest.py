from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_django
from _pytest.nodeid import coerce_node_id
from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.db.models.signals import post_migrate
from django.dispatch import receiver
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import hera.urls  # noqa: F401  (with the panel's pages, which walks go through)
from hera.child_health.models import PastVaccination, Vaccine
from hera.core import clock
from hera.devserver.fakes import FakeMessageBird, FakeOneSignal
from hera.immunization import pack_file
from hera.panel import roles
from hera.panel.models import AuditHead
from hera.texts import rendering
from tests import emptying, seed_rows
from tests.families import make_child, make_pregnancy, make_user
from tests.phone import Phone
from tests.push_service import PushService
from tests.staff import make_staff, sign_in

# The same examples on every run: a suite that fails now and then is not believed.
hypothesis_settings.register_profile(
    "hera", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=False
)
hypothesis_settings.register_profile("thorough", parent=hypothesis_settings.get_profile("hera"), max_examples=2000)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "hera"))

# A million rounds are to make thieves wait, and would make tests wait.
PBKDF2PasswordHasher.iterations = 1000

# A machine that others work on has time enough: what the limit is for has tests of its own.
rendering.SECONDS_AT_ONCE = 20.0

# A third of a second for each of 28 packs, in every module and test that reads them; nobody changes what was read.
pack_file.read_text = functools.lru_cache(maxsize=64)(pack_file.read_text)

Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@receiver(post_migrate)
def as_migrations_left_it(sender: AppConfig, plan: list | None = None, **_: object) -> None:
    """What Django does not see to when it empties the database after a transactional test: the rows that migrations
    made, and the tasks, whose table it does not manage. Without it a test's result would depend on its neighbours."""
    emptied = plan is None
    if emptied and sender is [config for config in apps.get_app_configs() if config.models_module][-1]:
        roles.create(apps)
        AuditHead.objects.get_or_create(
            pk=1, defaults={"last_id": 0, "last_hash": bytes(32), "anchor_id": 0, "anchor_hash": bytes(32)}
        )
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_periodic_defers, procrastinate_workers CASCADE")


emptying.instead_of_djangos()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        emptying.remember()


@pytest.fixture
def programme(db: None) -> None:
    """The three fixtures of the seed data."""
    seed_rows.bring()


@pytest.fixture
def onesignal() -> Iterator[FakeOneSignal]:
    with FakeOneSignal() as provider:
        yield provider


@pytest.fixture
def messagebird() -> Iterator[FakeMessageBird]:
    with FakeMessageBird() as provider:
        yield provider


@pytest.fixture
def push_service() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture
def phone(live_server, programme) -> Iterator[Phone]:
    """A phone with the app, signed out, calling a real server over HTTP."""
    with Phone(live_server.url) as client:
        yield client


@pytest.fixture
def mother(phone: Phone) -> Phone:
    """A phone whose owner is signed in and has a profile."""
    phone.sign_in_directly("+905321234567")
    phone.post("/user_profiles/", PROFILE).expect(201)
    return phone


@pytest.fixture
def signed_in(client):
    """A browser in which somebody of this role has signed in to the panel."""

    def as_role(role: str):
        sign_in(client, make_staff(role, f"{role.replace(' ', '.')}@example.org"))
        return client

    return as_role


@pytest.fixture
def amal(programme):
    """A mother in her 20th week, with a child of nine weeks that has been given one vaccine."""
    mother = make_user(number="+905321234567", name="Amal")
    child = make_child(mother, clock.now().date() - dt.timedelta(weeks=9), name="Leyla")
    make_pregnancy(mother, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
    PastVaccination.objects.create(child=child, vaccine=Vaccine.objects.filter(is_active=True).first())
    return mother


PROFILE = {
    "name": "Amal",
    "gender": "FEMALE",
    "date_of_birth": "1996-04-12",
    "agree_to_terms_at": "2026-01-01T00:00:00.000Z",
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one group run in one process: xdist names the group in an attribute that pytest 9.2 no longer reads."""
    for item in items:
        if (named := getattr(item, "_nodeid", None)) and named != item.nodeid:
            item._id = coerce_node_id(named)
