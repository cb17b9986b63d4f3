"""What runs HERA on one machine: the image's build steps, run here; compose and systemd against what they start."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
import yaml
from django.core.management import get_commands
from django.db import connection

from hera import config
from hera.config import REPOSITORY
from hera.devserver.processes import free_port

PRODUCTION = {
    "HERA_ENVIRONMENT": "production-test",
    "HERA_DJANGO_SECRET_KEY": "a-key-of-more-than-fifty-characters-0123456789-abcdefghij",
    "HERA_ALLOWED_HOSTS": "hera.example.org",
    "HERA_PUSH_CHANNEL": "console",
    "HERA_SMS_CHANNEL": "console",
}


class Build:
    """Runs the instructions of a Dockerfile's first stage under a folder in place of `/`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        programs = root / "programs"  # where `python` is the one that runs this, whatever a machine calls it
        programs.mkdir()
        (programs / "python").symlink_to(Path(sys.executable).resolve())
        self.environment = {"PATH": f"{programs}:{os.environ['PATH']}"}
        self.environment |= {
            name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP"))
        }
        self.folder = root

    def run(self, dockerfile: str) -> None:
        for instruction, text in _instructions(dockerfile):
            getattr(self, f"_{instruction.lower()}", lambda _text: None)(text)

    def _env(self, text: str) -> None:
        self.environment |= dict(pair.split("=", 1) for pair in shlex.split(text))

    def _workdir(self, text: str) -> None:
        self.folder = self.root / text.lstrip("/")
        self.folder.mkdir(parents=True, exist_ok=True)

    def _copy(self, text: str) -> None:
        *sources, target = text.split()
        for source in sources:
            destination = self.folder / target
            if (REPOSITORY / source).is_dir():
                shutil.copytree(REPOSITORY / source, destination, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                destination = destination / Path(source).name if target.endswith("/") else destination
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(REPOSITORY / source, destination)

    def _run(self, text: str) -> None:
        command = text.replace("/opt/", f"{self.root}/opt/")
        subprocess.run(["sh", "-euc", command], cwd=self.folder, env=self.environment, check=True)


def _instructions(dockerfile: str):
    """Those of the first stage, as (name, text)."""
    text = re.sub(r"^#.*\n", "", dockerfile, flags=re.MULTILINE).replace("\\\n", " ")
    stage = re.split(r"^FROM .*$", text, flags=re.MULTILINE)[1]
    for line in filter(None, map(str.strip, stage.splitlines())):
        yield tuple(line.split(maxsplit=1))


@pytest.mark.slow
def test_what_the_image_is_built_from_serves(tmp_path):
    Build(tmp_path).run((REPOSITORY / "Dockerfile").read_text())
    python = tmp_path / "opt" / "hera" / "bin" / "python"
    port = free_port()
    # No database: the health check asks none. Nothing but what the image holds is on its path.
    environment = {
        **PRODUCTION,
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "DATABASE_URL": "postgresql://hera:x@127.0.0.1:1/hera",
        "HERA_BIND": f"127.0.0.1:{port}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    folder = tmp_path / "srv" / "hera"
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode & ~0o222)  # as in a read-only image
    server = subprocess.Popen([python.parent / "gunicorn", "-c", "gunicorn.conf.py"], cwd=folder, env=environment)
    try:
        assert _answer(f"http://127.0.0.1:{port}/infra/health_check/") == 200
        assert _answer(f"http://127.0.0.1:{port}/infra/ready/") == 503  # it says that there is no database
    finally:
        server.terminate()
        server.wait()
    missing = subprocess.run([python, "-m", "pip"], capture_output=True, check=False)
    assert missing.returncode  # nothing that installs is left
    for path in [folder, *folder.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


def _answer(address: str) -> int:
    deadline = time.monotonic() + 30
    request = urllib.request.Request(address, headers={"Host": "hera.example.org"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def test_the_image_runs_as_nobody_and_says_whether_it_is_well():
    last = (REPOSITORY / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert "RUN pip" not in last


def test_compose_starts_what_hera_is_made_of():
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    ours = {name: service for name, service in services.items() if service["image"] == "${HERA_IMAGE:-hera}"}
    assert set(ours) == {"migrate", "web", "worker", "notifications", "surveys"}
    for name, service in ours.items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        commands = re.findall(r"manage\.py[, ]+(\w+)", " ".join(map(str, service.get("command", []))))
        assert set(commands) <= set(get_commands()), name
    assert "ports" not in services["database"]


@pytest.mark.django_db(transaction=True)
def test_s11_compose_gives_the_trail_an_owner_that_the_service_is_not():
    """What its service `migrate` runs, with its environment, on a server as the database's image makes one."""
    migrate = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]["migrate"]
    here, name = connection.settings_dict, f"hera_compose_{os.getpid()}"
    server = f"{here['HOST'].replace('/', '%2F')}:{here['PORT'] or 5432}"
    passwords = {"HERA_DB_PASSWORD": "own", "HERA_DB_ADMIN_PASSWORD": here["PASSWORD"] or "any"}

    def filled_in(text):
        text = re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: passwords[found[1]], text)
        return text.replace("hera:own@database:5432/hera", f"{name}:own@{server}/{name}")

    environment = {key: filled_in(value) for key, value in migrate["environment"].items()}
    assert environment["DATABASE_URL"].endswith(name)
    admin = json.loads(environment["HERA_DB_ADMIN_SECRET"])
    assert admin["username"] == here["USER"] == "postgres"
    python = str(Path(sys.executable).parent)
    try:
        done = subprocess.run(
            migrate["command"],
            env={**os.environ, **environment, "PATH": f"{python}:{os.environ['PATH']}"},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        with psycopg.connect(environment["DATABASE_URL"]) as mine:
            owner = mine.execute(
                "SELECT tableowner FROM pg_tables WHERE tablename = 'custom_user_auditentry'"
            ).fetchone()
            assert owner == (f"{name}_trail",)
            is_super = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
            assert mine.execute(is_super).fetchone() == (False,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name}")
            cursor.execute(f"DROP ROLE IF EXISTS {name}")
            cursor.execute(f"DROP ROLE IF EXISTS {name}_trail")


def test_systemd_knows_every_word_of_the_units(tmp_path):
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI"):
            pytest.fail("no systemd-analyze: .ci/run installs it")
        pytest.skip("no systemd-analyze on this machine: install Debian's package systemd to check the units")
    units = []
    for unit in sorted((REPOSITORY / "deploy" / "systemd").iterdir()):
        text = unit.read_text()
        (tmp_path / unit.name).write_text(text.replace("User=hera\nGroup=hera\n", "").replace("postgresql.service", ""))
        units.append(str(tmp_path / unit.name))
        for command in re.findall(r"manage\.py (\w+)", text):
            assert command in get_commands(), unit.name
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert [line for line in found.stderr.splitlines() if "hera-" in line] == []
    assert len(units) == 12


def test_s24_the_units_may_do_little_on_their_machine():
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine: install Debian's package systemd to judge the units")
    for unit in sorted((REPOSITORY / "deploy" / "systemd").glob("*.service")):
        command = ["systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=20", str(unit)]
        judged = subprocess.run(command, capture_output=True, text=True, check=False)
        assert judged.returncode == 0, f"{unit.name}: {judged.stdout[-200:]}"
        assert "MemoryMax=" in unit.read_text(), unit.name


@pytest.mark.parametrize(
    "unit", sorted((REPOSITORY / "deploy" / "systemd").glob("*.service")), ids=lambda unit: unit.stem
)
def test_i12_no_run_hangs_for_ever_and_none_fails_unheard(unit):
    text = unit.read_text()
    if "Type=oneshot" in text:
        assert re.search(r"^TimeoutStartSec=\d+(min|h)$", text, re.MULTILINE)
    if unit.stem not in {"hera-alarms", "hera-web-stand-in"}:
        assert "\nOnFailure=hera-alarms.service\n" in text
    # Relative: what runs stays in the release it was started from when the link `current` moves.
    assert "\nWorkingDirectory=/opt/hera/current\n" in text
    assert re.search(r"^ExecStart=/bin/sh -c 'exec \.venv/bin/", text, re.MULTILINE)


def test_i17_the_stand_in_is_the_web_server_and_shares_its_socket():
    folder = REPOSITORY / "deploy" / "systemd"
    web, stand_in = (
        (folder / f"{name}.service").read_text().splitlines() for name in ("hera-web", "hera-web-stand-in")
    )
    assert "Sockets=hera-web.socket" in web
    only_of_one = {line.split("=")[0] for line in set(web) ^ set(stand_in) if line and not line.startswith("[")}
    assert only_of_one == {"Description", "OnFailure", "StartLimitIntervalSec", "Restart", "RestartSec", "WantedBy"}
    assert "ListenStream=127.0.0.1:8000" in (folder / "hera-web.socket").read_text()


def test_i17_the_command_of_one_machine_says_all_it_can():
    script = REPOSITORY / "deploy" / "hera"
    subprocess.run(["bash", "-n", script], check=True)
    said = subprocess.run([script], capture_output=True, text=True, check=True).stdout
    known = set(
        re.findall(r"^  ([a-z -]+?(?: \| [a-z -]+)*)\)", script.read_text().split("case $command in")[1], re.MULTILINE)
    )
    words = {word for words in known for word in words.split(" | ")}
    assert {line.split()[1] for line in said.splitlines()} == words
    page = (REPOSITORY / "docs" / "one-machine.md").read_text()
    assert set(re.findall(r"(?:^ {4}|; |&& |`)hera ([a-z-]+)", page, re.MULTILINE)) <= words


def test_s23_the_server_listens_to_its_machine_and_in_a_container_to_all():
    """A container's own loopback is reached by nobody: the image says so, for compose and AWS alike."""
    assert config.load({}).bind == "127.0.0.1:8000"
    last = (REPOSITORY / "Dockerfile").read_text().split("\nFROM ")[-1]
    assert re.search(r"^ENV .*\bHERA_BIND=0\.0\.0\.0:8000$", last, re.MULTILINE)


def test_s24_the_pipeline_runs_only_a_program_that_was_verified(tmp_path):
    check, program = REPOSITORY / "copilot" / "pipelines" / "herav2" / "check_program", tmp_path / "copilot-linux"
    program.write_bytes(b"x")
    right = hashlib.sha256(b"x").hexdigest()
    for checksum, ends, says in ((right, 0, ""), ("0" * 64, 1, "do not run it"), ("", 1, "COPILOT_SHA256")):
        done = subprocess.run([check, program, checksum], capture_output=True, text=True, check=False)
        assert (done.returncode, says in done.stdout) == (ends, True)


@pytest.mark.parametrize(
    ("audit", "ended", "says"),
    [
        ("No known vulnerabilities found", 0, "found nothing"),
        ("Found 1 known vulnerability in 1 package", 1, "known weakness"),
        ("ConnectionError: pypi.org", 1, "did not reach its source"),
        ("x could not be audited\nNo known vulnerabilities found", 0, "did not reach its source"),
        ("", 0, "did not reach its source"),
    ],
)
def test_s25_no_release_without_an_audit_that_reached_its_source(tmp_path, audit, ended, says):
    (tmp_path / "pip-audit").write_text(f"#!/bin/sh\nprintf '%s\\n' '{audit}'\nexit {ended}\n")
    (tmp_path / "pip-audit").chmod(0o755)
    command = [REPOSITORY / ".ci" / "release-check", tmp_path / "pip-audit"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert says in done.stdout + done.stderr
    assert (done.returncode == 0) == (says == "found nothing")


def test_s25_the_pipeline_makes_no_release_without_it():
    phases = yaml.safe_load((REPOSITORY / "copilot/pipelines/herav2/buildspec.yml").read_text())["phases"]
    assert phases["pre_build"]["commands"][0] == "make release-check"


def test_hadolint_finds_nothing_in_the_dockerfile():
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, REPOSITORY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
