"""S15: what Sentry gets of a request that failed names nobody: a real one, told to a local server in Sentry's place."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import pytest

from hera.config import REPOSITORY
from tests.deploy.test_one_machine import PRODUCTION

NAME = "Amal-of-Aleppo) x"
NUMBER = "905321234567"

FAILING = f"""
import io, logging, os
import django
django.setup()
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

@csrf_exempt
def fails(request):
    logging.getLogger("hera.test").warning("no route to 0532 123 45 67, {{}}".format(request.GET["phone_number"]))
    logging.getLogger("hera.test").error("refused", extra={{"asked": [request.get_full_path()]}})
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE person (id int, name text, number text NOT NULL)")
        cursor.execute("INSERT INTO person VALUES (1, %s, NULL)", [{NAME!r}])

urlpatterns = [path("fails/", fails)]
from django.conf import settings
settings.ROOT_URLCONF = "__main__"
from hera.wsgi import application
body = b"name=" + {NAME!r}.encode()
environ = {{
    "REQUEST_METHOD": "POST", "PATH_INFO": "/fails/", "QUERY_STRING": "phone_number=%2B{NUMBER}",
    "SERVER_NAME": "hera.example.org", "SERVER_PORT": "443", "HTTP_HOST": "hera.example.org",
    "wsgi.url_scheme": "https",
    "HTTP_X_FORWARDED_PROTO": "https", "HTTP_AUTHORIZATION": "Token secret-of-hers", "HTTP_COOKIE": "a=secret-of-hers",
    "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(body)),
    "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(), "HTTP_REFERER": "https://x/?n={NUMBER}",
}}
told = []
list(application(environ, lambda status, heads: told.append(status)))
assert told[0].startswith("500"), told
import sentry_sdk
sentry_sdk.flush(10)
"""


class _Sentry(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        undo = {"gzip": gzip.decompress, "br": brotli.decompress}.get(self.headers.get("Content-Encoding"), bytes)
        body = undo(body)
        self.server.told.append(body.decode())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture
def sentry():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Sentry) as server:
        server.told = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.slow
def test_s15_what_sentry_gets_of_a_failed_request_names_nobody(sentry):
    environment = {
        **PRODUCTION,
        "PATH": os.environ["PATH"],
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "DJANGO_SETTINGS_MODULE": "hera.settings",
        "SENTRY_DSN": f"http://key@127.0.0.1:{sentry.server_port}/1",
        "PYTHONPATH": str(REPOSITORY),
    }
    done = subprocess.run(
        [sys.executable, "-c", FAILING], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    told = "".join(sentry.told)
    assert "NotNullViolation" in told
    assert "Failing row contains (...)" in told
    assert "in fails" in told or '"function":"fails"' in told
    for secret in ("Aleppo", NUMBER, "123 45 67", "secret-of-hers", "phone_number", "QUERY"):
        assert secret not in told, secret
    assert "Aleppo" not in done.stderr
    assert NUMBER not in done.stderr
