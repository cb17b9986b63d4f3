"""What proofs take from Debian: programs, a small tree to build images on, and a PostgreSQL with passwords."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from proofs.telling import NotHere, NotProven, run, says, tried

SUITE = "bookworm"  # as the Dockerfile's own base
MIRROR = "http://deb.debian.org/debian"
_BASE = "python3,python3-venv,python-is-python3,ca-certificates"
# What Debian's small images for containers leave out as well.
_LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/lintian")


def need(packages: dict[str, str]) -> None:
    """Install what is missing of programs, each of which has a package.

    Raises:
        NotHere: if they cannot be installed.
        NotProven: if only root could, and this is not root.
    """
    missing = sorted({package for program, package in packages.items() if _path(program) is None})
    if os.geteuid() != 0:
        raise NotProven("A proof runs containers and machines, and so as root", "sudo make proof")
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise NotHere(f"{', '.join(missing)} are not installed, and this is no Debian")
    says(f"      installing {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    tried("apt-get", "update", "-qq", env=environment)
    done = tried("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, env=environment)
    if done.returncode:
        raise NotHere(f"{', '.join(missing)} cannot be installed: {done.stderr.strip()[-300:]}")


def tree(folder: Path) -> Path:
    """A tree of Debian with Python and nothing that it wants no longer, as a tar; made once, kept in `folder`."""
    kept = folder / f"base-{SUITE}.tar"
    if kept.exists():
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hera-base-", dir="/var/tmp") as temporary:
        root = Path(temporary, "root")
        mend = f"look whether {MIRROR} is reached, and try again"
        run("debootstrap", "--variant=minbase", f"--include={_BASE}", SUITE, root, MIRROR, mend=mend)
        run("chroot", root, "apt-get", "clean")
        for name in (*_LEFT_OUT, "var/lib/apt/lists"):
            shutil.rmtree(root / name, ignore_errors=True)
        made = kept.with_suffix(".new")
        run("tar", "-C", root, "-cf", made, ".")
        made.rename(kept)
    return kept


@contextlib.contextmanager
def postgresql(port: int) -> Iterator[str]:
    """Debian's PostgreSQL, not as root, asking for passwords; yields that of the administrator `postgres`."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder, password = Path(tempfile.mkdtemp(prefix="hera-proof-")), secrets.token_hex(16)
    secret = folder / "password"
    secret.write_text(password)
    for path in (folder, secret):
        shutil.chown(path, "postgres")
    data = folder / "data"
    as_postgres: dict[str, Any] = {"user": "postgres", "cwd": folder}
    options = f"-k {folder} -c listen_addresses=127.0.0.1 -c port={port} -c fsync=off"
    try:
        run(programs / "initdb", "-D", data, "-A", "scram-sha-256", "-U", "postgres", "--pwfile", secret,
            "-E", "UTF8", "--locale=C.UTF-8", **as_postgres)  # fmt: skip
        run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start", **as_postgres)
        yield password
    finally:
        tried(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop", **as_postgres)
        shutil.rmtree(folder, ignore_errors=True)


def _path(program: str) -> str | None:
    if program.startswith("/"):
        return next((str(path) for path in Path("/").glob(program[1:])), None)
    return shutil.which(program)
