"""The README's commands, as a newcomer runs them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest

from hera.devserver import embedded
from hera.devserver.processes import MANAGE, free_port


def wait_until_ready(here, seconds=30):
    """The worker says that it lives a moment after it starts."""
    deadline = time.monotonic() + seconds
    while (answer := httpx.get(f"{here}/infra/ready/", timeout=10)).status_code != 200:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    assert answer.json()["status"] == "ready"


@pytest.fixture
def environment():
    with embedded.scratch_database(os.environ["DATABASE_URL"], f"hera_local_{os.getpid()}") as url:
        yield {**os.environ, "DATABASE_URL": url}


@pytest.mark.xdist_group("local-server")
def test_the_demo_plays_and_ends(environment):
    run = subprocess.run([*MANAGE, "demo"], env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "reminded once, asked once, ticked once" in run.stdout


def processes_with(mark):
    """The ids of running processes that have this in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


@pytest.mark.xdist_group("local-server")
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="processes are looked up in /proc")
def test_a_demo_that_is_stopped_leaves_nothing_running(environment):
    mark = f"HERA_TEST_MARK={uuid4().hex}"
    process = subprocess.Popen(
        [*MANAGE, "demo"],
        env={**environment, **dict([mark.split("=")])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while len(processes_with(mark)) < 4:  # itself, gunicorn with its child, and the worker
        assert time.monotonic() < deadline
        time.sleep(0.2)
    process.terminate()
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "The demo was stopped; nothing of it is left." in said
    assert "Traceback" not in said
    assert processes_with(mark) == []


@pytest.mark.xdist_group("local-server")
def test_up_serves_everything_until_it_is_stopped(environment, tmp_path):
    port = free_port()
    process = subprocess.Popen(
        [*MANAGE, "up"],
        env={**environment, "PORT": str(port), "HERA_DATA_DIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines, both_ran = [], threading.Event()

    def read():
        for line in process.stdout:
            lines.append(line)
            if {"notifications", "surveys"} <= set(re.findall(r"job=(\w+)", "".join(lines))):
                both_ran.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert both_ran.wait(180), "".join(lines)
        here = f"http://127.0.0.1:{port}"
        wait_until_ready(here)
        assert httpx.get(f"{here}/admin/login/", timeout=10).status_code == 200
        number = {"phone_number": "+905300000001"}
        assert httpx.post(f"{here}/otp_auth/request_challenge/", json=number, timeout=10).status_code == 201
        again = subprocess.run(
            [*MANAGE, "up"], env={**environment, "PORT": str(port)}, capture_output=True, text=True, check=False
        )
        assert f"Port {port} is in use" in again.stderr
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
        reader.join()
        process.stdout.close()
    output = "".join(lines)
    assert code == 0, output
    assert re.search(r"SMS to \+905300000001: .*\d{6}", output)
    assert "Stopped." in output
    assert re.search(r"Made in \d+ seconds, over two years: 300 families, ", output)


def test_a_database_of_an_earlier_state_of_the_code_is_said_in_one_sentence(environment):
    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE django_migrations (id int, app text, name text, applied timestamptz)")
        connection.execute("INSERT INTO django_migrations VALUES (1, 'events', '0021_live_tables', now())")
    command = [*MANAGE, "up"]
    asked = {**environment, "PORT": str(free_port())}
    run = subprocess.run(command, env=asked, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "make clean" in run.stderr
    assert "Traceback" not in run.stderr
