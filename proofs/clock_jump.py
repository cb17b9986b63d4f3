"""The machine's clock goes three days ahead under what runs, and back.

The kernel's clock is shared with the machine that runs the proof, so it is moved for HERA's processes and PostgreSQL
alone (`clock.c`). Caddy stays with the kernel's, and so do systemd's timers: the kernel tells them of a clock that is
set, which is not shown here.
"""

from __future__ import annotations

import collections
import json
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from proofs import inside
from proofs.nspawn import Machine, NotShown
from proofs.page import NAME

MOTHERS = 3  # of each kind
DAYS = 3
CLOCK, LIBRARY = "/var/lib/moved-clock", "/usr/local/lib/moved-clock.so"
UNITS = ("web", "web-stand-in", "worker", "notifications", "surveys", "backup")
_NOW, _LATER, _NOT_TAKEN, _AFTERWARDS = "now", "later", "not taken", "afterwards"


def clock_jump(machine: Machine, token: str) -> str:
    """Nobody is told twice, or by the right clock before her day; what runs each minute goes on; returns what was seen.

    Raises:
        NotShown: with the first thing that does not hold.
    """
    _make_movable(machine)
    mothers = {_NOW: 0, _LATER: DAYS, _NOT_TAKEN: DAYS, _AFTERWARDS: 0}
    for kind in (_NOW, _LATER, _NOT_TAKEN):
        _born(machine, kind, visit_in=mothers[kind])
    _announce(machine)
    _are_pushed(machine, {_NOW})

    machine.run(f"echo '{_number(_NOT_TAKEN, 0)[:-2]}' > {inside.NOT_TAKEN}")
    _set(machine, DAYS)
    _announce(machine)
    _are_pushed(machine, {_NOW, _LATER})
    _sweeps(machine)
    _serves(machine, token)

    _set(machine, 0)
    machine.run(f"rm {inside.NOT_TAKEN}")
    _born(machine, _AFTERWARDS, visit_in=0)
    _announce(machine)
    _are_pushed(machine, {_NOW, _LATER, _AFTERWARDS})
    _sweeps(machine)
    _serves(machine, token)
    _are_pushed(machine, {_NOW, _LATER, _AFTERWARDS})  # and not what was not taken: its day is to come

    _set(machine, DAYS)  # as when those days have passed
    _announce(machine)
    _are_pushed(machine, set(mothers))
    _set(machine, 0)
    _announce(machine)
    _sweeps(machine)
    _are_pushed(machine, set(mothers))
    return (
        f"clock jump: {DAYS} days ahead and back, twice, under what runs: each of {len(mothers) * MOTHERS} mothers"
        " was told once, also where the provider did not answer meanwhile; jobs and worker went on by the clock of now"
    )


def _make_movable(machine: Machine) -> None:
    """Have HERA and PostgreSQL read the clock that can be moved, and start them anew, once."""
    source = Path(__file__).with_name("clock.c")
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "clock.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", built, source], check=True)
        machine.write(LIBRARY, built.read_bytes())
    machine.write(CLOCK, struct.pack("l", 0))
    folders = " ".join(f"/etc/systemd/system/hera-{unit}.service.d" for unit in UNITS)
    machine.run(
        f"""
        for folder in {folders}; do
          mkdir -p $folder
          printf '[Service]\\nEnvironment=LD_PRELOAD={LIBRARY} MOVED_CLOCK={CLOCK}\\n' > $folder/clock.conf
        done
        for file in /etc/postgresql/*/main/environment; do
          printf "LD_PRELOAD = '{LIBRARY}'\\nMOVED_CLOCK = '{CLOCK}'\\n" >> $file
        done
        systemctl daemon-reload && systemctl restart postgresql hera-web hera-worker"""
    )


def _set(machine: Machine, days: int) -> None:
    with (machine.root / CLOCK.lstrip("/")).open("r+b") as clock:  # in place: it is in the memory of what runs
        clock.write(struct.pack("l", days * 86_400))


def _number(kind: str, number: int) -> str:
    return f"+9053300{(_NOW, _LATER, _NOT_TAKEN, _AFTERWARDS).index(kind)}00{number:02}"


def _born(machine: Machine, kind: str, *, visit_in: int) -> None:
    """Mothers, each with a child that has a visit so many days from today, where it is about noon now."""
    numbers = [_number(kind, number) for number in range(MOTHERS)]
    machine.run(f"hera manage shell -c '{inside.FAMILIES.format(numbers=json.dumps(numbers), visit_in=visit_in)}'")


def _announce(machine: Machine) -> None:
    machine.run("systemctl start hera-notifications hera-surveys")


def _pushed(machine: Machine) -> list[str]:
    """To whom something was pushed, once for each time."""
    lines = machine.run(f"cat {inside.PUSHES} 2>/dev/null || true").splitlines()
    return [json.loads(line)["include_aliases"]["external_id"][0] for line in lines]


def _are_pushed(machine: Machine, kinds: set[str]) -> None:
    wanted = {_number(kind, number): 1 for kind in kinds for number in range(MOTHERS)}
    deadline = time.monotonic() + 120
    while True:
        told = collections.Counter(number for number in _pushed(machine) if number.startswith("+9053300"))
        if too_often := {number: times for number, times in told.items() if times > wanted.get(number, 0)}:
            raise NotShown(f"the clock jumped, and these were told too often, or too early: {too_often}")
        if told == wanted:
            return
        if time.monotonic() > deadline:
            state = _ask(
                machine,
                "SELECT state, reason, not_before, state_at, count(*) FROM delivery_message GROUP BY 1, 2, 3, 4",
            )
            raise NotShown(f"the clock jumped, and of {sorted(wanted)} only {dict(told)} were told: {state[-2000:]}")
        time.sleep(1)


def _sweeps(machine: Machine) -> None:
    """The worker goes on doing what it does each minute, by the clock of now."""
    query = (
        "SELECT abs(extract(epoch FROM now()) - defer_timestamp) < 90 FROM procrastinate_periodic_defers"
        " WHERE task_name = 'hera.delivery.sweep' ORDER BY id DESC LIMIT 1"
    )
    deadline = time.monotonic() + 90
    while "t" not in _ask(machine, query):
        if time.monotonic() > deadline:
            raise NotShown("the clock jumped, and the worker does not do any more what it does each minute")
        time.sleep(1)


def _serves(machine: Machine, token: str) -> None:
    """Ready, and she who is signed in still is."""
    machine.wait_for(f"curl --fail --silent https://{NAME}/infra/ready/", 240)
    head = f"--header 'Authorization: Token {token}'"
    machine.run(f"curl --fail --silent --output /dev/null {head} https://{NAME}/calendar_events/")


def _ask(machine: Machine, query: str) -> str:
    return machine.run(f'cd / && runuser -u postgres -- psql --quiet --tuples-only --dbname hera --command "{query}"')
