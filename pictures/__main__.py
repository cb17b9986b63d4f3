"""Take the pictures of docs/pictures anew: a demo country of its own is made, looked at in a browser, and thrown away.

`make pictures`; with names behind it (`ARGS="home person"`) those alone. It takes some minutes.
"""

from __future__ import annotations

import contextlib
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

from playwright.sync_api import Error, sync_playwright

from pictures.looking import Country, take

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parent.parent
FOLDER = REPOSITORY / "docs" / "pictures"
READY_WITHIN = 900  # seconds: a country of two years is made first
_GREETING = re.compile(r"Admin\s+(?P<here>\S+)/admin/\s+(?P<name>\S+) / (?P<password>\S+)\s+.*?: (?P<codes>.+)")


class NotUp(Exception):  # noqa: N818  (named as the fact)
    """The demo country did not come up; the message says what it said last."""


@contextlib.contextmanager
def country(port: int) -> Iterator[Country]:
    """A demo country that is served on this port until the block ends.

    Raises:
        NotUp: if it does not come up in time.
    """
    with tempfile.TemporaryDirectory(prefix="hera-pictures-", ignore_cleanup_errors=True) as folder:
        ours = {"PORT": str(port), "HERA_DATA_DIR": folder, "HERA_MAP_TILES": "none", "PYTHONUNBUFFERED": "1"}
        environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "PORT")}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=REPOSITORY,
            env=environment | ours,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            yield _greeted(process)
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=60)


def _greeted(process: subprocess.Popen[str]) -> Country:
    deadline, last = time.monotonic() + READY_WITHIN, ""
    assert process.stdout is not None
    for line in process.stdout:
        last = line.strip() or last
        if found := _GREETING.search(line):
            return Country(found["here"], found["name"], found["password"], found["codes"].split())
        if time.monotonic() > deadline:
            break
    raise NotUp(f"the demo country did not come up; it said last: {last}")


def main(wanted: list[str]) -> int:
    """Take the pictures that are named, or all; returns how many could not be taken."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("There is no chromium: install Debian's package chromium.", file=sys.stderr)  # noqa: T201
        return 1
    port = int(os.environ.get("PORT", "8765"))
    failed = 0
    try:
        with country(port) as served, sync_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-background-networking"]
            browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
            for name, problem in take(browser, served, FOLDER, wanted):
                failed += bool(problem)
                print(f"{name}: {problem or 'taken'}", flush=True)  # noqa: T201
            browser.close()
    except (NotUp, Error) as problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
