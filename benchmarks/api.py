"""The API: requests a second, median and 99th percentile of what a phone app asks for, under each way of serving, and
what a bare application reaches under it (`limit`).

Ways of serving are measured in turns, path by path: a machine that others share is now fast, now slow, and so are all
of them together. The figures are medians of the rounds."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from benchmarks import world
from benchmarks.report import Table
from hera.devserver.processes import free_port

CONNECTIONS = 16
TOKEN = "b" * 40
HEALTH = "/infra/health_check/"
# What is aimed at: so many times the earlier implementation, and this part of the limit.
TIMES_EARLIER, PART_OF_LIMIT = 10, 0.4
# Requests a second of the earlier HERA, on two cores with the load, where they are known.
EARLIER = {
    HEALTH: 228,
    "/children/": 114,
    "/calendar_events/": 87,
    "/notification_events/": 20,
    "/surveys/pending/": 132,
}
# Of HERA itself, the same way, before its lists were answered by one prepared statement each (ADR 27).
BEFORE = {"/children/": 221, "/calendar_events/": 255, "/notification_events/": 132, "/surveys/pending/": 255}
LIMIT = "/"
NOTHING_NEW = "(nothing new)"
PATHS = [*EARLIER, "/pregnancies/", "/vaccines/", "/users/me/", "/user_profiles/{id}/"]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Extent:
    """How much is measured: rounds of so many seconds each, in a country of so many people."""

    seconds: int
    rounds: int
    people: int


WHOLE, QUICK = Extent(seconds=3, rounds=3, people=10_000), Extent(seconds=1, rounds=1, people=1_000)


@dataclass(frozen=True)
class Server:
    """One way of serving; `module` is the package that it needs."""

    name: str
    module: str
    command: list[str]
    application: str = "hera.wsgi:application"


def _gunicorn(*arguments: str) -> list[str]:
    return [str(BIN / "gunicorn"), *arguments]


SERVERS = {
    "chosen": Server("gunicorn as in gunicorn.conf.py", "gunicorn", _gunicorn("-c", "gunicorn.conf.py")),
    "threads-8": Server("gunicorn, 2 × 8 threads", "gunicorn", _gunicorn("-k", "gthread", "-w", "2", "--threads", "8")),
    "threads-2": Server("gunicorn, 2 × 2 threads", "gunicorn", _gunicorn("-k", "gthread", "-w", "2", "--threads", "2")),
    "threads-1": Server("gunicorn, 3 × 1 thread", "gunicorn", _gunicorn("-k", "gthread", "-w", "3", "--threads", "1")),
    "granian": Server(
        "granian, WSGI, 2 × 1 thread",
        "granian",
        [str(BIN / "granian"), "--interface", "wsgi", "--workers", "2", "--blocking-threads", "1"],
    ),
    "uvicorn": Server(
        "uvicorn, ASGI, 2 processes",
        "uvicorn",
        [str(BIN / "uvicorn"), "--workers", "2", "--log-level", "warning"],
        "benchmarks.asgi:application",
    ),
}


class RequestsFailed(Exception):  # noqa: N818
    """Not every answer was one."""


Figures = dict[str, tuple[float, float, float]]  # by path: requests a second, median, 99th percentile


def run(make_database, names: list[str], extent: Extent = WHOLE) -> list[Table]:
    wrk = shutil.which("wrk")
    if wrk is None:
        raise SystemExit("The API part needs wrk (Debian's package of that name).")
    servers = [SERVERS[name] for name in names if importlib.util.find_spec(SERVERS[name].module)]
    with make_database() as url, contextlib.ExitStack() as stack:
        mother = _fill(url, extent.people)
        running = {server.name: stack.enter_context(serving(url, server)) for server in servers}
        addresses = {name: address for name, (address, _pid) in running.items()}
        bare = [dataclasses.replace(server, application="benchmarks.limit:application") for server in servers]
        limits = {server.name: stack.enter_context(serving(url, server))[0] for server in bare}
        limit = {name: figures[LIMIT][0] for name, figures in _measure(wrk, limits, [LIMIT], extent).items()}
        paths = [path.replace("{id}", str(mother)) for path in PATHS]
        measured = _measure(wrk, addresses, paths, extent)
        lists = [path for path in paths if path != HEALTH]
        for name, figures in _measure(wrk, addresses, lists, extent, has=True).items():
            measured[name] |= {f"{path} {NOTHING_NEW}": figure for path, figure in figures.items()}
        memory = {name: mebibytes(running[name][1]) for name in measured}
    return [_table(name, figures, memory[name], limit[name]) for name, figures in measured.items()]


def _measure(
    wrk: str, addresses: dict[str, str], paths: list[str], extent: Extent, *, has: bool = False
) -> dict[str, Figures]:
    """The figures of each server; one that answers with errors is told of, and leaves.

    Args:
        has: the phone has the list already, and says so.
    """
    measured: dict[str, Figures] = {name: {} for name in addresses}
    for path in paths:
        rounds: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
        for turn in range(extent.rounds + 1):
            for name in list(measured):
                try:
                    address = addresses[name] + path
                    figures = _load(wrk, address, extent.seconds if turn else 1, _tag(address) if has else "")
                except RequestsFailed as problem:
                    print(f"{name} answered {path} with errors: {problem}\n", flush=True)
                    del measured[name]
                else:
                    rounds[name] += [figures] if turn else []  # the first warms up
        for name, figures_of in measured.items():
            figures_of[path] = tuple(map(statistics.median, zip(*rounds[name], strict=True)))
    return measured


def _table(name: str, figures: Figures, mebibytes: float, limit: float) -> Table:
    columns = [
        "path",
        "goal",
        "earlier",
        "before",
        "requests a second",
        "of the goal",
        "median ms",
        "99th percentile ms",
    ]
    table = Table(f"{name}; {CONNECTIONS} connections", columns)
    for path, (rate, middle, tail) in figures.items():
        earlier = EARLIER.get(path, "")
        goal = max(TIMES_EARLIER * (earlier or 0), PART_OF_LIMIT * limit)
        table.add(path, round(goal), earlier, BEFORE.get(path, ""), round(rate), f"{rate / goal:.0%}", middle, tail)
    table.note = (
        f"Its limit, a bare application with one prepared statement: {limit:,.0f} requests a second. The goal is"
        f" {TIMES_EARLIER} times the earlier HERA, and {PART_OF_LIMIT:.0%} of the limit."
        f" All of its processes together: {mebibytes:.0f} MiB (proportional set size)."
    )
    return table


def _tag(address: str) -> str:
    """The tag of a list, of which a call that sends it is told that nothing is new."""
    says = {"Authorization": f"Token {TOKEN}"}
    tag = httpx.get(address, headers=says).headers["ETag"]
    if httpx.get(address, headers=says | {"If-None-Match": tag}).status_code != httpx.codes.NOT_MODIFIED:
        raise RequestsFailed(f"{address} has something new at each call")
    return tag


def _load(wrk: str, address: str, seconds: int, tag: str = "") -> tuple[float, float, float]:
    says = ["-H", f"Authorization: Token {TOKEN}", *(["-H", f"If-None-Match: {tag}"] if tag else [])]
    printed = subprocess.run(
        [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", *says, address],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise RequestsFailed(" ".join(re.findall(r"Non-2xx.*|Socket errors.*|Requests/sec.*", printed)))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])
    return rate, _milliseconds(printed, 50), _milliseconds(printed, 99)


def _milliseconds(printed: str, percentile: int) -> float:
    number, unit = re.search(rf"{percentile}%\s+([\d.]+)(us|ms|s)", printed).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


@contextlib.contextmanager
def serving(url: str, server: Server):
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "HERA_DB_SECRET": "",
        "HERA_BIND": f"127.0.0.1:{port}",
        "HERA_ENVIRONMENT": "local",
        "DJANGO_SETTINGS_MODULE": "hera.settings",
    }
    command = list(server.command)
    if server.module == "gunicorn":
        command += ["--bind", f"127.0.0.1:{port}", "--log-level", "error", server.application]
    elif server.module == "granian":
        command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error", server.application]
    elif server.module == "uvicorn":
        command += ["--host", "127.0.0.1", "--port", str(port), server.application]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address + HEALTH)
        yield address, process.pid
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(address).status_code == 200:
                return
        if time.monotonic() > deadline:
            raise RuntimeError("the server does not answer")
        time.sleep(0.1)


def mebibytes(parent: int) -> float:
    """Memory of a process and its children; pages that they share are counted once."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    total = 0
    for pid in [str(parent), *children]:
        total += int(re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])
    return total / 1024


