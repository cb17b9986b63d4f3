"""The alarms of one machine: what is wrong with it, told to whoever HERA_ALARM_URLS names (ADR 23).

`hera-alarms.timer` looks every five minutes, and a unit that fails has it look at once. Nothing of Django is imported:
an alarm has to go out when the settings, the database or the web server are what is wrong.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BACKUPS = Path("/var/lib/hera/backups")
DISKS = (Path("/"), Path("/var/lib/postgresql"), Path("/var/lib/hera"))
HERE = "http://127.0.0.1:8000"
BACKUP_OLD_AFTER = dt.timedelta(hours=26)  # one a night, and two hours for a large one
CLOCKS_DIFFER = dt.timedelta(minutes=1)
LEAST_FREE = 0.10  # of a disk
CERTIFICATE_DAYS = 14  # Caddy renews 30 days before the end: half of that has gone wrong
PASSES_WITHIN = dt.timedelta(minutes=4)  # a restart, or one job that was late
TOLD_AGAIN_AFTER = dt.timedelta(hours=6)
_SECONDS = 20
_BACKUP_TIME = re.compile(r"-(\d{8}T\d{6}Z)\.dump\.(?:age|gpg)$")

# What it means for mothers that a unit has failed, and what to paste.
_UNITS = {
    "hera-backup": "if this machine is lost, so is what mothers have told since the last backup. Paste:"
    " journalctl --unit hera-backup --lines 20; then, once it is mended: systemctl start hera-backup",
    "hera-notifications": "no reminders are made; they will be, late, once it runs. Paste:"
    " journalctl --unit hera-notifications --lines 20",
    "hera-surveys": "no questions are asked; they will be, late, once it runs. Paste:"
    " journalctl --unit hera-surveys --lines 20",
    "hera-web": "nobody can sign in or see her calendar; reminders go out. Paste:"
    " journalctl --unit hera-web --lines 20",
    "hera-worker": "no reminder and no sign-in code goes out; nothing is lost. Paste:"
    " journalctl --unit hera-worker --lines 20",
    "caddy": "nobody reaches HERA; reminders go out. Paste: journalctl --unit caddy --lines 20",
    "postgresql": "nobody can sign in, and no reminder goes out; nothing is lost. Paste:"
    " journalctl --unit 'postgresql*' --lines 20",
}


@dataclass(frozen=True)
class Problem:
    """What is wrong, what it means for mothers, and the command to paste."""

    key: str
    sentence: str
    may_pass: bool = False  # told once it has lasted for PASSES_WITHIN


def look(environment: Mapping[str, str]) -> list[Problem]:
    """Everything that is wrong with this machine now."""
    host = _host(environment)
    return [
        *failed_units(),
        *not_ready(HERE, host),
        *full_disks(DISKS),
        *old_backup(BACKUPS, dt.datetime.now(dt.UTC)),
        *certificate(host, 443),
    ]


def failed_units() -> Iterator[Problem]:
    """The units that systemd has given up."""
    command = ["systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "hera-*", "caddy*", "postgresql*"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)  # noqa: S603
    if listed.returncode:
        yield Problem(
            "systemd", f"systemd does not say which units have failed: {listed.stderr.strip()}", may_pass=True
        )
    for line in listed.stdout.splitlines():
        unit = line.split()[0]
        name = next((name for name in _UNITS if unit.startswith(name)), None)
        means = _UNITS[name] if name else f"look what it does. Paste: journalctl --unit {unit} --lines 20"
        yield Problem(f"unit {unit}", f"{unit} has failed: {means}")


def not_ready(address: str, host: str) -> Iterator[Problem]:
    """What `/infra/ready/` says, word by word."""
    request = urllib.request.Request(f"{address}/infra/ready/", headers={"Host": host})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            return
    except urllib.error.HTTPError as answer:
        body = answer.read(20_000)
        try:
            said = str(json.loads(body)["detail"])
        except (ValueError, KeyError, TypeError):
            said = f"the web server answers {answer.code}. Paste: journalctl --unit hera-web --lines 50"
    except OSError as problem:
        said = f"the web server does not answer ({problem}). Paste: systemctl restart hera-web"
    yield Problem("ready", f"HERA cannot do its work: {said}", may_pass=True)


def full_disks(folders: tuple[Path, ...]) -> Iterator[Problem]:
    """Disks that are nearly full, each once."""
    seen = set()
    for folder in folders:
        if not folder.is_dir() or (disk := folder.stat().st_dev) in seen:
            continue
        seen.add(disk)
        usage = shutil.disk_usage(folder)
        if usage.free < LEAST_FREE * usage.total:
            yield Problem(
                f"disk {folder}",
                f"The disk of {folder} is nearly full: {usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB are left."
                " Once it is full, nothing that a mother says is kept, and no reminder goes out. Paste: journalctl"
                f" --vacuum-size=200M; apt-get clean; du --one-file-system --max-depth=3 {folder} | sort -n | tail",
            )


def old_backup(folder: Path, now: dt.datetime) -> Iterator[Problem]:
    """Whether the newest backup is of last night."""
    try:
        named = [found[1] for path in folder.iterdir() if (found := _BACKUP_TIME.search(path.name))]
    except FileNotFoundError:
        named = []
    # One that a clock made which was ahead says nothing of last night.
    latest = f"{now + CLOCKS_DIFFER:%Y%m%dT%H%M%SZ}"
    newest = max((name for name in named if name <= latest), default=None)
    if newest and now - dt.datetime.strptime(newest, "%Y%m%dT%H%M%S%z") <= BACKUP_OLD_AFTER:
        return
    what = f"The newest backup is of {newest}" if newest else "There is no backup"
    yield Problem(
        "backup",
        f"{what}: if this machine is lost, so is what mothers have told since. Paste: systemctl start hera-backup;"
        " journalctl --unit hera-backup --lines 20",
    )


def certificate(host: str, port: int, address: str = "127.0.0.1") -> Iterator[Problem]:
    """Whether phones believe the certificate, and for how long yet."""
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((address, port), timeout=_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
            lives = ends - ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notBefore"]))
    except ssl.SSLCertVerificationError as problem:
        yield Problem(
            "certificate", f"Phones do not believe the certificate of {host} ({problem.verify_message}){_CADDY}"
        )
        return
    except OSError as problem:
        yield Problem("https", f"{host} does not answer to HTTPS ({problem}){_CADDY}", may_pass=True)
        return
    left = ends - dt.datetime.now(dt.UTC).timestamp()
    # Certificates of a few days, as Caddy's own authority gives them, are renewed in the last third of their life.
    if left < min(CERTIFICATE_DAYS * 86_400, lives / 6):
        yield Problem("certificate", f"The certificate of {host} ends in {left / 86_400:.1f} days{_CADDY}")


_CADDY = (
    ": nobody reaches HERA once phones refuse it; reminders go out. Paste: journalctl --unit caddy --lines 50;"
    " systemctl restart caddy"
)


def tell(problems: list[Problem], state: Path, now: dt.datetime, send: Callable[[str, str], bool]) -> bool:
    """Tell what is new, what lasts for hours, and what is over. What could not be told is told at the next look.

    Args:
        state: the file that remembers what was told, and when.
        send: takes a title and a text; says whether they arrived.
    """
    before: dict[str, dict[str, Any]] = json.loads(state.read_text()) if state.is_file() else {}
    after: dict[str, dict[str, Any]] = {}
    arrived = True
    for problem in problems:
        known = before.get(problem.key, {"since": now.isoformat(), "told": None})
        waits = problem.may_pass and _within(known["since"], now, PASSES_WITHIN)
        if not waits and not _within(known["told"], now, TOLD_AGAIN_AFTER):
            if send("HERA: look at this", problem.sentence):
                known["told"] = now.isoformat()
            else:
                arrived = False
        after[problem.key] = {**known, "sentence": problem.sentence}
    for key in before.keys() - after.keys():
        if before[key]["told"] is not None and not send("HERA: over", f"It is over: {before[key]['sentence']}"):
            after[key], arrived = before[key], False
    unready = state.with_suffix(".new")
    unready.write_text(json.dumps(after))
    unready.replace(state)
    return arrived


def _within(moment: str | None, now: dt.datetime, time: dt.timedelta) -> bool:
    """Whether it was less than `time` ago; a clock that was set back silences no alarm."""
    return moment is not None and dt.timedelta(0) <= now - dt.datetime.fromisoformat(moment) < time


def sender(environment: Mapping[str, str]) -> Callable[[str, str], bool]:
    """What sends to the addresses of HERA_ALARM_URLS, in apprise's notation; without any, the journal alone has it."""
    import apprise  # noqa: PLC0415  (slow to import)

    gateways = apprise.Apprise()
    addresses = environment.get("HERA_ALARM_URLS", "").split()
    unknown = [number for number, address in enumerate(addresses, 1) if not gateways.add(address)]
    name = environment.get("HERA_ENVIRONMENT", "local")

    def send(title: str, text: str) -> bool:
        print(f"{title}: {text}", flush=True)  # noqa: T201
        if unknown:  # an address holds a password: no sentence repeats it
            print(f"HERA_ALARM_URLS: apprise does not know address number {unknown[0]}.", flush=True)  # noqa: T201
        if not addresses:
            print("Nobody is told: HERA_ALARM_URLS is not set in /etc/hera/hera.env.", flush=True)  # noqa: T201
            return True
        return bool(gateways.notify(title=f"{title} ({name})", body=text)) and not unknown

    return send


def main(arguments: list[str], environment: Mapping[str, str]) -> str | None:
    """`look` or `test`; returns what to end with."""
    send = sender(environment)
    failed = "The alarm did not arrive: look at HERA_ALARM_URLS in /etc/hera/hera.env, then paste: hera alarm-test"
    if arguments == ["test"]:
        if not environment.get("HERA_ALARM_URLS", "").strip():
            return "HERA_ALARM_URLS is not set in /etc/hera/hera.env: it wants an address such as ntfy://ntfy.sh/a-long-word"
        return None if send("HERA: a test", "Alarms of this machine reach you. Nothing is wrong.") else failed
    if arguments != ["look"]:
        return "It wants one word: look, or test."
    folder = Path(environment.get("STATE_DIRECTORY", "/var/lib/hera-alarms"))
    return None if tell(look(environment), folder / "told.json", dt.datetime.now(dt.UTC), send) else failed


def _host(environment: Mapping[str, str]) -> str:
    return environment.get("HERA_ALLOWED_HOSTS", "localhost").split(",")[0].strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
