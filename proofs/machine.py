"""One machine, booted: docs/one-machine.md pasted block by block into a Debian that systemd-nspawn boots.

Run as `python -m proofs.machine`, as root. The machine has no network of its own: Debian's packages are in its tree,
which is kept in HERA_PROOFS_CACHE between runs, and Python's are brought as wheels.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

from proofs.nspawn import REPOSITORY, Machine, NotShown, fresh_disk, repository_with_releases, take_away, tree, wheels

PAGE = REPOSITORY / "docs" / "one-machine.md"
NAME = "hera.localhost"  # Caddy signs it with its own authority
INBOX = "/root/inbox"  # what alarms said

# What the page leaves to its reader.
FILLED_IN = {
    "apt-get update\n": "",  # there is no network; the install finds everything there
    "hera.example.org": NAME,
    "=ONESIGNAL_APP_ID": "=00000000-0000-4000-8000-000000000000",
    "=ONESIGNAL_API_KEY": "=a&b;c*",  # a shell that reads it breaks
    "=MESSAGEBIRD_API_KEY": "=a-key",
    # One mother bears the load.
    "Europe/Istanbul\n": "Europe/Istanbul\nHERA_CHILDREN_PER_PERSON=100000\n",  # pragma: allowlist secret
    "=AGE_PUBLIC_KEY": "=$(age-keygen -y /root/elsewhere/hera-backup.key)",
    "ntfys://ntfy.sh/A_LONG_WORD": "json://127.0.0.1:9099",
}

_INBOX = f"""
import http.server
class Inbox(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        open("{INBOX}", "ab").write(body.replace(b"\\n", b" ") + b"\\n")
        self.send_response(200), self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", 9099), Inbox).serve_forever()
"""

# A clinic's phones: each reads and writes over HTTPS, on connections of its own, and remembers what was not answered.
_LOAD = f"""
import collections, http.client, json, ssl, sys, threading, time
token, seen, lost, slowest, made, enough = sys.argv[1], collections.Counter(), [], [0.0], [0], threading.Event()
def child(name):
    return json.dumps({{"name": name, "gender": "FEMALE", "date_of_birth": "2026-06-01", "past_vaccinations": []}})
def phone(number):
    while not enough.is_set():
        line = http.client.HTTPSConnection("{NAME}", context=ssl.create_default_context(), timeout=60)
        for turn in range(20):
            method, path = [("GET", "/children/"), ("GET", "/health_centers/"), ("GET", "/infra/health_check/"),
                            ("POST", "/children/")][(turn + number) % 4]
            if method == "POST" and turn > 3:
                method = "GET"
            head = {{"Authorization": "Token " + token, "Content-Type": "application/json"}}
            began = time.monotonic()
            try:
                line.request(method, path, child(f"Leyla {{number}} {{began}}") if method == "POST" else None, head)
                answer = line.getresponse()
                body = answer.read()
                seen[answer.status] += 1
                if answer.status >= 400 and answer.status != 429:
                    lost.append((path, answer.status, body[:200].decode("utf8", "replace")))
                made[0] += method == "POST" and answer.status == 201
            except Exception as problem:
                lost.append((path, repr(problem)))
                break
            slowest[0] = max(slowest[0], time.monotonic() - began)
            if enough.is_set():
                break
        line.close()
phones = [threading.Thread(target=phone, args=(number,)) for number in range(8)]
[each.start() for each in phones]
sys.stdin.readline()
enough.set()
[each.join() for each in phones]
print(json.dumps({{"seen": dict(seen), "lost": lost[:10], "slowest": slowest[0], "made": made[0]}}))
"""

_MOTHER = """
import datetime as dt
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from hera.user_profile.models import UserProfile
user = User.objects.create(username="+905321234567")
UserProfile.objects.create(user=user, name="Amal", gender="FEMALE", date_of_birth=dt.date(1995, 1, 1),
    agree_to_terms_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), language_code="en", timezone="Europe/Istanbul")
