"""I12: what is wrong with one machine reaches somebody, once, until it is over."""

from __future__ import annotations

import datetime as dt
import json
import socket
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hera.config import REPOSITORY
from hera.operations import alarms

NOW = dt.datetime(2026, 11, 27, 3, 0, tzinfo=dt.UTC)
FULL = alarms.Problem("disk /", "The disk is nearly full")
UNREADY = alarms.Problem("ready", "HERA cannot do its work", may_pass=True)


class Somebody(ThreadingHTTPServer):
    """Whom alarms reach, and a web server that says whether it is ready."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.read: list[dict] = []
        self.answers = (200, {"status": "ready"})
        self.address = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.read.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(*self.server.answers)

    def do_GET(self):
        self._answer(*self.server.answers)

    def _answer(self, status, body):
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

    def log_message(self, *_args):
        pass


@pytest.fixture
def somebody():
    with Somebody() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def environment(somebody):
    return {
        "HERA_ALARM_URLS": f"json://127.0.0.1:{somebody.server_port}",
        "HERA_ENVIRONMENT": "production-test",
    }


def test_an_alarm_is_told_once_and_again_after_hours_and_when_it_is_over(somebody, environment, tmp_path):
    state, send = tmp_path / "told.json", alarms.sender(environment)
    for minutes, problems in ((0, [FULL]), (5, [FULL]), (361, [FULL]), (366, []), (371, [])):
        assert alarms.tell(problems, state, NOW + dt.timedelta(minutes=minutes), send)
    assert [told["message"] for told in somebody.read] == [
        "The disk is nearly full",
        "The disk is nearly full",
        "It is over: The disk is nearly full",
    ]
    assert somebody.read[0]["title"] == "HERA: look at this (production-test)"


def test_what_may_pass_is_told_only_if_it_lasts(somebody, environment, tmp_path):
    state, send = tmp_path / "told.json", alarms.sender(environment)
    for seconds, problems in ((0, [UNREADY]), (1, [UNREADY]), (300, []), (600, [UNREADY]), (601, [UNREADY])):
        alarms.tell(problems, state, NOW + dt.timedelta(seconds=seconds), send)
    assert somebody.read == []
    alarms.tell([UNREADY], state, NOW + dt.timedelta(seconds=900), send)
    assert [told["message"] for told in somebody.read] == ["HERA cannot do its work"]


def test_a_clock_that_was_set_back_silences_nothing(somebody, environment, tmp_path):
    state, send = tmp_path / "told.json", alarms.sender(environment)
    alarms.tell([FULL], state, NOW, send)
    alarms.tell([FULL], state, NOW - dt.timedelta(days=30), send)
    assert len(somebody.read) == 2


def test_what_did_not_arrive_is_told_at_the_next_look(somebody, environment, tmp_path):
    state, send = tmp_path / "told.json", alarms.sender(environment)
    somebody.answers = (500, {})
    assert not alarms.tell([FULL], state, NOW, send)
    somebody.answers = (200, {})
    assert alarms.tell([FULL], state, NOW + dt.timedelta(minutes=5), send)
    assert len(somebody.read) == 2
    somebody.answers = (500, {})
    assert not alarms.tell([], state, NOW + dt.timedelta(minutes=10), send)
    somebody.answers = (200, {})
    assert alarms.tell([], state, NOW + dt.timedelta(minutes=15), send)
    assert alarms.tell([], state, NOW + dt.timedelta(minutes=20), send)
    assert len(somebody.read) == 4


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((200, {"status": "ready"}), None),
        ((503, {"detail": "migrations are missing: run manage.py migrate"}), "migrations are missing: run"),
        ((500, b"<html>"), "the web server answers 500. Paste: journalctl"),
        ((503, b"[]"), "the web server answers 503"),
    ],
)
def test_it_says_what_readiness_says(somebody, answers, says):
    somebody.answers = answers
    found = list(alarms.not_ready(somebody.address, "hera.example.org"))
    assert bool(found) == bool(says)
    assert all(says in problem.sentence for problem in found)


def test_a_web_server_that_does_not_answer(somebody):
    somebody.shutdown()
    somebody.server_close()
    (problem,) = alarms.not_ready(somebody.address, "hera.example.org")
    assert "does not answer" in problem.sentence


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "There is no backup"),
        (["hera-production-x-20261125T233000Z.dump.age"], "The newest backup is of 20261125T233000Z"),
        (["hera-production-x-20261127T023000Z.dump.age", "hera-production-x-20261126T023000Z.dump.age"], None),
        (["hera-production-x-20261127T023000Z.dump.gpg"], None),
        # Made by a clock that was ahead.
        (
            ["hera-production-x-20261130T023000Z.dump.age", "hera-production-x-20261124T023000Z.dump.age"],
            "The newest backup is of 20261124T023000Z",
        ),
        (["hera-production-x-20261127T023000Z.dump.age.minisig", "x.part"], "There is no backup"),
    ],
)
def test_a_backup_too_old(tmp_path, names, says):
    for name in names:
        (tmp_path / name).touch()
    found = list(alarms.old_backup(tmp_path, NOW))
    assert [says in problem.sentence for problem in found] == ([True] if says else [])
    assert list(alarms.old_backup(tmp_path / "none", NOW))


def test_a_disk_nearly_full_is_told_once(monkeypatch, tmp_path):
    monkeypatch.setattr(alarms, "LEAST_FREE", 0.0)
    assert list(alarms.full_disks((tmp_path,))) == []
    monkeypatch.setattr(alarms, "LEAST_FREE", 1.1)
    (problem,) = alarms.full_disks((tmp_path, tmp_path, tmp_path / "none"))
    assert "nearly full" in problem.sentence
    assert "no reminder goes out" in problem.sentence


def _certificate(folder, days):
    """A server's key and certificate that ends in `days`, and the authority that signed it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=90 - days))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hera.example.org")]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.mark.parametrize(
    ("days", "host", "trusted", "says"),
    [
        (60, "hera.example.org", True, None),
        (13, "hera.example.org", True, "ends in 13.0 days"),
        (-1, "hera.example.org", True, "do not believe the certificate of hera.example.org (certificate has expired)"),
        (60, "other.example.org", True, "do not believe the certificate of other.example.org (Hostname mismatch"),
        (60, "hera.example.org", False, "(self-signed certificate)"),
    ],
)
def test_a_certificate_that_phones_do_not_believe_or_soon_will_not(monkeypatch, tmp_path, days, host, trusted, says):
    file = _certificate(tmp_path, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            plain, _address = listener.accept()
            try:
                context.wrap_socket(plain, server_side=True).close()
            except (ssl.SSLError, OSError):
                plain.close()

        threading.Thread(target=answer, daemon=True).start()
        found = list(alarms.certificate(host, listener.getsockname()[1]))
    assert [says in problem.sentence for problem in found] == ([True] if says else []), found


def test_nobody_at_the_door_of_https():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    (problem,) = alarms.certificate("hera.example.org", port)
    assert "does not answer to HTTPS" in problem.sentence


@pytest.mark.parametrize(
    ("urls", "ends", "says"),
    [
        ("", 1, "HERA_ALARM_URLS is not set"),
        ("nonsense://x", 1, "apprise does not know address number 1"),
    ],
)
def test_a_test_says_what_is_missing_and_needs_no_other_setting(urls, ends, says):
    done = subprocess.run(
        [sys.executable, "-m", "hera.operations.alarms", "test"],
        cwd=REPOSITORY,
        env={"HERA_ALARM_URLS": urls, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, says in done.stdout + done.stderr) == (ends, True)


def test_alarms_need_nothing_of_what_may_be_broken():
    code = "import sys, hera.operations.alarms; sys.exit('django' in sys.modules or 'hera.config' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
