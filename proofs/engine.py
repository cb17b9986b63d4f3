"""Images built by buildah, and containers run by podman as compose.yaml says."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from proofs.telling import NotHere, NotProven, run, says, tried, wait_for

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = {"buildah": "buildah", "podman": "podman", "crun": "crun", "runc": "runc", "skopeo": "skopeo",
            "debootstrap": "debootstrap", "catatonit": "catatonit"}  # fmt: skip
_LIMITS = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"]
_SECONDS = re.compile(r"(\d+)s")


def build(image: str, base_tar: Path, context: Path = ROOT) -> None:
    """Build the Dockerfile on a base made of this tar, as Docker's engine would; steps that did not change are kept."""
    base = f"{image}-base"
    if tried("podman", "image", "exists", base).returncode:
        run("podman", "import", "--quiet", base_tar, base)
    # The machine's own authorities, where its network has one; without a runtime, which buildings do not need.
    certificates = "/etc/ssl/certs:/etc/ssl/certs:ro"
    run("buildah", "build", "--quiet", "--layers", "--format", "docker", "--network", "host", "--isolation", "chroot",
        "--volume", certificates, "--build-arg", f"BASE={base}", "--tag", image, context)  # fmt: skip


def sizes(image: str) -> tuple[float, float]:
    """The image's size unpacked, and as a registry keeps it, in MB (a million bytes)."""
    unpacked = int(json.loads(run("podman", "image", "inspect", image))[0]["Size"])
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        run("skopeo", "copy", "--quiet", "--dest-compress", f"containers-storage:{image}", f"dir:{folder}")
        packed = sum(path.stat().st_size for path in Path(folder).iterdir())
    return unpacked / 1e6, packed / 1e6


def runtime(image: str) -> list[str]:
    """The options with which podman runs containers on this machine: kernels and sandboxes allow different ones.

    Raises:
        NotHere: if none does.
    """
    said = ""
    for limits in ([], _LIMITS):
        for program in ([], ["--runtime", "runc"]):
            done = tried("podman", *program, "run", "--rm", "--network", "host", *limits, image, "true")
            if done.returncode == 0:
                return [*program, "run", "--network", "host", *limits]
            said = done.stderr
    raise NotHere(f"podman runs no container on this machine: {said.strip()[-300:]}")


class Engine:
    """Runs services of compose.yaml, with the machine's own network in place of compose's."""

    def __init__(self, image: str, environment: dict[str, str]) -> None:
        self.image = image
        self._settings = Path(tempfile.mkdtemp(prefix="hera-proof-"), "env")  # a list of processes shows no password
        self._settings.touch(0o600)
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in environment.items()))
        self._run = runtime(image)
        self._services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
        self._started: list[str] = []

    def service(self, name: str) -> dict[str, Any]:
        """A service as compose.yaml has it."""
        return dict(self._services[name])

    def once(self, *command: str, service: str = "migrate", options: tuple[str, ...] = (), **more: str) -> str:
        """What a command prints, run as a service is; the container is gone afterwards."""
        return run("podman", *self._run, "--rm", *self._options(service), *options, *self._variables(more), self.image,
                   *command)  # fmt: skip

    def tried(self, *command: str, service: str = "migrate", **more: str) -> subprocess.CompletedProcess[str]:
        """As `once`, but may fail."""
        options = [*self._options(service), *self._variables(more)]
        return tried("podman", *self._run, "--rm", *options, self.image, *command)

    def start(self, service: str, **more: str) -> str:
        """Start a service of compose.yaml with its own command; returns the container's name."""
        name = f"hera-proof-{service}-{os.getpid()}"
        command = self.service(service).get("command", [])
        options = [*self._options(service), *self._variables(more)]
        self._started.append(name)
        run("podman", *self._run, "--detach", "--name", name, *options, self.image, *command)
        return name

    def wait(self, name: str, what: str, is_so: Callable[[], object]) -> float:
        """Wait until it is so, and tell what the container said if it does not become so; returns the seconds."""
        try:
            return wait_for(what, is_so, 60, "what the container said is above")
        except NotProven:
            says(self.logs(name)[-2000:])
            raise

    def stop(self, name: str, service: str) -> int:
        """Stop it as compose would, with the time that it is given; returns its exit status."""
        grace = _SECONDS.fullmatch(str(self.service(service).get("stop_grace_period", "10s")))
        assert grace is not None
        run("podman", "stop", "--time", grace[1], name)
        return int(run("podman", "inspect", "--format", "{{.State.ExitCode}}", name))

    def logs(self, name: str) -> str:
        """All that a container has printed."""
        done = tried("podman", "logs", name)
        return done.stdout + done.stderr

    def _options(self, name: str) -> Iterator[str]:
        service = self.service(name)
        yield from ("--read-only", "--read-only-tmpfs=false") if service["read_only"] else ()
        for folder in service["tmpfs"]:
            yield from ("--tmpfs", folder)
        for capability in service["cap_drop"]:
            yield from ("--cap-drop", capability)
        for option in service["security_opt"]:
            yield from ("--security-opt", option.replace(":true", ""))
        if service.get("init"):
            yield from ("--init", "--init-path", str(shutil.which("catatonit")))
        yield from ("--log-driver", "k8s-file", "--log-opt", f"max-size={service['logging']['options']['max-size']}")

    def _variables(self, more: dict[str, str]) -> Iterator[str]:
        yield from ("--env-file", str(self._settings))
        for name, value in more.items():
            yield from ("--env", f"{name}={value}")

    def close(self) -> None:
        """Remove what was started."""
        for name in self._started:
            tried("podman", "rm", "--force", "--time", "1", name)
        shutil.rmtree(self._settings.parent)


@contextlib.contextmanager
def engine(image: str, environment: dict[str, str]) -> Iterator[Engine]:
    """An engine that leaves no container behind."""
    made = Engine(image, environment)
    try:
        yield made
    finally:
        made.close()
