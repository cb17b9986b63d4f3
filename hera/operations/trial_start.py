"""Does this version start here? `python -m hera.operations.trial_start` starts the web server once, as it is to run.

It asks `/infra/started/`, which the load balancer asks too, and ends: with 0 once the server has found its tables, and
else with 1 and the reason as its last line. It serves nobody: it listens on a port that it alone knows.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

WITHIN = 120.0  # seconds; a quarter of a processor takes some twenty
_BETWEEN_LOOKS, _STOPS_WITHIN = 0.5, 30.0
_FOLDER = Path(__file__).resolve().parents[2]
_STARTED, _REFUSES = "/infra/started/", "HERA cannot start."


def reason_not_started(within: float = WITHIN) -> str:
    """Why the web server does not start with this environment's settings and tables; empty if it does.

    What the server wrote goes to standard error then.
    """
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    variables = {**os.environ, "HERA_BIND": f"127.0.0.1:{port}", "HERA_WEB_PROCESSES": "1"}
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"]
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen(command, cwd=_FOLDER, env=variables, stdout=said, stderr=said)  # noqa: S603
        try:
            reason = _asked(server, said.fileno(), f"http://127.0.0.1:{port}{_STARTED}", within)
        finally:
            server.terminate()
            try:
                server.wait(_STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        if reason:
            sys.stderr.write("\n".join([*_lines(said.fileno()), ""]))
    return reason


def _asked(server: subprocess.Popen[bytes], said: int, address: str, within: float) -> str:
    reason, until = f"it does not answer within {within:.0f} seconds", time.monotonic() + within
    while time.monotonic() < until:
        # gunicorn goes on for ever with processes that a wrong setting ends.
        if refusal := next((line for line in _lines(said) if line.startswith(_REFUSES)), ""):
            return refusal
        if server.poll() is not None:
            return f"its web server ended: {next(iter(_lines(said)[::-1]), 'it wrote nothing')}"
        try:
            with urllib.request.urlopen(address, timeout=10):  # noqa: S310  (our own server)
                return ""
        except urllib.error.HTTPError as refused:
            reason = _detail(refused.read())
        except OSError:
            pass  # it does not listen yet
        time.sleep(_BETWEEN_LOOKS)
    return reason


def _lines(said: int) -> list[str]:
    """What the server wrote so far: read without moving the place at which it writes on."""
    written = os.pread(said, os.fstat(said).st_size, 0).decode(errors="replace")
    return [line for line in written.splitlines() if line.strip()]


def _detail(answer: bytes) -> str:
    try:
        return str(json.loads(answer)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"it answers with {answer[:200].decode(errors='replace')}"


def main() -> None:
    """End with 1 and the reason if the web server does not start within so many seconds (the argument, or 120)."""
    if reason := reason_not_started(*map(float, sys.argv[1:2])):
        sys.exit(f"{reason[0].upper()}{reason[1:].rstrip('.')}.")


if __name__ == "__main__":
    main()
