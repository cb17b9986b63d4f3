"""hera-env as a process of its own, without the second that Python takes to read what hera-env is made of.

Each worker of pytest has one process that has read all of it, and makes a copy of itself for every call. Such a copy is
what a process begun anew is: its number, session, folder, variables, standard streams and signals are its own, and
`python -m infra` runs in it. Where what was read depends on a variable that is another one now, it does begin anew.

This file is both sides: what tests import, and the program that is run.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import gc
import importlib
import io
import json
import os
import re
import runpy
import select
import selectors
import signal
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parents[2]
_LARGEST = 1 << 20  # bytes of a request: the arguments and the variables of a call
_READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "LD_", "MALLOC_")  # by the interpreter itself, before any module
# Modules that hera-env and what it uses look for only when they need them.
_READ_LATER = ("babel.dates", "babel.numbers", "encodings.idna", "typer._adapters")
_ALL = "*"  # no name of a variable: all of them were looked at


# The side of the tests.


class Call:
    """A call of hera-env: what tests use of subprocess.Popen, by its names."""

    def __init__(self, args: list[str], status: int, output: int | None) -> None:
        """
        Args:
            status: where its number is told, and its exit code later.
            output: where what it writes is read; None for a call at a terminal.
        """
        self.args = args
        self.returncode: int | None = None
        self.stdin = self.stderr = None
        self.stdout: TextIO | None = None if output is None else os.fdopen(output, encoding="utf-8")
        self._status = os.fdopen(status, "rb", buffering=0)
        self._reader: threading.Thread | None = None
        self._read = ""
        self.pid = self._told()

    def poll(self) -> int | None:
        """Its exit code, by now; the negated number of the signal that ended it."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = self._told()
            self._status.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended."""
        if self.returncode is None and not select.select([self._status], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        code = self.poll()
        assert code is not None
        return code

    def communicate(self, timeout: float | None = None) -> tuple[str, None]:
        """All that it writes from here on, once it has ended; nothing is lost if it takes too long the first time."""
        until = None if timeout is None else time.monotonic() + timeout
        if self._reader is None:
            self._reader = threading.Thread(target=self._read_all, daemon=True)
            self._reader.start()
        self._reader.join(timeout)
        if self._reader.is_alive():
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        self.wait(None if until is None else max(until - time.monotonic(), 0))
        return self._read, None

    def send_signal(self, number: int) -> None:
        """As Popen does it: one that has ended is left alone."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        line = self._status.readline()
        if not line:
            raise RuntimeError("The process that makes calls of hera-env is gone.")
        return int(line)

    def _read_all(self) -> None:
        if self.stdout is not None:
            self._read = self.stdout.read()
            self.stdout.close()


class Loaded:
    """The process that has read hera-env. It ends with the one that made it, however that ends, and so do its calls."""

    def __init__(self, environment: dict[str, str]) -> None:
        """
        Args:
            environment: the variables that hera-env is read with.
        """
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], env=environment, pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @property
    def number(self) -> int:
        """The number of the process."""
        return self._process.pid

    def start(
        self, arguments: list[str], folder: Path, environment: dict[str, str], terminal: int | None = None
    ) -> Call:
        """A call in a session of its own, which hears Ctrl-C whatever the tests were told about it.

        Args:
            terminal: what the call is made at; without it there is no input, and what it writes is in `stdout`.
        """
        status, tell = os.pipe()
        output = None
        if terminal is None:
            given = os.open(os.devnull, os.O_RDONLY)
            output, written = os.pipe()
        else:
            given, written = os.dup(terminal), os.dup(terminal)
        asked = json.dumps({"arguments": arguments, "folder": str(folder), "environment": environment}).encode()
        try:
            socket.send_fds(self._ours, [asked], [tell, given, written])
        finally:
            for number in (tell, given, written):
                os.close(number)
        return Call(["hera-env", *arguments], status, output)

    def close(self) -> None:
        """End it, and what it still runs."""
        self._ours.close()
        self._process.wait(10)


# The side of the program.


class _Read(os._Environ):  # type: ignore[type-arg]
    """The variables, with a list of those that were looked at."""

    seen: dict[str, str | None] = {}

    def __getitem__(self, name: str) -> str:
        self.seen[name] = None
        self.seen[name] = value = super().__getitem__(name)
        return value

    def __iter__(self) -> Iterator[str]:
        self.seen[_ALL] = ""  # whoever looks at all of them may depend on any
        return super().__iter__()


