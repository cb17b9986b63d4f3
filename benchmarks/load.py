"""Phones for minutes on end: at four fifths of its capacity, does the server answer all, alike, in the same memory?

The capacity is measured first, by mothers who act as fast as they are answered. The load is made on the same cores.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks import api, world
from benchmarks.report import Table

MOTHERS = 32
CAPACITY_SECONDS = 60
SHARE = 0.8
SAMPLE_SECONDS = 10
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@dataclass(frozen=True)
class Figures:
    requests: int
    failures: int
    rate: float  # a second
    median: float  # ms
    tail: float  # 99th percentile, ms


def run(make_database, minutes: float) -> Table:
    with make_database() as url:
        _fill(url)
        with api.serving(url, api.SERVERS["chosen"]) as (address, pid):
            _load(address, CAPACITY_SECONDS / 4)  # warms up
            capacity = _load(address, CAPACITY_SECONDS)
            memory: list[float] = []
            done = threading.Event()
            sampler = threading.Thread(target=_sample, args=(pid, memory, done))
            sampler.start()
            try:
                steady = _load(address, minutes * 60, acts=capacity.rate * SHARE / MOTHERS)
            finally:
                done.set()
                sampler.join()
    table = Table(
        f"{MOTHERS} mothers for {minutes:g} minutes",
        ["load", "requests", "a second", "failures", "median ms", "99th percentile ms", "times"],
    )
    for name, figures in (("as fast as answered", capacity), (f"{SHARE:.0%} of that", steady)):
        ratio = f"{figures.tail / figures.median:.1f}"
        table.add(name, figures.requests, round(figures.rate), figures.failures, figures.median, figures.tail, ratio)
    minute = max(1, int(60 / SAMPLE_SECONDS))
    first, last = (sum(part) / len(part) for part in (memory[:minute], memory[-minute:]))
    table.note = f"Memory of the server: {first:.0f} MiB in the first minute, {last:.0f} MiB in the last."
    return table


def _sample(pid: int, memory: list[float], done: threading.Event) -> None:
    while not done.wait(SAMPLE_SECONDS):
        memory.append(api.mebibytes(pid))


def _load(address: str, seconds: float, acts: float = 0) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
        command += ["--users", str(MOTHERS), "--spawn-rate", str(MOTHERS), "--run-time", f"{round(seconds)}s"]
        command += ["--host", address, "--csv", f"{folder}/load", "--exit-code-on-error", "0", "--loglevel", "ERROR"]
        environment = {**os.environ, "HERA_LOAD_ACTS": str(acts)}
        subprocess.run(command, check=True, env=environment, capture_output=True)
        with Path(folder, "load_stats.csv").open(newline="") as file:
            total = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    return Figures(
        requests=int(total["Request Count"]),
        failures=int(total["Failure Count"]),
        rate=float(total["Requests/s"]),
        median=float(total["50%"]),
        tail=float(total["99%"]),
    )


def _fill(url: str) -> None:
    """A small country, of whose mothers the first are signed in, each with notifications and a survey."""
    world.fill(url, users=api.WHOLE.people, due=0)
    with psycopg.connect(url, autocommit=True) as connection:
        mothers = connection.execute("SELECT id FROM auth_user ORDER BY id LIMIT %s", [MOTHERS]).fetchall()
        for number, (mother,) in enumerate(mothers, start=1):
            connection.execute(
                "INSERT INTO authtoken_token (key, created, user_id) VALUES (%s, now(), %s)",
                [world.token_of(number), mother],
            )
        connection.execute(
            "INSERT INTO events_notificationevent (user_id, event_key, notification_type_id, context,"
            " notification_available_at, notification_expires_at, created_at, updated_at)"
            " SELECT id, 'bench/' || id || '/' || n, 100, jsonb_build_object('person_name', 'Leyla', 'vaccine_names',"
            " 'BCG, OPA', 'date', '2026-11-25', 'event_type', 'vaccination'), now() - n * interval '1 day',"
            " now(), now(), now()"
            " FROM unnest(%s::int[]) id, generate_series(1, 30) n",
            [[mother for (mother,) in mothers]],
        )
        connection.execute(
            "INSERT INTO surveys_survey (user_id, survey_template_id, event_key, context, available_at, expires_at,"
            " created_at, updated_at)"
            " SELECT id, (SELECT min(id) FROM surveys_surveytemplate), 'bench/' || id,"
            " jsonb_build_object('person_name', 'Leyla', 'vaccine_names', 'BCG', 'event_type', 'vaccination'),"
            " now(), now() + interval '7 days', now(), now() FROM unnest(%s::int[]) id",
            [[mother for (mother,) in mothers]],
        )
