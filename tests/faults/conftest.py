from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from hera.config import REPOSITORY
from hera.devserver.fakes import FakeOneSignal
from hera.devserver.fixtures import FIXTURES
from hera.devserver.processes import MANAGE, free_port
from tests import debian_postgres
from tests.debian_postgres import Server

NURSERY = [sys.executable, "-m", "tests.faults.nursery"]
OPEN = ("queued", "claimed", "retrying")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One after the other: they share two cores and look at what happens within seconds."""
    for item in items:
        if "tests/faults/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("faults"))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL of these tests' own: it is restarted under way."""
    debian_postgres.require()
    with debian_postgres.server("-c max_connections=200") as made:
        country = Country(made.create("empty_country"))
        country.manage("migrate", "--verbosity", "0")
        country.manage("loaddata", *FIXTURES, "--verbosity", "0")
        yield made


@pytest.fixture
def country(server: Server, onesignal: FakeOneSignal, tmp_path: Path) -> Country:
    """A country with nobody in it, whose pushes go to the fake provider."""
    return Country(
        server.create("country", "empty_country"),
        HERA_PUSH_CHANNEL="onesignal",
        HERA_ONESIGNAL_APP_ID="app",
        HERA_ONESIGNAL_API_KEY="key",
        HERA_ONESIGNAL_URL=onesignal.url,
        HERA_LOCAL_CLOCK=str(tmp_path / "clock"),
    )


class Country:
    """A database, and the commands and workers that run on it as processes of their own."""

    def __init__(self, url: str, **settings: str) -> None:
        self.url = url
        self.environment = {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": "", **settings}
        self.clock = Path(settings.get("HERA_LOCAL_CLOCK", os.devnull))

    def ask(self, statement: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*MANAGE, *arguments], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def manage(self, *arguments: str, seconds: float = 120) -> str:
        process = self.start(*arguments)
        output = process.communicate(timeout=seconds)[0]
        assert process.returncode == 0, output
        return output

    def make_due(self, people: int, zone: str = "Europe/Istanbul") -> None:
        """So many mothers, each with a child whose doses of week 8 are due today, announced at midnight her time."""
        today = f"(now() AT TIME ZONE '{zone}')::date"
        self.ask(
            f"""
            INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active,
                date_joined)
            SELECT '+90' || (5300000000 + n), '!', false, '', '', '', false, true, now()
            FROM generate_series(1, {people}) n;
            INSERT INTO user_profile_userprofile
                (user_id, name, gender, date_of_birth, agree_to_terms_at, language_code, timezone)
            SELECT id, 'Amal', 'FEMALE', '1995-01-01', now(), 'en', '{zone}' FROM auth_user;
            INSERT INTO child_health_child (user_id, name, date_of_birth, gender, created_at, updated_at)
            SELECT id, 'Leyla', {today} - 56, 'FEMALE', now(), now() FROM auth_user;
            INSERT INTO events_notificationtype (id, code, description) VALUES (50, 'vaccination.today', '-');
            INSERT INTO events_notificationtemplate
                (notification_type_id, language_code, push_title, push_body, in_app_content)
            VALUES (50, 'en', 'A reminder', 'Open HERA', '{{{{ vaccine_names }}}}');
            INSERT INTO events_notificationschedule (calendar_event_type, offset_days, time_of_day, push_time_to_live,
                notification_type_id, created_at, updated_at)
            VALUES ('vaccination', 0, '00:00', '2 days', 50, now(), now());
            """
        )

    def states(self) -> dict[str, int]:
        return dict(self.ask("SELECT state, count(*) FROM delivery_message GROUP BY state"))

    def wait_until_nothing_is_open(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while any(state in OPEN for state in self.states()):
            assert time.monotonic() < deadline, self.ask(
                "SELECT state, reason, attempts_made, not_before - now(), now() - enqueued_at, count(*)"
                " FROM delivery_message WHERE state = ANY(%s) GROUP BY 1, 2, 3, 4, 5 LIMIT 20",
                list(OPEN),
            )
            time.sleep(0.2)

    @contextlib.contextmanager
    def workers(self, count: int) -> Iterator[Workers]:
        with Workers(self.environment) as made:
            for _ in range(count):
                made.add()
            yield made


class Workers:
    """Delivery workers, added in milliseconds and killed at any instant."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.pids: list[int] = []
        self._nursery = subprocess.Popen(
            NURSERY, cwd=REPOSITORY, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._nursery.stdout.readline() == "ready\n"

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_exc: object) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._nursery.communicate()

    def add(self) -> None:
        self._nursery.stdin.write("worker\n")
        self._nursery.stdin.flush()
        self.pids.append(int(self._nursery.stdout.readline()))

    def kill(self, pid: int) -> bool:
        """Kill a worker; whether it still lived."""
        self.pids.remove(pid)
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


@pytest.fixture
def web(country: Country) -> Iterator[tuple[str, int]]:
    """The server as it runs in production, with its processes, threads and settings: its address and its process."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("gunicorn")), "-c", "gunicorn.conf.py", "--log-level", "critical"]
    # A mother of these tests declares hundreds of children.
    more_than_real = {"HERA_CHILDREN_PER_PERSON": "100000"}
    environment = {**country.environment, **more_than_real, "HERA_BIND": f"127.0.0.1:{port}"}
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while not is_up(address):
        assert time.monotonic() < deadline, "the server does not answer"
        time.sleep(0.1)
    yield address, process.pid
    process.terminate()
    process.wait(60)


def is_up(address: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{address}/infra/health_check/").status_code == 200
    return False


def kill_a_process_of(master: int) -> None:
    """Kill one of the processes of a web server."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
