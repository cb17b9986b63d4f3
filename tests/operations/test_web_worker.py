"""S23: a crowd that says nothing, and who sends too much, keep nobody else waiting: a real server of threads."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from hera.config import REPOSITORY
from hera.devserver.processes import free_port
from tests.deploy.test_one_machine import PRODUCTION

pytestmark = pytest.mark.slow

CROWD = 400  # ten times what eight threads, lent for five seconds each, would let others wait for
BIG = 300_000_000


@pytest.fixture
def server():
    port = free_port()
    environment = {
        **PRODUCTION,
        "PATH": os.environ["PATH"],
        "DATABASE_URL": "postgresql://hera:x@127.0.0.1:1/hera",
        "HERA_BIND": f"127.0.0.1:{port}",
    }
    command = [Path(sys.executable).parent / "gunicorn", "-c", "gunicorn.conf.py"]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/infra/health_check/", timeout=5)
                break
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(60)


def test_s23_idle_connections_keep_no_thread_and_are_ended(server):
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(socket.create_connection(("127.0.0.1", server))) for _ in range(CROWD)]
        began = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{server}/infra/health_check/", timeout=30).status_code == 200
        assert time.monotonic() - began < 15
        for silent in crowd:
            silent.settimeout(30)
            assert silent.recv(1) == b""


def test_s23_what_is_too_large_is_not_read(server):
    head = (
        f"POST /otp_auth/request_challenge/ HTTP/1.1\r\nHost: hera.example.org\r\nX-Forwarded-Proto: https\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {BIG}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server), timeout=20) as client:
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")
        sent = 0
        with contextlib.suppress(OSError):
            while sent < BIG:
                sent += client.send(b"x" * 65536)
        assert sent < BIG / 2
