"""One machine, booted: docs/one-machine.md pasted block by block into a Debian that systemd-nspawn boots.

Run as `make proof ARGS=machine`, as root. The machine has no network of its own: Debian's packages are in its tree,
which is kept in HERA_PROOFS_CACHE between runs, and Python's are brought as wheels.
"""

from __future__ import annotations

import contextlib
import json
import time
from functools import partial
from pathlib import Path

from proofs import inside
from proofs.clock_jump import clock_jump
from proofs.nspawn import Machine, NotShown, fresh_disk, repository_with_releases, take_away, tree, wheels
from proofs.page import NAME, Block, Page
from proofs.page import PAGE as PAGE_FILE
from proofs.telling import Clock

PAGE = Page(PAGE_FILE.read_text())


def told(sentence: str) -> None:
    """One line of what has been shown."""
    print(f"  {sentence}", flush=True)


def paste(machine: Machine, section: str) -> str:
    """Paste the blocks of a section, in their order; returns what they wrote."""
    return "\n".join(paste_block(machine, block) for block in PAGE.section(section))


def paste_block(machine: Machine, block: Block) -> str:
    return machine.run(f"mkdir -p {block.folder} && cd {block.folder}\n{block.code}")


def install(machine: Machine) -> None:
    """From nothing, as the page says, and what a reader's machine has besides: an inbox for alarms and pushes."""
    machine.run(f"cat > /root/inbox.py <<'END'\n{inside.HEARS}\nEND")
    unit = "[Service]\\nExecStart=python3 /root/inbox.py\\n[Install]\\nWantedBy=multi-user.target\\n"
    machine.run(f"printf '{unit}' > /etc/systemd/system/inbox.service && systemctl enable --quiet --now inbox")
    machine.run("git config --system url./mnt/repository.insteadOf https://github.com/YOUR-FORK/hera")
    machine.run(f"echo 127.0.0.1 {NAME} >> /etc/hosts")  # the DNS of here
    section = "From nothing"
    began = time.monotonic()
    for block in PAGE.section(section):
        if "curl" in block.code and NAME in block.code:  # Caddy has just made its authority: phones of here believe it
            machine.wait_for(
                "cp /var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
                " /usr/local/share/ca-certificates/caddy.crt && update-ca-certificates"
                f" && curl --fail --silent https://{NAME}/infra/health_check/",
                60,
            )
        paste_block(machine, block)
    told(f"'{section}', pasted: a machine that answers over HTTPS after {time.monotonic() - began:.0f} s")


def inbox(machine: Machine) -> list[str]:
    lines = machine.run(f"cat {inside.INBOX} 2>/dev/null || true").splitlines()
    return [str(json.loads(line)["message"]) for line in lines]


def wait_for_alarm(machine: Machine, words: str, seconds: float) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for message in inbox(machine):
            if words in message:
                return message
        time.sleep(1)
    raise NotShown(f"no alarm says '{words}' within {seconds:.0f} s; it said {inbox(machine)}")


@contextlib.contextmanager
def load(machine: Machine, token: str, what: str):
    """Phones that read and write meanwhile: no request may be lost, and each confirmed child is there."""
    before = _children(machine)
    machine.run(f"cat > /root/load.py <<'END'\n{inside.PHONES}\nEND")
    phones = machine.start("python3", "/root/load.py", token)
    time.sleep(3)
    try:
        yield
        time.sleep(2)
    finally:
        written, _ = phones.communicate("enough\n", timeout=120)
    outcome = json.loads(written.splitlines()[-1])
    if outcome["lost"]:
        raise NotShown(f"{what}: requests were lost: {outcome['lost']}; of {outcome['seen']}")
    if (there := _children(machine) - before) != outcome["made"]:
        raise NotShown(f"{what}: {outcome['made']} children were confirmed, {there} are there")
    told(
        f"{what}: {sum(outcome['seen'].values())} requests, none lost, {outcome['made']} children confirmed and there;"
        f" the slowest waited {outcome['slowest']:.1f} s"
    )


def _children(machine: Machine) -> int:
    query = "SELECT count(*) FROM child_health_child"
    return int(
        machine.run(f"cd / && runuser -u postgres -- psql --quiet --tuples-only --dbname hera --command '{query}'")
    )


def ready(machine: Machine, seconds: float) -> None:
    machine.wait_for(f"curl --fail --silent https://{NAME}/infra/ready/", seconds)


def timers(machine: Machine) -> None:
    """The jobs run by themselves, so that it becomes ready, and nothing has failed."""
    began = time.monotonic()
    ready(machine, 240)
    machine.run(
        'test -z "$(systemctl list-units --state=failed --plain --no-legend)" || { systemctl --failed; exit 1; }'
    )
    told(f"the timers have run both jobs, and it is ready {time.monotonic() - began:.0f} s later; no unit has failed")


def backups(machine: Machine) -> None:
    machine.run("cp /root/elsewhere/hera-backup.key /run/")
    paste(machine, "Backups")
    told("'Backups', pasted: a backup, and its rehearsal in a database that was thrown away")
    paste(machine, "Alarms")
    wait_for_alarm(machine, "Alarms of this machine reach you", 10)
    told("'Alarms', pasted: a test arrived")
    said = paste(machine, "Tonight something is wrong")
    for word in ("STOPPED", "FAILED", "NONE", "NEVER", "NOBODY"):
        if word in said:
            raise NotShown(f"hera status of a machine that is well says {word}:\n{said}")
    told("'Tonight something is wrong', pasted: hera status finds nothing")


