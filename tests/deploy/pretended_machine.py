"""A machine in a folder for `deploy/hera`: real git, tar, make and PostgreSQL; systemd is pretended, and each step can
be made to fail, to hang or to fill the disk."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import psycopg

from hera.config import REPOSITORY
from tests.debian_postgres import Server

PRETENDED = ("systemctl", "systemd-run", "runuser", "install", "curl", "df", "tar", "compile", "id", "sleep")
EVERYTHING = [
    "hera-web.socket",
    "hera-web",
    "hera-worker",
    "hera-notifications.timer",
    "hera-surveys.timer",
    "hera-backup.timer",
    "hera-alarms.timer",
    "caddy",
    "postgresql",
]
FILES = ("backup.dump.age", "backup.dump.age.minisig", "hera-backup.key", "hera-sign.pub")

# All programs in one: it writes down what it is called with, and fails or hangs where FAILS or HANGS says so.
PROGRAM = r"""#!/bin/sh
name=$(basename "$0") root=$(dirname "$(dirname "$0")")
called=$(printf '%s\n' "$name $*" | sed "s|$root||g")
printf '%s\n' "$called" >> "$root/called"
if [ -n "$FILLS" ]; then case $called in *"$FILLS"*) touch "$root/full" ;; esac; fi
if [ -n "$FAILS" ]; then case $called in *"$FAILS"*) echo "$name: No space left on device" >&2; exit 1 ;; esac; fi
if [ -n "$HANGS" ] && [ ! -e "$root/hangs" ]; then
  case $called in *"$HANGS"*) touch "$root/hangs"; exec /bin/sleep 60 ;; esac
fi
up() {
  grep -qsx -e "$1" -e "$1 $(basename "$(readlink "$root/opt/hera/current")")" "$root/broken" && return 1
  touch "$root/units/$1"
}
systemctl() {
  ends=0 verb=
  for word in "$@"; do case $word in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word; continue; fi
      case $verb in
        start) [ -e "$root/units/$word" ] || up "$word" || ends=1 ;;
        stop) (cd "$root/units" && rm -f $word) ;;
        restart) rm -f "$root/units/$word"; up "$word" || ends=1 ;;
        is-active) [ -e "$root/units/$word" ] || ends=3 ;;
      esac ;;
  esac; done
  return $ends
}
systemd_run() {
  while [ "$1" != -- ]; do
    case $1 in --unit=hera-try) up hera-try; exit ;; --working-directory=*) cd "${1#*=}" || exit ;; esac
    shift
  done
  shift
  exec "$@"
}
case $name in
  systemctl) systemctl "$@" ;;
  systemd-run) systemd_run "$@" ;;
  runuser) shift 3; exec "$@" ;;
  install) exec /usr/bin/install $(printf '%s\n' "$@" | sed '/^-o$/d; /^hera$/d') ;;
  curl)
    [ -e "$root/units/hera-web" ] || [ -e "$root/units/hera-try" ] || CODE=000
    case $* in *--output*) printf %s "${CODE:-200}" ;; *) printf '{"status": "ready"}\n%s' "${CODE:-200}" ;; esac ;;
  df)
    free=9999 used=50%
    if [ -e "$root/full" ]; then free=12 used=99%; fi
    case $* in *pcent*) printf 'Use%% Avail\n%s %sM\n' $used $free ;; *) printf 'Avail\n%s\n' $free ;; esac ;;
  tar) exec /usr/bin/tar "$@" ;;
  id) echo "${USER_ID:-0}" ;;
esac
"""
# A release's own program: what a backup holds is one table that says so.
RELEASED = r"""#!/bin/sh
case "$*" in
  "-m compileall"*) exec compile "$@" ;;
  "manage.py restore"*) exec psql --quiet "$DATABASE_URL" --command "
    CREATE TABLE what AS SELECT 'restored' AS it; CREATE TABLE auth_user (); CREATE TABLE child_health_child ()" ;;
  *"separate --sql") echo "CREATE TABLE trail ();" ;;
