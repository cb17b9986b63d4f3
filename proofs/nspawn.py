"""A Debian of this machine's architecture, booted with its own systemd in systemd-nspawn, without a network."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from proofs.debian import need

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("HERA_PROOFS_CACHE", "/var/cache/hera-proofs"))
SUITE = "bookworm"
PYTHON = "3.11"  # of that Debian
DISK = "3G"
_ENVIRONMENT = [
    "env",
    "-C/root",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C.UTF-8",
]
# Beside what the page installs: a system that boots.
_BESIDE = ("systemd", "systemd-sysv", "dbus", "ca-certificates")


class NotShown(Exception):  # noqa: N818
    """What does not hold, in a sentence."""


def tree(page: Path) -> Path:
    """A Debian with the packages that the page installs; made once for as long as these are the same.

    Raises:
        NotHere: if what makes and boots it cannot be installed.
        NotProven: without root.
        NotShown: if it cannot be made.
    """
    need(
        {
            "debootstrap": "debootstrap",
            "systemd-nspawn": "systemd-container",
            "git": "git",
            "cc": "gcc",
            "/usr/include/time.h": "libc6-dev",
        }
    )
    installed = re.findall(r"^apt-get install --yes (.+)$", page.read_text(), re.MULTILINE)[0].split()
    packages = sorted({*installed, *_BESIDE})
    made = CACHE / f"{SUITE}-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    if (made / ".complete").exists():
        return made
    shutil.rmtree(made, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    print("  (a Debian is made, once: some minutes)", flush=True)
    _quietly("debootstrap", "--variant=minbase", SUITE, str(made))
    policy = made / "usr/sbin/policy-rc.d"  # nothing is started while it is made
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    shutil.copy("/etc/resolv.conf", made / "etc/resolv.conf")
    chroot = ["chroot", str(made), *_ENVIRONMENT, "DEBIAN_FRONTEND=noninteractive"]
    _quietly(*chroot, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)
    policy.unlink()
    (made / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /mnt/wheels\n")
    (made / "etc/machine-id").write_text("")
    (made / ".complete").touch()
    return made


def wheels() -> Path:
    """What requirements/base.txt names, as wheels for that Debian's Python."""
    folder = CACHE / "wheels"
    requirements = REPOSITORY / "requirements" / "base.txt"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (folder / f".{wanted}").exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--only-binary", ":all:"]
        _quietly(*command, "--python-version", PYTHON, "--dest", str(folder), "--requirement", str(requirements))
        (folder / f".{wanted}").touch()
    return folder


@contextlib.contextmanager
def fresh_disk(base: Path, _wheels: Path) -> Iterator[tuple[Path, Path]]:
    """A disk with that Debian, and a repository beside it; both are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hera-machine-", dir="/var/tmp") as folder:
        disk = Path(folder) / "disk"
        disk.mkdir()
        _quietly("mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0755", "tmpfs", str(disk))
        try:
            for name in ("upper", "work", "root"):
                (disk / name).mkdir()
            layers = f"lowerdir={base},upperdir={disk / 'upper'},workdir={disk / 'work'}"
            _quietly("mount", "-t", "overlay", "-o", layers, "overlay", str(disk / "root"))
            try:
                yield disk / "root", Path(folder) / "repository"
            finally:
                _quietly("umount", "--lazy", str(disk / "root"))
        finally:
            _quietly("umount", "--lazy", str(disk))


def repository_with_releases(repository: Path, tag: str) -> None:
    """The repository that the page clones, with one more release.

    v1.0 is what is here; v1.1 has a migration besides; v1.2-broken cannot answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        source = repository if repository.exists() else REPOSITORY
        _quietly("git", "clone", "--quiet", str(source), str(clone))
        if tag == "v1.1":
            newest = max((clone / "hera/health_center/migrations").glob("0*.py")).stem
            (clone / "hera/health_center/migrations/9999_of_a_proof.py").write_text(
                "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
                f'    dependencies = [("health_center", "{newest}")]\n'
                '    operations = [migrations.RunSQL("CREATE TABLE of_a_proof (id int)", "DROP TABLE of_a_proof")]\n'
            )
        elif tag == "v1.2-broken":
            (clone / "hera/urls.py").write_text("raise RuntimeError('a release that cannot answer')\n")
        git = ["git", "-C", str(clone), "-c", "user.name=proof", "-c", "user.email=proof@example.org"]
        _quietly(*git, "add", "--all")
        _quietly(*git, "commit", "--quiet", "--allow-empty", "--message", tag)
        _quietly(*git, "tag", "--annotate", tag, "--message", tag)
        if repository.exists():
            _quietly(*git, "push", "--quiet", "origin", "HEAD", tag)
        else:
            _quietly("git", "clone", "--quiet", "--bare", str(clone), str(repository))


