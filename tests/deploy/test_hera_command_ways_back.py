"""Every command of one machine that stops or renames something has a way out: whatever step fails or is broken off,
mothers are served as before or by what was asked for, and it says which."""

from __future__ import annotations

import signal
import threading
import time

import psycopg
import pytest

from tests.deploy.pretended_machine import EVERYTHING, Machine

pytestmark = pytest.mark.slow


def _is_as_before(machine: Machine) -> None:
    assert machine.up() == set(EVERYTHING)
    assert (machine.databases(), machine.holds()) == (["hera"], "before")
    assert machine.current() == "v1.0"
    assert not (machine.root / "var/lib/hera/restore").exists()


STEPS_OF_READING = ["dropdb", "createdb", "install -d", "manage.py restore", "manage.py migrate"]
STEPS_OF_RESTORE = [*STEPS_OF_READING, "systemctl stop hera-web.socket", "RENAME TO"]


@pytest.mark.parametrize("step", STEPS_OF_RESTORE)
def test_a_restore_that_fails_leaves_everything_as_it_was_and_says_so(machine, step):
    done = machine.restore(FAILS=step)
    assert done.returncode == 1
    assert done.stdout.endswith("hera: Mothers are served: v1.0 runs.\n"), done.stdout
    if step not in STEPS_OF_READING:
        (machine.root / "called").unlink()
    elif "systemctl stop hera-web" in machine.called():
        pytest.fail("it was stopped for a backup that was not read yet")
    if step != "dropdb":  # then nothing can throw the half database away either
        _is_as_before(machine)


@pytest.mark.parametrize(
    ("step", "how"),
    [
        *[(step, signal.SIGINT) for step in STEPS_OF_RESTORE[1:]],
        ("systemctl start hera-web.socket", signal.SIGINT),
        ("audit separate", signal.SIGINT),
        ("manage.py restore", signal.SIGHUP),
        ("systemctl stop hera-web.socket", signal.SIGHUP),
        ("manage.py restore", signal.SIGTERM),
        ("RENAME TO", signal.SIGTERM),
    ],
)
def test_a_restore_that_is_broken_off_leaves_mothers_a_database_and_a_service(machine, step, how):
    ends, said = machine.broken_off(step, how, "restore", *machine.files())
    assert ends == 128 + how
    assert said.endswith("hera: broken off.\nhera: Mothers are served: v1.0 runs.\n"), said
    if step in STEPS_OF_RESTORE:
        _is_as_before(machine)
    else:
        assert (machine.holds(), machine.up()) == ("restored", set(EVERYTHING))
        assert "Restored. The database of before is hera_before_" in said


@pytest.mark.parametrize("missing", ["backup.dump.age", "backup.dump.age.minisig", "hera-backup.key", "hera-sign.pub"])
@pytest.mark.parametrize("command", ["restore", "rehearse"])
def test_a_file_that_is_missing_stops_nothing(machine, command, missing):
    (machine.root / "root" / missing).unlink()
    done = machine.restore(command)
    assert done.returncode == 1
    assert f"there is no file {machine.root}/root/{missing}" in done.stdout
    assert "systemctl stop hera-web" not in machine.called()
    _is_as_before(machine)


@pytest.mark.parametrize(
    ("names", "says"),
    [(["", "key", "signer"], "its name is empty"), ([], "then paste: hera restore"), (["one"], "it wants three files")],
)
def test_the_page_s_own_command_where_there_is_no_backup(machine, names, says):
    done = machine.hera("restore", *names)
    assert (done.returncode, says in done.stdout) == (1, True), done.stdout
    _is_as_before(machine)


def test_a_restore_ends_whoever_has_the_database_open_and_the_backup_of_before(machine):
    for unit in ("hera-backup.service", "hera-command-1-2"):
        (machine.root / "units" / unit).touch()
    enough = threading.Event()

    def come_back_again_and_again():
        while not enough.is_set():
            try:
                with psycopg.connect(machine.server.url("hera")) as connection:
                    while not enough.wait(0.1):
                        connection.execute("SELECT 1")
            except psycopg.Error:
                enough.wait(1)

    session = threading.Thread(target=come_back_again_and_again)
    session.start()
    time.sleep(0.5)
    try:
        done = machine.restore()
    finally:
        enough.set()
        session.join()
    assert done.returncode == 0, done.stdout
    assert (machine.holds(), machine.up()) == ("restored", set(EVERYTHING))
    (before,) = [name for name in machine.databases() if name != "hera"]
    assert f"dropdb {before}" in done.stdout
    with psycopg.connect(machine.server.url(before)) as connection:
        assert connection.execute("SELECT it FROM what").fetchone() == ("before",)


def test_a_restore_of_a_machine_whose_database_was_lost(machine):
    machine.server.execute("DROP DATABASE hera WITH (FORCE)")
    done = machine.restore()
    assert (done.returncode, machine.holds(), machine.databases()) == (0, "restored", ["hera"]), done.stdout
    assert "Restored." in done.stdout
    assert "hera_before" not in done.stdout


def test_a_trail_without_an_owner_keeps_no_mother_waiting(machine):
    done = machine.restore(FAILS="audit separate")
    assert (done.returncode, machine.holds(), machine.up()) == (1, "restored", set(EVERYTHING))
    assert "Paste: hera protect-trail" in done.stdout


