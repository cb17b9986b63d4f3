"""S16: backups are signed; ours are restored into an empty database and compared, row by row. What is forged, renamed,
holds more than ours do or goes wrong leaves nothing half done."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from hera.core import clock
from hera.devserver import embedded
from hera.devserver.processes import MANAGE
from hera.operations import backup, dump_contents, signatures
from hera.operations.programs import BackupFailed, piped, postgresql
from tests.families import make_child, make_pregnancy, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def age(tmp_path):
    """A pair of keys: the public one, and the file of the private one."""
    return _age_keys(tmp_path / "age.key")


@pytest.fixture
def signer(tmp_path):
    """A pair of keys to sign with: the file of the secret one, and the public one."""
    return _signing_keys(tmp_path / "sign.key")


def _signing_keys(file):
    if shutil.which("minisign") is None:
        if os.environ.get("CI"):
            pytest.fail("no minisign: .ci/run installs it")
        pytest.skip("no minisign on this machine: install Debian's package minisign to run the tests of backups")
    public = file.with_suffix(".pub")
    subprocess.run(["minisign", "-G", "-W", "-f", "-s", str(file), "-p", str(public)], check=True, capture_output=True)
    return file, public.read_text().splitlines()[-1]


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


@contextlib.contextmanager
def _empty_database(*, of_superuser=False):
    """An empty database whose owner may do nothing more, as restore wants it; yields her address of it."""
    name = f"{connection.settings_dict['NAME']}_restored"
    owner = sql.Identifier(f"owner of {name}")
    with embedded.scratch_database(_own_url(), name) as url:
        if of_superuser:
            yield url
            return
        with psycopg.connect(_own_url(), autocommit=True) as server:
            server.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'owner'").format(owner))
            try:
                server.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), owner))
                parts = psycopg.conninfo.conninfo_to_dict(url)
                host, port = parts["host"], parts.get("port", 5432)
                where = f"@/{name}?host={host}" if str(host).startswith("/") else f"@{host}:{port}/{name}"
                yield f"postgresql://owner%20of%20{name}:owner{where}"
            finally:
                server.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(name)))
                with psycopg.connect(url, autocommit=True) as restored:
                    restored.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(owner))
                server.execute(sql.SQL("DROP ROLE {}").format(owner))


def _restore(url, file, identity, public):
    command = [*MANAGE, "restore", str(file), "--signer", public, *(["--identity", str(identity)] if identity else [])]
    return subprocess.run(
        command,
        env={**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": ""},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("keys", ["age", "gpg"])
def test_a_backup_restored_into_an_empty_database_is_the_same(people, keys, signer, request, tmp_path):
    recipient, identity = request.getfixturevalue(keys)
    file = backup.back_up(tmp_path / "backups", recipient, signer[0], "local", clock.now())
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"auth_user" not in file.read_bytes()
    before = _contents(_own_url())
    assert before["child_health_child"][0] == 20
    with _empty_database() as url:
        done = _restore(url, file, identity, signer[1])
        assert done.returncode == 0, done.stderr
        assert _contents(url) == before
        again = _restore(url, file, identity, signer[1])
        assert again.returncode
        assert "tables already" in again.stderr
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == [file.name, f"{file.name}.minisig"]


def test_a_backup_of_a_database_whose_schema_is_the_trail_s_is_restored(people, age, signer, tmp_path):
    """As `audit separate` leaves it: what every machine in use has."""
    with connection.cursor() as cursor:
        owner = connection.ops.quote_name(f"{connection.settings_dict['NAME']}_trail")
        cursor.execute(f"CREATE ROLE {owner}; ALTER SCHEMA public OWNER TO {owner}")
        try:
            file = backup.back_up(tmp_path / "backups", age[0], signer[0], "local", clock.now())
            with _empty_database() as url:
                done = _restore(url, file, age[1], signer[1])
                assert done.returncode == 0, done.stderr
                assert _contents(url) == _contents(_own_url())
        finally:
            cursor.execute(f"ALTER SCHEMA public OWNER TO pg_database_owner; DROP ROLE {owner}")


@pytest.fixture
def made(people, age, signer, tmp_path):
    return backup.back_up(tmp_path / "backups", age[0], signer[0], "production-x", clock.now())


def _changed(file, how, age, tmp_path):
    """What somebody does to a backup; returns the file, and the key to restore it with."""
    _public, identity = age
    beside = signatures.beside(file)
    if how == "cut short":
        os.truncate(file, file.stat().st_size - 100)
    elif how == "no signature":
        beside.unlink()
    elif how == "made by somebody else":  # the recipient is public: anybody can encrypt for her
        subprocess.run(["age", "-r", age[0], "-o", str(file)], input=b"PGDMP", check=True)
    elif how == "signed by somebody else":
        beside.unlink()
        signatures.sign(file, file.name, _signing_keys(tmp_path / "another.key")[0], beside)
    elif how == "an old one passed off as new":
        renamed = file.with_name("hera-production-x-20991231T000000Z.dump.age")
        beside.rename(signatures.beside(renamed))
        file = file.rename(renamed)
    elif how == "for another key":
        _public, identity = _age_keys(tmp_path / "another.age")
    return file, identity


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("cut short", "is not what was signed"),
        ("no signature", "There is no signature"),
        ("made by somebody else", "is not what was signed"),
        ("signed by somebody else", "is not what was signed"),
        ("an old one passed off as new", "it is that backup, renamed"),
        ("for another key", "cannot be decrypted"),
    ],
)
def test_s16_a_backup_that_is_not_what_was_signed_changes_nothing(made, age, signer, how, says, tmp_path):
    file, identity = _changed(made, how, age, tmp_path)
    with _empty_database() as url:
        done = _restore(url, file, identity, signer[1])
        assert done.returncode
        assert says in done.stderr
        assert "Traceback" not in done.stderr
        assert _contents(url) == {}


def test_s16_a_user_that_may_run_programs_is_refused(made, age, signer):
    with _empty_database(of_superuser=True) as url:
        done = _restore(url, made, age[1], signer[1])
        assert done.returncode
        assert "may run programs on the database's server" in done.stderr
        assert _contents(url) == {}
    with _empty_database() as url:
        with psycopg.connect(_own_url(), autocommit=True) as server:
            owner = psycopg.conninfo.conninfo_to_dict(url)["user"]
            server.execute(sql.SQL("GRANT pg_execute_server_program TO {}").format(sql.Identifier(owner)))
        assert "may run programs" in _restore(url, made, age[1], signer[1]).stderr


@pytest.mark.parametrize(
    "planted",
    [
        "CREATE FUNCTION evil() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TRIGGER evil BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE EXTENSION vector",
        "CREATE SCHEMA other",
        "CREATE VIEW other AS SELECT 1 AS one",
        "CREATE RULE other AS ON INSERT TO t DO ALSO NOTHING",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY other ON t USING (true)",
        "GRANT SELECT ON t TO PUBLIC",
        "SELECT lo_create(1)",
        "CREATE PUBLICATION other",
        "COMMENT ON TABLE t IS 'x'",
    ],
)
def test_s16_what_no_backup_of_ours_holds_is_refused(planted, age, signer, tmp_path):
    """Signed and all: as if the signing key had been stolen."""
    file = tmp_path / "hera-x-20261126T000000Z.dump.age"
    with _empty_database(of_superuser=True) as url:
        with psycopg.connect(url) as database:
            database.execute("CREATE TABLE t (id int)")
            database.execute(planted)
        dump = subprocess.run([postgresql("pg_dump"), "--format=custom", url], check=True, capture_output=True).stdout
    subprocess.run(["age", "-r", age[0], "-o", str(file)], input=dump, check=True)
    signatures.sign(file, file.name, signer[0], signatures.beside(file))
    with _empty_database() as url:
        done = _restore(url, file, age[1], signer[1])
        assert done.returncode
        assert "The backup holds what no backup of HERA does" in done.stderr
        assert _contents(url) == {}


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'touch /tmp/x';",
        "COPY public.t (id) FROM PROGRAM 'id';",
        "COPY public.t (id) FROM '/etc/passwd';",
        "CREATE TABLE public.t (id int); COPY public.t FROM PROGRAM 'id';",
        "CREATE TABLE public.t (a text DEFAULT '\\'); COPY public.t FROM PROGRAM ''; SELECT ('\\');",
        "SET standard_conforming_strings = off;",
        "CREATE TABLE public.t (x text DEFAULT '--'); DO $$BEGIN END$$;",
        "ALTER TABLE public.t OWNER TO postgres;",
        "ALTER TABLE ONLY public.t DISABLE TRIGGER ALL;",
        "SET ROLE postgres;",
        "SELECT pg_catalog.pg_read_file('/etc/passwd');",
        "COPY public.t (id) FROM stdin;\n1\n\\.\nCOPY public.t (id) FROM PROGRAM 'id';",
        "CREATE SERVER x FOREIGN DATA WRAPPER y;",
        "CREATE EVENT TRIGGER x ON ddl_command_start EXECUTE FUNCTION y();",
    ],
)
def test_s16_statements_hidden_in_an_entry_of_an_innocent_kind_are_found(statement):
    with pytest.raises(BackupFailed, match="holds what no backup of HERA does"):
        dump_contents.check_statements(statement.splitlines(keepends=True))


def test_s16_what_migrations_make_beside_tables_is_what_a_backup_may_hold(db):
    """A migration that makes a function or a trigger gives it its line in `dump_contents`."""
    ours = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND deptype = 'e')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND {ours}")
        assert {name for (name,) in cursor.fetchall()} == dump_contents.FUNCTIONS
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        assert set(cursor.fetchall()) == dump_contents.TRIGGERS
        cursor.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'")
        assert {name for (name,) in cursor.fetchall()} <= dump_contents.EXTENSIONS


def test_a_backup_that_fails_leaves_no_file(people, signer, tmp_path):
    folder = tmp_path / "backups"
    with pytest.raises(backup.BackupFailed, match="age failed"):
        backup.back_up(folder, "age1nonsense", signer[0], "local", clock.now())
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("key", ["missing", "nonsense"])
def test_a_backup_that_cannot_be_signed_leaves_no_file(people, age, signer, key, tmp_path):
    folder, file = tmp_path / "backups", tmp_path / key
    if key == "nonsense":
        file.write_text("nonsense")
    with pytest.raises(backup.BackupFailed, match="minisign -G -W"):
        backup.back_up(folder, age[0], file, "local", clock.now())
    assert list(folder.iterdir()) == []


class _Taker(BaseHTTPRequestHandler):
    """Takes a PUT as S3 does: of a known length, or not at all."""

    def do_PUT(self):
        self.server.taken[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


@pytest.mark.parametrize("answer", [200, 403])
def test_a_backup_is_sent_to_a_signed_address_and_kept_here_only_if_it_was_not_taken(
    people, age, signer, tmp_path, monkeypatch, answer
):
    recipient, _identity = age
    server = HTTPServer(("127.0.0.1", 0), _Taker)
    server.answer, server.taken = answer, {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    changed = dataclasses.replace(
        settings.HERA,
        backup_recipient=recipient,
        backup_signing_key=str(signer[0]),
        backup_upload_url=f"{address}/backup?signed",
        backup_signature_upload_url=f"{address}/signature?signed",
    )
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
    assert server.taken["/signature?signed"].startswith(b"untrusted comment")
    assert len(list((tmp_path / "out").iterdir())) == (0 if answer == 200 else 2)
    if answer == 200:
        assert server.taken["/backup?signed"].startswith(b"age-encryption.org")


def test_without_its_keys_the_command_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="minisign -G"):
        call_command("backup", str(tmp_path))
    with pytest.raises(CommandError, match="age-keygen"):
        call_command("backup", str(tmp_path), "--unsigned")
    changed = dataclasses.replace(settings.HERA, backup_signing_key="x", backup_upload_url="http://127.0.0.1:9")
    monkeypatch.setattr(settings, "HERA", changed)
    with pytest.raises(CommandError, match="HERA_BACKUP_SIGNATURE_UPLOAD_URL"):
        call_command("backup", str(tmp_path))


def test_without_the_signer_s_key_restore_says_what_to_do(tmp_path):
    with pytest.raises(CommandError, match="--signer"):
        call_command("restore", str(tmp_path / "x"))


def test_old_backups_go_and_the_newest_and_other_files_stay(tmp_path):
    for name in (
        "hera-local-20260101T000000Z.dump.age",
        "hera-local-20260101T000000Z.dump.age.minisig",
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


@pytest.mark.parametrize("program", ["cat", "age"])
def test_i13_a_full_disk_is_told_as_such(age, program):
    command = ["age", "--encrypt", "--recipient", age[0]] if program == "age" else ["cat"]
    with Path("/dev/full").open("wb") as full, pytest.raises(BackupFailed) as problem, piped(["yes"], command, full):
        pass
    assert str(problem.value).startswith("The disk is full")
    assert "there is no backup of tonight" in str(problem.value)


def test_i13_a_folder_that_takes_no_backup_is_told_as_such(age, signer, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BackupFailed, match=r"could not be written into .*: there is none of tonight"):
        backup.back_up(tmp_path / "file" / "backups", age[0], signer[0], "local", clock.now())


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_i13_a_database_that_does_not_answer_is_one_sentence(age, signer, command, tmp_path, people):
    made = backup.back_up(tmp_path / "backups", age[0], signer[0], "local", clock.now())
    nowhere = f"postgresql://root@/hera?host={tmp_path}"
    if command == "restore":
        done = _restore(nowhere, made, age[1], signer[1])
    else:
        settings_of_backup = {"HERA_BACKUP_RECIPIENT": age[0], "HERA_BACKUP_SIGNING_KEY": str(signer[0])}
        done = subprocess.run(
            [*MANAGE, "backup", str(tmp_path / "more")],
            env={**os.environ, **settings_of_backup, "DATABASE_URL": nowhere, "HERA_DB_SECRET": ""},
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "The database does not answer, or refuses" in done.stderr
    assert "hera manage" in done.stderr
