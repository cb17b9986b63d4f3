"""Child processes of a local server: started together, watched, and stopped together."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NoReturn

import httpx

from hera import config

if TYPE_CHECKING:
    from collections.abc import Mapping

_GRACE_SECONDS = 15.0
MANAGE = [sys.executable, str(config.REPOSITORY / "manage.py")]


class ChildEnded(Exception):  # noqa: N818
    """A process that should run on has ended by itself."""


class ProcessTree:
    """The long-running children. Leaving the context stops all of them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> ProcessTree:
        return self

    def __exit__(self, *_exc: object) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()

    def start(self, name: str, command: list[str], **environment: str) -> None:
        # A session of its own, so that Ctrl-C reaches this process alone and we stop them in order.
        self._children[name] = subprocess.Popen(  # noqa: S603
            command, env={**self.environment, **environment}, start_new_session=True
        )

    def start_web(self, port: int) -> None:
        """Start the web server on loopback, and wait until it answers.

        Raises:
            ChildEnded: if it does not.
        """
        command = [sys.executable, "-m", "gunicorn", "-c", str(config.REPOSITORY / "gunicorn.conf.py")]
        self.start("web", [*command, "--log-level", "warning"], HERA_BIND=f"127.0.0.1:{port}")
        self.wait_until_answering(f"http://127.0.0.1:{port}/infra/health_check/")

    def start_worker(self) -> None:
        self.start("worker", [*MANAGE, "deliver"])

    def wait_until_answering(self, url: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while True:
            self.check()
            try:
                httpx.get(url, timeout=2).raise_for_status()
            except httpx.HTTPError as problem:
                if time.monotonic() > deadline:
                    raise ChildEnded(f"the web server does not answer: {problem}") from problem
                time.sleep(0.1)
            else:
                return

    def check(self) -> None:
        """See that all are running.

        Raises:
            ChildEnded: if one is not.
        """
        for name, child in self._children.items():
            if child.poll() is not None:
                raise ChildEnded(f"the {name} process ended with exit code {child.returncode}")


def end_in_order_when_told() -> None:
    """Let SIGTERM and Ctrl-C raise KeyboardInterrupt, also where this was started with Ctrl-C ignored.

    Otherwise SIGTERM, as a time-out or a service manager sends it, would leave the children running.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def run_manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run one management command and return what it printed.

    Raises:
        subprocess.CalledProcessError: if it failed; its error output is shown.
    """
    return subprocess.run(  # noqa: S603
        [*MANAGE, *arguments], env=dict(environment), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server can listen on this port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
