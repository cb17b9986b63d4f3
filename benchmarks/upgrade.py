"""The upgrade of a database of the earlier HERA, grown to many people, while others sign in."""

from __future__ import annotations

import subprocess
import threading
import time

import psycopg

from benchmarks.report import Table
from hera.devserver.processes import MANAGE
from tests import debian_postgres
from tests.upgrade import legacy

DUMP = "legacy_public"
SIGN_INS = [
    # What signing in reads and writes, as far as the upgrade touches the tables.
    "SELECT id FROM otp_auth_smsotpchallenge ORDER BY id DESC LIMIT 1",
    "SELECT key FROM authtoken_token JOIN auth_user ON auth_user.id = user_id WHERE username = '+905000001002'",
    "UPDATE auth_user SET last_login = now() WHERE username = '+905000001002'",
    "SELECT timezone FROM user_profile_userprofile WHERE user_id = 1002",
    """
    INSERT INTO auth_user (username, password, is_superuser, first_name, last_name, email, is_staff, is_active,
        date_joined)
    VALUES (gen_random_uuid(), '', false, '', '', '', false, true, now())
    """,
]
SHOWN = 0.5  # seconds; shorter migrations are summed up


def run(people: int) -> Table:
    with debian_postgres.server() as server:
        url = legacy.load(server, DUMP)
        legacy.grow(url, people)
        started = time.perf_counter()
        check = legacy.manage(url, "upgrade_check")
        if check.returncode:
            raise RuntimeError(check.stdout + check.stderr)
        checked = time.perf_counter() - started
        estimate = next(line for line in check.stdout.splitlines() if line.startswith("About "))
        with _SigningIn(url) as signing_in:
            seconds = _migrate(url)
        table = Table(f"Upgrade of a database with {people:,} people", ["what", "seconds"])
        table.add("upgrade_check", checked)
        for name, duration in seconds.items():
            if duration >= SHOWN:
                table.add(name, duration)
        table.add("all others together", sum(value for value in seconds.values() if value < SHOWN))
        table.add("migrate, without its start", sum(seconds.values()))
        table.add("the longest wait of a sign-in's statement", max(signing_in.waits))
        table.note = (
            f"{len(signing_in.waits):,} statements of sign-ins ran beside it, none failed; {_rows(url)}."
            f" upgrade_check had said: {estimate.split('.')[0]}."
        )
        return table


def _rows(url: str) -> str:
    with psycopg.connect(url) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("events_notificationevent", "surveys_survey")
        ]
    return f"{counts[0]:,} notifications and {counts[1]:,} surveys"


def _migrate(url: str) -> dict[str, float]:
    """Seconds of each migration, by the lines that `migrate` prints when one begins and when it ends."""
    process = subprocess.Popen(
        [*MANAGE, "migrate"], env=legacy.environment(url), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    seconds: dict[str, float] = {}
    line, begun, name = "", 0.0, ""
    assert process.stdout is not None
    while character := process.stdout.read(1):
        line += character
        if line.endswith("..."):
            name, begun = line.strip().removeprefix("Applying ").rstrip("."), time.perf_counter()
        elif character == "\n":
            if line.rstrip().endswith("OK") and name:
                seconds[name] = time.perf_counter() - begun
            line = ""
    if process.wait():
        raise RuntimeError("migrate failed")
    return seconds


class _SigningIn:
    """Statements of sign-ins, one after the other, each timed."""

    def __init__(self, url: str) -> None:
        self.waits: list[float] = []
        self._url = url
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> _SigningIn:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._over.is_set():
                for statement in SIGN_INS:
                    started = time.perf_counter()
                    connection.execute(statement)
                    self.waits.append(time.perf_counter() - started)
                time.sleep(0.005)