def take_away(repository: Path, tag: str, *, before: str) -> None:
    """Have a release never been published."""
    _quietly("git", "-C", str(repository), "tag", "--delete", tag)
    _quietly("git", "-C", str(repository), "update-ref", "HEAD", f"{before}^{{commit}}")


class Machine:
    """One that can be booted, typed into, and killed."""

    def __init__(self, name: str, root: Path, repository: Path, wheelhouse: Path) -> None:
        self.name, self.root = name, root
        self._binds = [f"--bind-ro={repository}:/mnt/repository", f"--bind-ro={wheelhouse}:/mnt/wheels"]
        self._nspawn: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.kill()

    def boot(self) -> None:
        """Boot, and wait until systemd has started what is enabled."""
        command = ["systemd-nspawn", "--quiet", f"--directory={self.root}", f"--machine={self.name}", "--register=no"]
        command += ["--keep-unit", "--private-network", "--resolv-conf=off", "--boot", *self._binds]
        console = (self.root.parent / f"{self.name}.console").open("ab")
        self._nspawn = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        deadline = time.monotonic() + 90
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children")
        while time.monotonic() < deadline and self._nspawn.poll() is None:
            if found := children.read_text().split():
                self._leader = int(found[0])
                state = self.run("systemctl is-system-running --wait", fails=None).strip().splitlines()
                if state and state[-1] in {"running", "degraded"}:
                    return
            time.sleep(0.5)
        raise NotShown(f"the machine does not boot:\n{Path(console.name).read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """As when its power is cut: every process ends at once."""
        if self._nspawn is not None:
            if self._leader:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._leader, signal.SIGKILL)
            self._nspawn.kill()
            self._nspawn.wait()
            self._nspawn, self._leader = None, 0

    def start(self, *command: str) -> subprocess.Popen[str]:
        enter = ["nsenter", f"--target={self._leader}", "--all", *_ENVIRONMENT, *command]
        return subprocess.Popen(
            enter, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def run(self, script: str, *, fails: bool | None = False) -> str:
        """Type a script; returns what it writes.

        Args:
            fails: whether it has to fail; None if that is all the same.

        Raises:
            NotShown: if it does otherwise.
        """
        process = self.start("bash", "-euo", "pipefail", "-c", script)
        written, _ = process.communicate("", timeout=600)
        if fails is not None and bool(process.returncode) != fails:
            raise NotShown(
                f"{self.name}: {'did not fail' if fails else 'failed'}:\n{script.strip()}\n---\n{written[-3000:]}"
            )
        return written

    def wait_for(self, script: str, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while True:
            process = self.start("bash", "-uo", "pipefail", "-c", script)
            written, _ = process.communicate("", timeout=120)
            if process.returncode == 0:
                return written
            if time.monotonic() > deadline:
                more = self.run(
                    f"{script.split('|', maxsplit=1)[0].replace('--fail', '')} 2>&1; journalctl --lines 30 --no-pager",
                    fails=None,
                )
                raise NotShown(
                    f"{self.name}: not within {seconds:.0f} s:\n{script}\n---\n{written[-500:]}\n{more[-4000:]}"
                )
            time.sleep(1)

    def read(self, file: str) -> bytes:
        return (self.root / file.lstrip("/")).read_bytes()

    def write(self, file: str, content: bytes) -> None:
        (self.root / file.lstrip("/")).write_bytes(content)


def _quietly(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotShown(f"{' '.join(command)[:200]} failed:\n{(done.stderr or done.stdout)[-2000:]}")
