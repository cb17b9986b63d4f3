"""Asks another process to render templates, and ends it when one runs long."""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

log = logging.getLogger(__name__)

Job = dict[str, Any]  # `source`; if it is to be rendered `values`, and the text's `language` and its `direction`
Answer = dict[str, Any]  # `text`, `variables`, `error`, `stopped` or `late`
LATE: Answer = {"late": True}  # not begun in time
UNFINISHED: Answer = {"late": True, "begun": True}

_PROGRAM = "hera.texts.rendering_process"
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")  # no key and no address
_ENDED_BY = {signal.SIGPROF: "time", signal.SIGKILL: "memory"}  # the latter: by a machine that had none left


class Renderer:
    """A process that renders, started when it is first needed and again after it was ended; one asks at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def ask(self, jobs: Sequence[Job], seconds: float) -> list[Answer]:
        """An answer to each job, within so many seconds; those that were not finished by then are `late`.

        A text that ended the process is `stopped`, by "time" or "memory", and the others are rendered by the next.
        """
        deadline = time.monotonic() + seconds
        if not self._lock.acquire(timeout=max(0.0, seconds)):
            return [LATE] * len(jobs)
        try:
            answers: list[Answer] = []
            while len(answers) < len(jobs) and time.monotonic() < deadline:
                answers += self._ask_once(jobs[len(answers) :], deadline)
            return answers + [LATE] * (len(jobs) - len(answers))
        except BaseException:
            self._end()  # what is half said would be taken for the answers to others
            raise
        finally:
            self._lock.release()

    def close(self) -> None:
        """End the process, if one runs."""
        with self._lock:
            self._end()

    def _ask_once(self, jobs: Sequence[Job], deadline: float) -> list[Answer]:
        """Answers up to the text that ended the process, or to all."""
        process = self._running()
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended; why is said below
            process.stdin.write(json.dumps(list(jobs)).encode() + b"\n")
            process.stdin.flush()
        answers: list[Answer] = []
        for line in self._lines(process, deadline):
            answer = json.loads(line)
            if "ready" in answer:
                self._ready = True
                continue
            answers.append(answer)
            if "stopped" in answers[-1]:
                self._end()
                return answers
            if len(answers) == len(jobs):
                return answers
        status = process.poll()  # None: it is still at it, and out of time
        self._end()
        if status is None:
            unfinished = UNFINISHED if self._ready else LATE
            return [*answers, unfinished] + [LATE] * (len(jobs) - len(answers) - 1)
        if status >= 0:
            log.error("the rendering process ended by itself (%s)", status)
            return answers + [LATE] * (len(jobs) - len(answers))
        return [*answers, {"stopped": _ENDED_BY.get(signal.Signals(-status), "crash")}]

    def _lines(self, process: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
        """What it says, line by line, until it ends or the deadline comes."""
        assert process.stdout is not None
        stream = process.stdout.fileno()
        poll = select.poll()
        poll.register(stream, select.POLLIN)
        rest = b""
        while (left := deadline - time.monotonic()) > 0:
            if not poll.poll(left * 1000):
                return
            if not (said := os.read(stream, 65536)):
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.01, left))
                return
            *lines, rest = (rest + said).split(b"\n")
            yield from lines

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()  # by somebody else, while it had nothing to do
        if self._process is None:
            self._ready = False
            self._process = subprocess.Popen(  # noqa: S603  (our own program)
                [sys.executable, "-m", _PROGRAM],
                cwd=Path(__file__).parents[2],
                env={name: os.environ[name] for name in _INHERITED if name in os.environ},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


# One for what goes out and is read, one for what staff are writing: they must not wait for each other.
_renderers: dict[str, Renderer] = {}


def live() -> Renderer:
    """The process for texts of events and surveys."""
    return _renderers["live"]


def of_drafts() -> Renderer:
    """The process for texts that staff are writing."""
    return _renderers["drafts"]


def _make() -> None:
    # A process that was forked shares its parent's pipes with it, and must not use them.
    _renderers.update(live=Renderer(), drafts=Renderer())


def _close() -> None:
    for renderer in _renderers.values():
        renderer.close()


_make()
os.register_at_fork(after_in_child=_make)
atexit.register(_close)
