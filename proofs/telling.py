"""How proofs tell what they see, run programs, and wait."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any


class NotProven(Exception):  # noqa: N818
    """Something does not hold; the text says what was seen, and what mends it."""

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(f"{cause}\n  Mend: {mend}")


class NotHere(Exception):  # noqa: N818
    """This machine cannot have what the proof wants: it is left out, and said so."""


def says(line: str) -> None:
    """One line for who watches, at once."""
    print(line, flush=True)


def holds(what: str, is_so: object, mend: str, seen: object = "") -> None:
    """Tell that something is so.

    Raises:
        NotProven: if it is not.
    """
    if not is_so:
        raise NotProven(f"{what}: not so. {seen}".rstrip(), mend)
    says(f"  ok  {what}")


def run(*command: object, mend: str = "run it by hand and read what it says", **options: Any) -> str:
    """What a program prints.

    Raises:
        NotProven: if it fails, with the end of what it said.
    """
    done = tried(*command, **options)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise NotProven(f"`{' '.join(map(str, command))}` ended with {done.returncode}: {said}", mend)
    return done.stdout


def tried(*command: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """A program that was run, however it ended."""
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **options)


def wait_for(what: str, is_so: Callable[[], object], seconds: float, mend: str) -> float:
    """Wait until it is so; returns the seconds that it took.

    Raises:
        NotProven: if it does not become so.
    """
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise NotProven(f"{what}: not within {seconds:.0f} seconds", mend)
        time.sleep(0.1)
    return time.monotonic() - began


class Clock:
    """Tells how long each part of a proof took."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def lap(self, what: str) -> None:
        """Tell what the time since the last lap was for."""
        now = time.monotonic()
        says(f"      ({what}: {now - self._began:.0f} s)")
        self._began = now
