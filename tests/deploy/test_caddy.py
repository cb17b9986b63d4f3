"""The proxy of one machine, Debian's Caddy with our Caddyfile, in front of a server that remembers what reaches it."""

from __future__ import annotations

import contextlib
import http.server
import os
import shutil
import socket
import subprocess
import threading
import time

import httpx
import pytest

from hera.config import REPOSITORY
from hera.devserver.processes import free_port
from tests.slow_client import Slow

pytestmark = pytest.mark.slow


class Upstream(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, dict[str, str], int]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.path, headers, -1))
        body = self.rfile.read(int(headers.get("content-length", 0)))
        self.server.seen[-1] = (self.path, headers, len(body))
        self.send_response(201)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args):
        pass


@pytest.fixture(scope="module")
def upstream():
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def address(upstream, tmp_path_factory):
    if shutil.which("caddy") is None:
        if os.environ.get("CI"):
            pytest.fail("no caddy: .ci/run installs it")
        pytest.skip("no caddy on this machine: install Debian's package of that name to try the Caddyfile")
    port, folder = free_port(), tmp_path_factory.mktemp("caddy")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HERA_")}
    environment = {
        **kept,
        "HERA_DOMAIN": f"http://127.0.0.1:{port}",
        "HERA_UPSTREAM": f"127.0.0.1:{upstream.server_address[1]}",
        "CADDY_ADMIN": f"127.0.0.1:{free_port()}",
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = ["caddy", "run", "--config", str(REPOSITORY / "deploy" / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            while not _listens(port):
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(30)


def _listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_hera_is_told_the_caller_s_own_address_and_no_other(address, upstream):
    """Limits are kept by it: nobody may choose hers."""
    answer = httpx.post(f"{address}/told", content=b"abc", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 201
    path, headers, length = upstream.seen[-1]
    assert (path, headers["x-forwarded-for"], length) == ("/told", "127.0.0.1", 3)
    assert headers["x-forwarded-proto"] == "http"


def test_what_is_too_large_does_not_reach_hera_whole(address, upstream):
    assert httpx.post(f"{address}/large", content=b"x" * 3_000_000).status_code in {413, 502}
    assert not any(path == "/large" and length == 3_000_000 for path, _headers, length in upstream.seen)


def test_who_sends_slowly_is_cut_off_and_hera_never_knew(address, upstream):
    head = b"POST /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    began = time.monotonic()
    slow = [Slow(address, head + rest) for rest in (b"X-Long: ", b"Content-Length: 9999\r\n\r\n{")]
    while any(client.is_waited_for() for client in slow):
        assert time.monotonic() - began < 60, "they are waited for without end"
        time.sleep(0.5)
    for client in slow:
        client.socket.close()
    assert time.monotonic() - began > 5, "nobody was slow here: this test shows nothing"
    assert "/slow" not in {path for path, _headers, _length in upstream.seen}
    assert httpx.post(f"{address}/others").status_code == 201
