"""A new version starts once beside the one that runs, and is asked what the load balancer would ask it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from hera.config import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

COMMAND = [sys.executable, "-m", "hera.operations.trial_start"]


def tried(*seconds: str, **more: str) -> tuple[int, str]:
    """Its exit code and its last line, with the database of this test."""
    address = settings.HERA.database.url.replace(
        f"/{settings.HERA.database.name}", f"/{connection.settings_dict['NAME']}", 1
    )
    ended = subprocess.run(
        [*COMMAND, *seconds], cwd=REPOSITORY, env={**os.environ, "DATABASE_URL": address, "HERA_DB_SECRET": "", **more},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    return ended.returncode, (ended.stderr.splitlines() or [""])[-1]


def test_a_version_that_finds_its_tables_starts():
    assert tried() == (0, "")


@pytest.mark.django_db(transaction=True)
def test_a_version_whose_tables_are_not_made_says_so():
    recorder = MigrationRecorder(connection)
    newest = recorder.migration_qs.filter(app="delivery").order_by("-name")[0].name
    recorder.record_unapplied("delivery", newest)
    try:
        code, said = tried("8")
    finally:
        recorder.record_applied("delivery", newest)
    assert code == 1
    assert "igrations are missing: run manage.py migrate." in said


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"HERA_QUIET_HOURS": "25:99"}, "HERA cannot start. HERA_QUIET_HOURS is '25:99'"),
        ({"HERA_SMS_CHANNEL": "messagebird"}, "HERA_MESSAGEBIRD_API_KEY"),
        ({"HERA_DB_SECRET": "{"}, "HERA_DB_SECRET"),
    ],
)
def test_a_version_that_its_settings_stop_says_which(more, says):
    code, said = tried(**more)
    assert code == 1
    assert says in said