esac
"""
MAKEFILE = "release:\n\tmkdir -p .venv/bin && cp program .venv/bin/python && chmod +x .venv/bin/python\n"


class Machine:
    """One machine; `serve` makes it one where v1.0 runs."""

    def __init__(self, root: Path, server: Server) -> None:
        self.root, self.server = root, server
        for folder in ("programs", "units", "run/lock", "etc/hera", "etc/systemd/system", "usr/local/sbin", "root"):
            (root / folder).mkdir(parents=True)
        for folder in ("var/lib/hera/backups", "var/run", "opt/hera", "elsewhere/deploy/systemd", "elsewhere/hera"):
            (root / folder).mkdir(parents=True)
        (root / "var/run/postgresql").symlink_to(server.folder)
        for name in PRETENDED:
            (root / "programs" / name).write_text(PROGRAM)
            (root / "programs" / name).chmod(0o755)
        text = (REPOSITORY / "deploy" / "hera").read_text()
        self.script = root / "hera"
        self.script.write_text(re.sub(r"(?<![\w.$}])/(?=(?:opt|etc|var|run|usr/local)/)", f"{root}/", text))
        self.script.chmod(0o755)
        self.settings("HERA_ALLOWED_HOSTS=hera.example.org\n")
        for name in FILES:
            (root / "root" / name).touch()
        self._environment = {
            "PATH": f"{root}/programs:{server.programs}:{os.environ['PATH']}",
            "HOME": str(root),
            "PGHOST": str(server.folder),
            "PGUSER": "postgres",
            **{f"GIT_{who}_{what}": "x@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self._source()
        self._databases()

    def _source(self) -> None:
        elsewhere = self.root / "elsewhere"
        (elsewhere / "Makefile").write_text(MAKEFILE)
        (elsewhere / "program").write_text(RELEASED)
        (elsewhere / "hera" / "empty.py").touch()
        (elsewhere / "deploy" / "systemd" / "hera-web.service").touch()
        (elsewhere / "deploy" / "hera").write_text("#!/bin/sh\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.tag("v1.0")
        subprocess.run(["git", "clone", "--quiet", elsewhere, self.root / "opt/hera/source"], check=True)

    def _databases(self) -> None:
        for name in self.databases():
            self.server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self.server.execute("CREATE DATABASE hera OWNER hera")
        self.server.execute("CREATE TABLE what AS SELECT 'before' AS it", "hera")

    def serve(self) -> Machine:
        """v1.0 runs, and everything is up."""
        done = self.hera("release")
        assert done.returncode == 0, done.stdout
        for unit in EVERYTHING:
            (self.root / "units" / unit).touch()
        (self.root / "called").unlink()
        return self

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.root / "elsewhere", env=self._environment, check=True)

    def tag(self, name: str, *options: str) -> None:
        """A release elsewhere, not fetched yet."""
        (self.root / "elsewhere" / "hera" / "empty.py").write_text(f"# {name} {time.monotonic()}\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", name)
        self.git("tag", *options, name)

    def settings(self, text: str) -> None:
        (self.root / "etc/hera/hera.env").write_bytes(text.encode())

    def hera(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command to its end; what it says is one text."""
        return subprocess.run(
            [self.script, *arguments],
            env={**self._environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def broken_off(self, step: str, how: signal.Signals, *arguments: str) -> tuple[int, str]:
        """Run it to a step, and end it there as a terminal does: all that it has begun is told."""
        with subprocess.Popen(
            ["env", "--default-signal", self.script, *arguments],
            env={**self._environment, "HANGS": step},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as running:
            deadline = time.monotonic() + 60
            while not (self.root / "hangs").exists():
                assert running.poll() is None, running.stdout and running.stdout.read()
                assert time.monotonic() < deadline, step
                time.sleep(0.02)
            os.killpg(running.pid, how)
            said, _ = running.communicate(timeout=60)
            return running.returncode, said

    def restore(self, command: str = "restore", **variables: str) -> subprocess.CompletedProcess[str]:
        return self.hera(command, *self.files(), **variables)

    def files(self) -> list[str]:
        return [str(self.root / "root" / name) for name in FILES if not name.endswith("minisig")]

    def databases(self) -> list[str]:
        with psycopg.connect(self.server.url("postgres")) as connection:
            query = "SELECT datname FROM pg_database WHERE datname LIKE 'hera%' ORDER BY datname"
            return [name for (name,) in connection.execute(query)]

    def holds(self) -> str:
        """Which database mothers have."""
        with psycopg.connect(self.server.url("hera")) as connection:
            (what,) = connection.execute("SELECT it FROM what").fetchone() or ("nothing",)
        return str(what)

    def up(self) -> set[str]:
        return {unit.name for unit in (self.root / "units").iterdir()}

    def called(self) -> str:
        file = self.root / "called"
        return file.read_text() if file.exists() else ""

    def releases(self) -> list[str]:
        return sorted(folder.name for folder in (self.root / "opt/hera/releases").iterdir())

    def current(self) -> str:
        return (self.root / "opt/hera/current").readlink().name