print("token=" + Token.objects.create(user=user).key)
"""


def told(sentence: str) -> None:
    """One line of what has been shown."""
    print(f"  {sentence}", flush=True)


def blocks(section: str) -> list[tuple[str, str]]:
    """The blocks below a heading of the page, each with what its marker says, filled in."""
    text = PAGE.read_text()
    part = re.split(r"^## ", text.split(f"\n## {section}\n")[1], flags=re.MULTILINE)[0]
    found = re.findall(r"(?:<!-- ([^>]*) -->\n)?```sh\n(.*?)```", part, re.DOTALL)
    return [(marker, _filled_in(code)) for marker, code in found]


def _filled_in(code: str) -> str:
    for what, value in FILLED_IN.items():
        code = code.replace(what, value)
    return code


def paste(machine: Machine, section: str) -> str:
    """Paste the blocks of a section, in their order; returns what they wrote."""
    written = []
    for marker, code in blocks(section):
        if marker.startswith("not run"):
            continue
        folder = "/root/elsewhere" if marker == "another computer" else "/root"
        written.append(machine.run(f"mkdir -p {folder} && cd {folder}\n{code}"))
    return "\n".join(written)


def install(machine: Machine) -> None:
    """From nothing, as the page says, and what a reader's machine has besides: an inbox for alarms."""
    machine.run(f"cat > /root/inbox.py <<'END'\n{_INBOX}\nEND")
    machine.run("systemd-run --quiet --unit=inbox python3 /root/inbox.py")
    machine.run("git config --system url./mnt/repository.insteadOf https://github.com/YOUR-FORK/hera")
    machine.run(f"echo 127.0.0.1 {NAME} >> /etc/hosts")  # the DNS of here
    section = "From nothing"
    began = time.monotonic()
    for marker, code in blocks(section):
        if marker.startswith("not run"):
            continue
        if "curl" in code and NAME in code:  # Caddy has just made its authority: phones of here believe it
            machine.wait_for(
                "cp /var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
                " /usr/local/share/ca-certificates/caddy.crt && update-ca-certificates"
                f" && curl --fail --silent https://{NAME}/infra/health_check/",
                60,
            )
        folder = "/root/elsewhere" if marker == "another computer" else "/root"
        machine.run(f"mkdir -p {folder} && cd {folder}\n{code}")
    told(f"'{section}', pasted: a machine that answers over HTTPS after {time.monotonic() - began:.0f} s")


def inbox(machine: Machine) -> list[str]:
    lines = machine.run(f"cat {INBOX} 2>/dev/null || true").splitlines()
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
    machine.run(f"cat > /root/load.py <<'END'\n{_LOAD}\nEND")
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
        machine.run(blocks("A new release")[0][1])
    if "v1.1" not in machine.run("readlink /opt/hera/current"):
        raise NotShown("v1.1 was released, and does not run")
    repository_with_releases(repository, "v1.2-broken")
    with load(machine, token, "a release that cannot serve is refused under load"):
        refused = machine.run("hera release", fails=True)
    if "v1.1" not in machine.run("readlink /opt/hera/current") or "as it was" not in refused:
        raise NotShown(f"a broken release was not refused: {refused}")
    take_away(repository, "v1.2-broken", before="v1.1")
    with load(machine, token, "hera rollback under load"):
        machine.run(blocks("A new release")[1][1])
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
        NotShown: with the first thing that does not hold.
    """
    base, wheelhouse = tree(PAGE), wheels()
    with fresh_disk(base, wheelhouse) as (disk, repository):
        repository_with_releases(repository, "v1.0")
        machine = Machine("hera-one", disk, repository, wheelhouse)
        with machine:
            machine.boot()
            install(machine)
            token = machine.run(f"hera manage shell -c '{_MOTHER}'").split("token=")[1].split()[0]
            timers(machine)
            backups(machine)
            releases(machine, repository, token)
            alarm_of_a_failure(machine)
            disk_full(machine)
            power_cut(machine)
            with (
                fresh_disk(base, wheelhouse) as (empty, _),
                Machine("hera-two", empty, repository, wheelhouse) as second,
            ):
                lost_machine(machine, second)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    if os.geteuid():
        sys.exit("python -m proofs.machine boots a machine, which wants root: sudo .venv/bin/python -m proofs.machine")
    print("One machine, by docs/one-machine.md:", flush=True)
    try:
        prove()
    except NotShown as problem:
        sys.exit(f"NOT SHOWN: {problem}")