def _fill(url: str, people: int) -> int:
    """A small country, one of whose mothers has two children, 30 notifications and two pending surveys; her id."""
    world.fill(url, users=people, due=0)
    with psycopg.connect(url, autocommit=True) as connection:
        run = connection.execute
        mother = run("SELECT max(id) FROM auth_user").fetchone()[0]
        run(
            "INSERT INTO api_phonesession (user_id, key_hash, created_at, last_used_at, agent, typed_number)"
            " VALUES (%s, encode(sha256(%s::bytea), 'hex'), now(), now(), '', '')",
            [mother, TOKEN],
        )
        run("DELETE FROM child_health_child WHERE user_id = %s", [mother])
        run("DELETE FROM child_health_pregnancy WHERE user_id = %s", [mother])
        run(
            "INSERT INTO child_health_child (user_id, name, date_of_birth, gender, created_at, updated_at)"
            " SELECT %s, name, born::date, 'FEMALE', now(), now()"
            " FROM (VALUES ('Leyla', '2026-09-30'), ('Nur', '2023-02-14')) child (name, born)",
            [mother],
        )
        run(
            "INSERT INTO child_health_pastvaccination (child_id, vaccine_id, created_at)"
            " SELECT child.id, vaccine.id, now() FROM child_health_child child, child_health_vaccine vaccine"
            " WHERE child.user_id = %s AND vaccine.is_active",
            [mother],
        )
        run(
            "INSERT INTO events_notificationevent (user_id, event_key, notification_type_id, context,"
            " notification_available_at, notification_expires_at, created_at, updated_at)"
            " SELECT %s, 'bench/' || n, 100, jsonb_build_object('person_name', 'Leyla', 'vaccine_names', 'BCG, OPA',"
            " 'date', '2026-11-25', 'event_type', 'vaccination'), now() - n * interval '1 day', now(), now(), now()"
            " FROM generate_series(1, 30) n",
            [mother],
        )
        run(
            "INSERT INTO surveys_survey (user_id, survey_template_id, event_key, context, available_at, expires_at,"
            " created_at, updated_at)"
            " SELECT %s, 1, 'bench/' || n, jsonb_build_object('person_name', 'Leyla', 'vaccine_names', 'BCG, OPA'),"
            " now(), now() + interval '1 day', now(), now() FROM generate_series(1, 2) n",
            [mother],
        )
        run("ANALYZE")
    world.plan(url)
    return int(mother)