def test_a_restored_machine_that_does_not_start_says_so(machine):
    (machine.root / "broken").write_text("hera-web\n")
    done = machine.restore()
    assert (done.returncode, machine.holds()) == (1, "restored")
    assert done.stdout.endswith("hera: Mothers get reminders, but nobody can sign in now. Paste: hera restart\n")


@pytest.mark.parametrize("step", STEPS_OF_READING)
def test_a_rehearsal_leaves_nothing_however_it_ends(machine, step):
    done = machine.restore("rehearse", FAILS=step)
    assert done.returncode == 1
    assert done.stdout.endswith("hera: Mothers are served: v1.0 runs.\n")
    _is_as_before(machine)
    if step.startswith("manage.py"):
        assert "Paste: " in done.stdout or "journalctl --unit hera-backup --lines 20" in done.stdout
        machine.broken_off(step, signal.SIGINT, "rehearse", *machine.files())
        _is_as_before(machine)


def test_a_rehearsal_says_what_the_backup_holds(machine):
    done = machine.restore("rehearse")
    assert done.returncode == 0, done.stdout
    assert "0 people, 0 children" in done.stdout
    _is_as_before(machine)
    assert (machine.root / "var/lib/hera/rehearsed").exists()


STEPS_OF_BUILDING = ["tar -x", "make release", "compileall"]
STEPS_OF_RELEASE = [
    *STEPS_OF_BUILDING,
    "manage.py migrate --no-input",
    "--unit=hera-try",
    "systemctl daemon-reload",
    "systemctl start hera-web-stand-in",
    "systemctl restart hera-web",
    "systemctl restart hera-worker",
]


@pytest.mark.parametrize("step", STEPS_OF_RELEASE)
def test_a_release_that_fails_or_is_broken_off_is_not_released(machine, step):
    machine.tag("v1.1")
    done = machine.hera("release", FAILS=step)
    assert done.returncode == 1
    assert done.stdout.endswith("hera: Mothers are served: v1.0 runs.\n"), done.stdout
    _is_as_before_but_for_the_stand_in(machine, step)
    assert ("v1.1" in machine.releases()) == (step not in STEPS_OF_BUILDING)
    (machine.root / "units" / "hera-web-stand-in").unlink(missing_ok=True)
    ends, said = machine.broken_off(step, signal.SIGINT, "release")
    assert (ends, said.endswith("hera: Mothers are served: v1.0 runs.\n")) == (130, True), said
    _is_as_before(machine)
    assert ("v1.1" in machine.releases()) == (step not in STEPS_OF_BUILDING)


def _is_as_before_but_for_the_stand_in(machine: Machine, step: str) -> None:
    if step == "systemctl restart hera-web":  # nothing can start it anew here: the stand-in serves
        assert "hera-web-stand-in" in machine.up() or "hera-web" in machine.up()
        assert machine.current() == "v1.0"
    else:
        _is_as_before(machine)


@pytest.mark.parametrize("unit", ["hera-web", "hera-worker"])
def test_a_release_that_does_not_start_gives_way_to_the_one_before(machine, unit):
    machine.tag("v1.1")
    (machine.root / "broken").write_text(f"{unit} v1.1\n")
    done = machine.hera("release")
    assert done.returncode == 1
    assert "v1.1 does not start; back to v1.0." in done.stdout.replace("the worker of ", "")
    assert done.stdout.endswith("hera: Mothers are served: v1.0 runs.\n")
    _is_as_before(machine)


@pytest.mark.parametrize("step", STEPS_OF_RELEASE[5:])
def test_a_rollback_that_is_broken_off_stays_where_it_was(machine, step):
    machine.tag("v1.1")
    assert machine.hera("release").returncode == 0
    ends, said = machine.broken_off(step, signal.SIGINT, "rollback")
    assert (ends, said.endswith("hera: Mothers are served: v1.1 runs.\n")) == (130, True), said
    assert (machine.current(), machine.up()) == ("v1.1", set(EVERYTHING))
    (machine.root / "hangs").unlink()
    assert machine.hera("rollback").returncode == 0
    assert machine.current() == "v1.0"


@pytest.mark.parametrize("step", STEPS_OF_RELEASE[6:])
def test_a_restart_that_is_broken_off_leaves_one_web_server(machine, step):
    ends, said = machine.broken_off(step, signal.SIGTERM, "restart")
    assert (ends, said.endswith("hera: Mothers are served: v1.0 runs.\n")) == (143, True), said
    _is_as_before(machine)


@pytest.mark.parametrize(
    ("down", "says"),
    [
        ([], "Mothers are served: v1.0 runs."),
        (["hera-web"], "Mothers get reminders, but nobody can sign in now. Paste: hera restart"),
        (["hera-web", "hera-worker"], "Mothers get nothing: nobody can sign in now, and no reminder goes out."),
    ],
)
def test_a_restart_with_wrong_settings_says_who_serves_now(machine, down, says):
    (machine.root / "broken").write_text("hera-web\n")
    for unit in down:
        (machine.root / "units" / unit).unlink()
    if "hera-worker" in down:
        (machine.root / "broken").write_text("hera-web\nhera-worker\n")
    done = machine.hera("restart")
    assert done.returncode == 1
    assert "journalctl --unit hera-web --lines 20" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"hera: {says}"), done.stdout
    assert ("hera-web-stand-in" in machine.up()) == (not down)
