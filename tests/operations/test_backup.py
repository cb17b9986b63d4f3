"""Backups are restored into an empty database and compared, row by row; what goes wrong leaves nothing half done."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from hera.core import clock
from hera.devserver import embedded
from hera.devserver.processes import MANAGE
from hera.operations import backup
from tests.families import make_child, make_pregnancy, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def age(tmp_path):
    """A pair of keys: the public one, and the file of the private one."""
    return _age_keys(tmp_path / "age.key")


def _age_keys(file):
    if shutil.which("age-keygen") is None:
        if os.environ.get("CI"):
            pytest.fail("no age: .ci/run installs it")
        pytest.skip("no age on this machine: install Debian's package age to run the tests of backups")
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(file)], check=True, capture_output=True, text=True)
    return public.stdout.strip(), file


@pytest.fixture
def gpg(tmp_path, monkeypatch):
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    who = "backup@example.org"
    make = ["gpg", "--batch", "--passphrase", "", "--quick-generate-key", who, "default", "default", "never"]
    subprocess.run(make, check=True, capture_output=True)
    yield who, None
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], check=False)


@pytest.fixture
def people(programme):
    for number in range(20):
        user = make_user()
        make_child(user, dt.date(2025, 1, 1) + dt.timedelta(days=number), name="ليلى; DROP TABLE 'x'")
        make_pregnancy(user, dt.date(2026, 9, 1), dt.date(2026, 10, 1))


def _contents(url):
    """Every table's rows as one sum, so that nothing can differ unseen."""
    with psycopg.connect(url) as database:
        tables = [name for (name,) in database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        return {
            name: database.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{name}\" t"
            ).fetchone()
            for name in tables
        }


def _own_url():
    return settings.HERA.database.url.replace(
        f"/{settings.HERA.database.name}", f"/{connection.settings_dict['NAME']}", 1
    )


def _empty_database():
    return embedded.scratch_database(_own_url(), f"{connection.settings_dict['NAME']}_restored")


def _restore(url, file, identity):
    command = [*MANAGE, "restore", str(file), *(["--identity", str(identity)] if identity else [])]
    return subprocess.run(
        command,
        env={**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": ""},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("keys", ["age", "gpg"])
def test_a_backup_restored_into_an_empty_database_is_the_same(people, keys, request, tmp_path):
    recipient, identity = request.getfixturevalue(keys)
    file = backup.back_up(tmp_path / "backups", recipient, "local", clock.now())
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"auth_user" not in file.read_bytes()
    before = _contents(_own_url())
    assert before["child_health_child"][0] == 20
    with _empty_database() as url:
        done = _restore(url, file, identity)
        assert done.returncode == 0, done.stderr
        assert _contents(url) == before
        again = _restore(url, file, identity)
        assert again.returncode
        assert "tables already" in again.stderr
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [file.name]


@pytest.mark.parametrize("what", ["cut short", "another key"])
def test_a_backup_that_cannot_be_read_changes_nothing(people, age, what, tmp_path):
    recipient, identity = age
    file = backup.back_up(tmp_path / "backups", recipient, "local", clock.now())
    if what == "cut short":
        os.truncate(file, file.stat().st_size - 100)
    else:
        _public, identity = _age_keys(tmp_path / "another.key")
    with _empty_database() as url:
        done = _restore(url, file, identity)
        assert done.returncode
        assert "cannot be decrypted" in done.stderr
        assert _contents(url) == {}


def test_a_backup_that_fails_leaves_no_file(people, tmp_path):
    with pytest.raises(backup.BackupFailed, match="age failed"):
        backup.back_up(tmp_path, "age1nonsense", "local", clock.now())
    assert list(tmp_path.iterdir()) == []


class _Taker(BaseHTTPRequestHandler):
    """Takes a PUT as S3 does: of a known length, or not at all."""

    def do_PUT(self):
        self.server.taken = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("answer", [200, 403])
def test_a_backup_is_sent_to_a_signed_address_and_kept_here_only_if_it_was_not_taken(
    people, age, tmp_path, monkeypatch, answer
):
    recipient, _identity = age
    server = HTTPServer(("127.0.0.1", 0), _Taker)
    server.answer = answer
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/x?signed"
    changed = dataclasses.replace(settings.HERA, backup_recipient=recipient, backup_upload_url=address)
    monkeypatch.setattr(settings, "HERA", changed)
    try:
        if answer == 200:
            call_command("backup", str(tmp_path / "out"))
        else:
            with pytest.raises(CommandError, match="not taken \\(403\\)"):
                call_command("backup", str(tmp_path / "out"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert server.taken.startswith(b"age-encryption.org")
    assert len(list((tmp_path / "out").iterdir())) == (0 if answer == 200 else 1)


def test_without_a_recipient_the_command_says_what_to_do(tmp_path):
    with pytest.raises(CommandError, match="age-keygen"):
        call_command("backup", str(tmp_path))


def test_old_backups_go_and_the_newest_and_other_files_stay(tmp_path):
    for name in (
        "hera-local-20260101T000000Z.dump.age",
        "hera-local-20261101T000000Z.dump.age",
        "hera-local-20261124T000000Z.dump.gpg",
        "notes.txt",
    ):
        (tmp_path / name).touch()
    now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    backup.delete_old(tmp_path, dt.timedelta(days=7), now)
    left = ["hera-local-20261124T000000Z.dump.gpg", "notes.txt"]
    assert sorted(path.name for path in tmp_path.iterdir()) == left
    backup.delete_old(tmp_path, dt.timedelta(0), now)
    assert sorted(path.name for path in tmp_path.iterdir()) == left
