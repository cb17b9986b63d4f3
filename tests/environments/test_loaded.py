"""A copy of the process that has read hera-env is what a process begun anew is: the tests of hera-env rely on that."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.environments.conftest import ROOT, variables
from tests.environments.loaded import Call

pytestmark = pytest.mark.slow

COMMAND = ["status", "production-turkey", "--region", "eu-west-1"]


@pytest.fixture
def silent():
    """An AWS that takes calls and never answers, so that whoever calls it waits."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(60)
        yield listening


@pytest.fixture
def given(silent, resolver, tmp_path) -> dict[str, str]:
    address = f"http://127.0.0.1:{silent.getsockname()[1]}"
    return {**variables(tmp_path, resolver.address), "AWS_ENDPOINT_URL": address}


def _begun_anew(folder: Path, given: dict[str, str]) -> subprocess.Popen[str]:
    # Whoever runs the tests in the background has them ignore Ctrl-C, and what they start with them.
    return subprocess.Popen(
        ["env", "--default-signal=INT", sys.executable, "-m", "infra", *COMMAND], cwd=folder, env=given,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def _seen(process: Call | subprocess.Popen[str]) -> dict[str, object]:
    """What the kernel tells of a process, without the numbers that each has of its own."""
    of = Path(f"/proc/{process.pid}")
    status = dict(line.split(":\t", 1) for line in (of / "status").read_text().splitlines())
    files = {int(file.name): str(file.readlink()).partition("[")[0] for file in (of / "fd").iterdir()}
    return {
        "signals": {name: status[name] for name in ("SigBlk", "SigIgn", "SigCgt")},
        "folder": str((of / "cwd").readlink()),
        "group and session": (os.getpgid(process.pid) == process.pid, os.getsid(process.pid) == process.pid),
        "standard streams": [files.pop(number) for number in range(3)],
        "other files": sorted(files.values()),
        "mask": status["Umask"],
        "threads": status["Threads"],
    }


def _is_gone(number: int) -> bool:
    until = time.monotonic() + 20
    while Path(f"/proc/{number}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not Path(f"/proc/{number}").exists()


def test_a_copy_is_as_a_process_begun_anew_and_ends_as_it_does(loaded, silent, given, tmp_path):
    ends = []
    for process in (loaded.start(COMMAND, tmp_path, given), _begun_anew(tmp_path, given)):
        with silent.accept()[0]:
            seen = _seen(process)
            process.terminate()
            said, _ = process.communicate(timeout=60)
        ends.append((seen, process.returncode, said))
    assert ends[0] == ends[1]
    assert ends[0][1] == -signal.SIGTERM


def test_what_is_read_with_other_variables_is_read_anew(loaded, silent, given, tmp_path):
    other = {"HERA_ENV_RESOLVERS": "http://127.0.0.1:9/"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}
    for more, is_copy in (({"HERA_ONESIGNAL_API_KEY": "of its own"}, True), *((row, False) for row in other)):
        process = loaded.start(COMMAND, tmp_path, {**given, **more})
        with silent.accept()[0]:
            asked = Path(f"/proc/{process.pid}/cmdline").read_text()
            process.kill()
        process.communicate(timeout=20)
        assert process.returncode == -signal.SIGKILL
        assert ("loaded.py" in asked, "infra" in asked) == (is_copy, not is_copy), more


def test_nothing_outlives_a_worker_that_is_killed(silent, given, tmp_path):
    begin = (
        "import os, sys, time; from pathlib import Path; from tests.environments.loaded import Loaded;"
        "made = Loaded(dict(os.environ));"
        f"call = made.start({COMMAND!r}, Path({str(tmp_path)!r}), dict(os.environ));"
        "print(made.number, call.pid, flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", begin], cwd=ROOT, env=given, stdout=subprocess.PIPE, text=True)
    made, call = (int(number) for number in worker.stdout.readline().split())
    with silent.accept()[0]:
        worker.kill()
        worker.communicate(timeout=20)
        assert _is_gone(call)
        assert _is_gone(made)