def _variables_read() -> dict[str, str | None]:
    """Read hera-env, and give the variables that it depends on by that, with their values."""
    plain = os.environ.__class__
    os.environ.__class__ = _Read
    for name in ("infra.hera_env.cli", *_READ_LATER):
        importlib.import_module(name)
    os.environ.__class__ = plain
    return _Read.seen


def _warm_up() -> None:
    """Have read what botocore knows of the services that hera-env calls, and what it reads only then."""
    import boto3
    import botocore.hooks
    import botocore.session

    # Each session would read all files by itself, and look at each of its handlers: those of the copies find it done.
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    botocore.hooks.accepts_kwargs = functools.cache(botocore.hooks.accepts_kwargs)
    texts = [path.read_text() for path in (ROOT / "infra" / "hera_env").glob("*.py")]
    session = boto3.Session("none", "none", region_name="eu-west-1")
    for service in sorted({name for text in texts for name in re.findall(r'client\("([a-z0-9-]+)"\)', text)}):
        session.client(service, endpoint_url="http://127.0.0.1:9")


class _Server:
    """Makes the copies, and tells how they end."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._looks = selectors.DefaultSelector()
        self._looks.register(control, selectors.EVENT_READ)
        self._calls: dict[int, tuple[int, int]] = {}  # by what shows its end: its number, and where that is told

    def serve(self) -> dict[str, Any] | None:
        """What the copy is asked to run, in a copy; None in the process itself, once nobody is there to ask."""
        while True:
            for key, _ in self._looks.select():
                if key.fileobj is not self._control:
                    self._has_ended(key.fd)
                    continue
                asked, given, *_ = socket.recv_fds(self._control, _LARGEST, 3)
                if not asked:
                    for number, _ in self._calls.values():
                        with contextlib.suppress(ProcessLookupError):
                            os.killpg(number, signal.SIGKILL)
                    return None
                if self._is_copy(*given):
                    return json.loads(asked)

    def _is_copy(self, tell: int, given: int, written: int) -> bool:
        number = os.fork()
        if number:
            os.close(given)
            os.close(written)
            ends = os.pidfd_open(number)
            self._calls[ends] = number, tell
            self._looks.register(ends, selectors.EVENT_READ)
            return False
        os.setsid()
        os.write(tell, b"%d\n" % os.getpid())  # not before: its number is that of its group from here on
        for own, standard in ((given, 0), (written, 1), (written, 2)):
            os.dup2(own, standard)
        for other in (given, written, tell, *self._calls, *(told for _, told in self._calls.values())):
            os.close(other)
        self._looks.close()
        self._control.close()
        if os.isatty(0):
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        return True

    def _has_ended(self, ends: int) -> None:
        number, tell = self._calls.pop(ends)
        _, status = os.waitpid(number, 0)
        self._looks.unregister(ends)
        os.close(ends)
        with contextlib.suppress(BrokenPipeError):  # a test that does not ask for it
            os.write(tell, b"%d\n" % os.waitstatus_to_exitcode(status))
        os.close(tell)


def _is_as_read(environment: dict[str, str], read: dict[str, str | None]) -> bool:
    """Whether a process begun anew with these variables would be what this one is."""
    at_start = {name for name in os.environ.keys() | environment.keys() if name.startswith(_READ_AT_START)}
    if _ALL in read:
        return False
    return all(environment.get(name) == os.environ.get(name) for name in at_start) and all(
        environment.get(name) == value for name, value in read.items()
    )


def _streams() -> None:
    """The standard streams, as Python makes them for whatever they are now."""
    made = []
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        first: io.TextIOWrapper = getattr(sys, f"__{name}__")
        made.append(
            os.fdopen(
                number, mode, encoding=first.encoding, errors=first.errors, closefd=False,
                buffering=1 if number == 2 or os.isatty(number) else -1,
            )
        )  # fmt: skip
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = made  # type: ignore[misc]


def _run(asked: dict[str, Any], read: dict[str, str | None]) -> None:
    """`python -m infra`, in a copy."""
    arguments, folder, environment = asked["arguments"], asked["folder"], asked["environment"]
    os.chdir(folder)
    if not _is_as_read(environment, read):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execve(sys.executable, [sys.executable, "-m", "infra", *arguments], environment)
    os.environ.clear()
    os.environ.update(environment)
    _streams()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["-m", *arguments]
    sys.path[0] = folder
    runpy.run_module("infra", run_name="__main__", alter_sys=True)


def _main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    read = _variables_read()
    _warm_up()
    gc.collect()
    gc.freeze()  # or each copy would touch, and so copy, all of it as it looks for what is unused
    if (asked := _Server(control).serve()) is not None:
        _run(asked, read)


if __name__ == "__main__":
    _main()
