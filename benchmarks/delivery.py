"""Delivery: what one worker process and four send, against a provider that answers after 50 ms, and rendering."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import psycopg

from benchmarks import world
from benchmarks.measure import inside, job
from benchmarks.report import Table
from hera.devserver.processes import MANAGE

ANSWER_AFTER = 0.05  # seconds
RENDERED = 50_000
WORKERS = [1, 2, 4]


def run(make_database, messages: int) -> Table:
    table = Table(f"Delivery of {messages:,} messages", [
        "what", "messages a second", "seconds", "MiB of one process", "ms of processor time a message"
    ])  # fmt: skip
    with provider() as address, make_database() as url:
        world.fill(url, users=messages, due=messages)
        job(url, "generate_notifications", "--at", f"{world.TARGET}{world.NOON}")
        with psycopg.connect(url, autocommit=True) as connection:
            # The windows of that day of 2027 are opened now, so that the real clock finds them due.
            connection.execute(
                "UPDATE events_notificationevent SET notification_available_at = now() - interval '1 minute',"
                " notification_expires_at = now() + interval '1 day'"
            )
        rate = {}
        for workers in WORKERS:
            _queue_again(url)
            seconds, mebibytes, processor = _deliver(url, address, workers)
            rate[workers] = messages / seconds
            row = round(rate[workers]), seconds, mebibytes, processor / messages * 1000
            table.add(f"{workers} worker process(es)", *row)
        rendered = inside(url, "rendering", RENDERED)
        per_second = round(RENDERED / rendered.seconds)
        table.add(f"rendering the texts of {RENDERED:,}", per_second, rendered.seconds, rendered.mebibytes, "")
    table.note = (
        f"The provider answers after {ANSWER_AFTER * 1000:.0f} ms. Four processes sent {rate[4] / rate[1]:.1f} times"
        f" what one did, on {os.cpu_count()} cores that also ran the database and the provider."
    )
    return table


@contextlib.contextmanager
def provider():
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.provider", str(ANSWER_AFTER)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.terminate()
        process.communicate()


def _queue_again(url: str) -> None:
    """All messages back into the outbox, with their tasks, as the job wrote them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE delivery_message, delivery_attempt, procrastinate_jobs CASCADE")
    inside(url, "queue_all")


def _deliver(url: str, provider: str, workers: int) -> tuple[float, float, float]:
    """Seconds from the first call to the last answer, the largest process in MiB, and the processor's seconds of all.

    What a process takes to start, about a second, is in the last figure.
    """
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "HERA_DB_SECRET": "",
        "HERA_PUSH_CHANNEL": "onesignal",
        "HERA_ONESIGNAL_APP_ID": "app",
        "HERA_ONESIGNAL_API_KEY": "key",
        "HERA_ONESIGNAL_URL": provider,
    }
    processes = [
        subprocess.Popen([*MANAGE, "deliver", "--once"], env=environment, stdout=subprocess.DEVNULL)
        for _ in range(workers)
    ]
    largest, processor = 0, 0.0
    for process in processes:
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError("deliver failed")
        largest = max(largest, usage.ru_maxrss)
        processor += usage.ru_utime + usage.ru_stime
    with psycopg.connect(url) as connection:
        states, seconds = connection.execute(
            "SELECT (SELECT array_agg(DISTINCT state::text) FROM delivery_message),"
            " extract(epoch FROM max(finished_at) - min(started_at)) FROM delivery_attempt"
        ).fetchone()
    if states != ["delivered"]:
        raise RuntimeError(f"not all delivered: {states}")
    return float(seconds), largest / 1024, processor