def releases(machine: Machine, repository: Path, token: str) -> None:
    """Forward, a broken one, back, and a restart, all under load."""
    with load(machine, token, "'Settings', pasted: hera restart under load"):
        paste(machine, "Settings")
    repository_with_releases(repository, "v1.1")
    with load(machine, token, "hera release of new tables and new code under load"):
        paste_block(machine, PAGE.block("A new release", 0))
    if "v1.1" not in machine.run("readlink /opt/hera/current"):
        raise NotShown("v1.1 was released, and does not run")
    repository_with_releases(repository, "v1.2-broken")
    with load(machine, token, "a release that cannot serve is refused under load"):
        refused = machine.run("hera release", fails=True)
    if "v1.1" not in machine.run("readlink /opt/hera/current") or "as it was" not in refused:
        raise NotShown(f"a broken release was not refused: {refused}")
    take_away(repository, "v1.2-broken", before="v1.1")
    with load(machine, token, "hera rollback under load"):
        paste_block(machine, PAGE.block("A new release", 1))
    if "v1.0" not in machine.run("readlink /opt/hera/current"):
        raise NotShown("rolled back, and v1.0 does not run")
    machine.run("hera rollback")
    ready(machine, 60)


def disk_full(machine: Machine) -> None:
    """Everything is on one disk here, as on a small machine."""
    machine.run(
        "dd if=/dev/zero of=/filler bs=1M status=none || true; dd if=/dev/zero of=/filler2 bs=4k status=none || true"
    )
    failed = machine.run(
        "systemctl start hera-backup || journalctl --unit hera-backup --lines 5 --output cat", fails=None
    )
    answer = machine.wait_for(f"curl --silent https://{NAME}/infra/ready/ | grep 'not ready'", 30)
    machine.run("rm -f /filler /filler2")
    if "disk of the database is full" not in answer:
        raise NotShown(f"the disk is full, and /infra/ready/ says {answer}")
    if "The disk is full" not in failed:
        raise NotShown(f"the disk is full, and the backup says {failed}")
    ready(machine, 120)
    told("disk full: the backup and /infra/ready/ say so in words; once there is room it is ready without a hand")


def alarm_of_a_failure(machine: Machine) -> None:
    machine.run("mv /etc/hera/hera-sign.key /etc/hera/away; systemctl start hera-backup", fails=True)
    message = wait_for_alarm(machine, "hera-backup.service has failed", 30)
    machine.run("mv /etc/hera/away /etc/hera/hera-sign.key; systemctl start hera-backup; systemctl start hera-alarms")
    wait_for_alarm(machine, "It is over: hera-backup.service has failed", 30)
    if "Paste: journalctl" not in message:
        raise NotShown(f"the alarm names no command: {message}")
    told("a failed backup reached somebody within seconds, and so did its end")


def power_cut(machine: Machine) -> None:
    before = _children(machine)
    machine.kill()
    machine.boot()
    began = time.monotonic()
    ready(machine, 240)
    if _children(machine) != before:
        raise NotShown("children are missing after a power cut")
    told(f"power cut: every process killed at once; booted again it is ready after {time.monotonic() - began:.0f} s")


def lost_machine(first: Machine, second: Machine) -> None:
    """A second machine, from nothing, has what the first one had."""
    counted = _children(first)
    keep = "hera.env hera-sign.key hera-sign.pub"
    first.run(
        f"systemctl start hera-backup && cd /etc/hera && tar -cf /root/kept.tar {keep} /root/elsewhere/hera-backup.key"
    )
    newest = first.run("ls /var/lib/hera/backups/*.age | tail -n 1").strip()
    files = {name: first.read(name) for name in ("/root/kept.tar", newest, f"{newest}.minisig")}
    first.kill()
    second.boot()
    install(second)
    for name, content in files.items():
        second.write(f"/root/{Path(name).name}", content)
    second.run("mkdir -p /root/old && tar -xf /root/kept.tar -C /root/old && cp /root/old/hera.env /etc/hera/hera.env")
    second.run("cp /root/old/hera-sign.pub /root/old/root/elsewhere/hera-backup.key /run/ && hera restart")
    paste(second, "The machine is lost")
    if _children(second) != counted:
        raise NotShown(f"{counted} children were on the machine that is lost, {_children(second)} are restored")
    ready(second, 240)
    told(f"'The machine is lost', pasted on an empty tree: all {counted} children are there, and it is ready")


def prove() -> None:
    """Show all of it.

    Raises:
        NotHere: where no machine can be booted.
        NotShown: with the first thing that does not hold.
    """
    began, clock = time.monotonic(), Clock()
    base, wheelhouse = tree(PAGE_FILE), wheels()
    with fresh_disk(base, wheelhouse) as (disk, repository):
        repository_with_releases(repository, "v1.0")
        clock.lap("a Debian to boot")
        with Machine("hera-one", disk, repository, wheelhouse) as machine:
            machine.boot()
            install(machine)
            clock.lap("from nothing")
            token = machine.run(f"hera manage shell -c '{inside.MOTHER}'").split("token=")[1].split()[0]
            for what, part in (
                ("timers", partial(timers, machine)),
                ("backups and alarms", partial(backups, machine)),
                ("releases under load", partial(releases, machine, repository, token)),
                ("an alarm", partial(alarm_of_a_failure, machine)),
                ("disk full", partial(disk_full, machine)),
                ("power cut", partial(power_cut, machine)),
                ("clock jump", lambda: told(clock_jump(machine, token))),
            ):
                part()
                clock.lap(what)
            with (
                fresh_disk(base, wheelhouse) as (empty, _),
                Machine("hera-two", empty, repository, wheelhouse) as second,
            ):
                lost_machine(machine, second)
            clock.lap("the machine is lost")
    if left := PAGE.left():
        raise NotShown(f"blocks of the page that were neither pasted nor marked as not run: {left}")
    told(f"every block of the page was pasted or says why not; {time.monotonic() - began:.0f} s in all")
