"""Whether a new release may be called: asked once, of its tables; and not again when the database blinks."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from hera.config import REPOSITORY
from hera.operations import started

pytestmark = pytest.mark.django_db

ALIVE, STARTED = "/infra/health_check/", "/infra/started/"


@pytest.fixture(autouse=True)
def _just_started():
    started.forget()
    yield
    started.forget()


@pytest.fixture
def no_database():
    """Every statement ends as with a server that went away."""

    def away(*_arguments):
        raise OperationalError("the server went away")

    def block():
        return connection.execute_wrapper(away)

    return block


def test_it_is_started_once_it_has_reached_its_tables(client):
    answer = client.get(STARTED, headers={"Host": "10.0.0.7:8000"})  # as a load balancer calls it
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_release_that_cannot_reach_its_tables_is_not_started_and_says_why(client, no_database):
    with no_database():
        answer = client.get(STARTED)
        assert client.get(ALIVE).status_code == 200
    assert answer.status_code == 503
    assert "the database does not answer (OperationalError)" in answer.json()["detail"]
    assert client.get(STARTED).status_code == 200  # it is asked again until it has


def test_a_release_whose_migrations_never_ran_is_not_started(client):
    MigrationRecorder(connection).record_unapplied("delivery", newest("delivery"))
    answer = client.get(STARTED)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "migrations are missing: run manage.py migrate"


def test_the_version_before_starts_on_the_tables_of_the_next(client):
    MigrationRecorder(connection).record_applied("delivery", "9999_of_the_next_version")
    assert client.get(STARTED).status_code == 200


def test_a_blink_of_the_database_ends_no_server(client, no_database, django_assert_num_queries):
    assert client.get(STARTED).status_code == 200
    with no_database():
        assert [client.get(STARTED).status_code for _ in range(3)] == [200] * 3
    with django_assert_num_queries(0):
        client.get(STARTED)


def test_all_processes_of_a_server_are_one():
    """What one process of gunicorn has found, all others know, those too that take the place of an old one."""
    said = subprocess.run(
        [sys.executable, "-c", _FORKS], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout.split()
    assert said == ["0", "1"]


# gunicorn's master reads the module, without settings, before it forks.
_FORKS = """
import os
from hera.operations import web_worker, started
print(started._REACHED[0], flush=True)
if os.fork() == 0:
    started._REACHED[0] = 1
    os._exit(0)
os.wait()
if os.fork() == 0:
    print(started._REACHED[0], flush=True)
    os._exit(0)
os.wait()
"""


def newest(app: str) -> str:
    return max(name for label, name in MigrationRecorder(connection).applied_migrations() if label == app)
