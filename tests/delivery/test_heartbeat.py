"""Whether a worker still works, as whoever watches its container asks it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections

from hera.config import REPOSITORY
from hera.core import tables
from hera.delivery import heartbeat
from hera.devserver.processes import MANAGE


def look(file: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "hera.delivery.heartbeat"], cwd=REPOSITORY, capture_output=True, text=True, check=False,
        env={**os.environ, heartbeat.VARIABLE: str(file)},
    )  # fmt: skip
    return done.returncode, done.stderr.strip()


@pytest.mark.parametrize(
    ("age", "code", "says"),
    [
        (None, 1, "The worker has not reached its tables yet."),
        (0, 0, ""),
        (heartbeat.SILENT_AFTER - 60, 0, ""),
        (heartbeat.SILENT_AFTER + 60, 1, "The worker has not been heard of for 660 seconds."),
    ],
)
def test_a_container_asks_how_old_the_last_beat_is(tmp_path, age, code, says):
    file = tmp_path / "beat"
    if age is not None:
        file.touch()
        os.utime(file, (time.time() - age,) * 2)
    answer = look(file)
    assert answer[0] == code
    assert answer[1].split(" seconds")[0].rstrip("0123456789") == says.split(" seconds")[0].rstrip("0123456789")


def test_it_says_what_it_wants():
    assert look("") == (1, "HERA_WORKER_HEARTBEAT is not set: it wants the file that the worker touches.")


def beats_within(file, seconds: float) -> bool:
    async def beat() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(heartbeat.keep_beating(file), seconds)

    asyncio.run(beat())
    return file.exists()


def test_a_worker_that_cannot_reach_its_tables_never_beats(tmp_path, monkeypatch):
    def away() -> str:
        return "the database does not answer"

    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS", 0.01)
    monkeypatch.setattr(tables, "out_of_reach", away)
    old = tmp_path / "beat"
    old.touch()  # of a worker before it
    assert not beats_within(old, 0.3)


@pytest.mark.django_db(transaction=True)
def test_a_worker_beats_from_its_first_look_at_its_tables_on_whatever_the_database_does_then(tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeat, "BETWEEN_BEATS", 0.01)
    file = tmp_path / "beat"

    async def beat() -> None:
        beating = asyncio.create_task(heartbeat.keep_beating(file))
        while not file.exists():  # noqa: ASYNC110  (a file says nothing)
            await asyncio.sleep(0.01)

        def away(*_arguments: object) -> None:
            raise OperationalError

        with monkeypatch.context() as patch:
            patch.setattr(type(connections["default"]), "ensure_connection", away)
            file.unlink()
            while not file.exists():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        beating.cancel()
        await sync_to_async(connections.close_all)()

    asyncio.run(asyncio.wait_for(beat(), 60))
    assert file.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_worker_beats_while_it_runs(tmp_path):
    file = tmp_path / "beat"
    here = connections["default"].settings_dict
    url = f"postgresql://{here['USER']}:{here['PASSWORD']}@/{here['NAME']}?host={here['HOST']}"
    environment = {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": "", heartbeat.VARIABLE: str(file)}
    worker = subprocess.Popen([*MANAGE, "deliver"], env=environment)
    deadline = time.monotonic() + 60
    try:
        while look(file)[0]:
            assert time.monotonic() < deadline
            assert worker.poll() is None
            time.sleep(0.3)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
