"""What `hera` says at three in the morning: one line that says how mothers are, and commands that can be pasted."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.deploy.pretended_machine import Machine

pytestmark = pytest.mark.slow


@pytest.fixture
def well(machine):
    machine.settings('HERA_ALLOWED_HOSTS=hera.example.org\nHERA_ALARM_URLS="ntfys://ntfy.sh/hera-ab12"\n')
    (machine.root / "var/lib/hera/backups/hera-production-x-20261127T023000Z.dump.age").touch()
    (machine.root / "var/lib/hera/rehearsed").touch()
    return machine


def test_a_machine_that_is_well(well):
    assert well.hera("status").stdout.splitlines()[0] == "HERA is well."


@pytest.mark.parametrize(
    ("down", "first", "stopped"),
    [
        (["hera-web", "hera-worker"], "Mothers get nothing: nobody can sign in now", "no reminder and no sign-in code"),
        (
            ["postgresql"],
            "Mothers get nothing: the database is stopped. Paste: systemctl start postgresql",
            "get nothing",
        ),
        (["hera-web"], "Mothers get reminders, but nobody can sign in now. Paste: hera restart", "nobody can sign in"),
        (["hera-worker"], "Mothers are served in part: hera-worker is stopped: no reminder", "Paste: systemctl start"),
        (["hera-notifications.timer"], "Mothers are served in part: hera-notifications.timer", "no reminders are made"),
        (["caddy"], "Mothers are served in part: caddy is stopped: nobody reaches HERA", "nobody reaches HERA"),
        (["hera-alarms.timer"], "Mothers are served. What stands in capitals", "nobody is told when"),
        (["hera-backup.timer"], "Mothers are served. What stands in capitals", "is lost with this machine"),
    ],
)
def test_the_first_line_says_how_mothers_are(well, down, first, stopped):
    for unit in down:
        (well.root / "units" / unit).unlink()
    lines = well.hera("status").stdout.splitlines()
    assert lines[0].startswith(first)
    for unit in down:
        (line,) = [line for line in lines if line.startswith(f"STOPPED   {unit}: ")]
        assert "Paste: systemctl start " in line
    assert any(stopped in line for line in lines if line.startswith("STOPPED"))


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("503", 'Mothers are served in part: below, "ready"'),
        ("500", "Mothers get reminders, but nobody can sign in now"),
        ("000", "Mothers get reminders, but nobody can sign in now"),
    ],
)
def test_a_server_that_answers_and_is_not_well(well, code, first):
    said = well.hera("status", CODE=code).stdout
    assert said.startswith(first)
    assert ("NO ANSWER: hera restart" in said) == (code == "000")


def test_what_it_wants_done_is_a_command(machine):
    said = machine.hera("status").stdout
    assert said.startswith("Mothers are served. What stands in capitals below wants a hand.\n")
    backups = f"{machine.root}/var/lib/hera/backups"
    whole = (
        f'"$(ls {backups}/*.age | tail -n 1)" {machine.root}/run/hera-backup.key {machine.root}/etc/hera/hera-sign.pub'
    )
    assert f"NEVER: bring hera-backup.key to /run, then paste: hera rehearse {whole}\n" in said
    assert "NONE: systemctl start hera-backup\n" in said
    (command,) = re.findall(r"REACH NOBODY.*?: (echo .*); hera alarm-test$", said, re.MULTILINE)
    subprocess.run(["bash", "-c", command.replace("A_LONG_WORD", "hera-ab12")], check=True)
    assert "alarms    go to HERA_ALARM_URLS\n" in machine.hera("status").stdout


@pytest.mark.parametrize(
    "line", ['HERA_ALARM_URLS=""\n', "HERA_ALARM_URLS=\r\n", 'HERA_ALARM_URLS="" \r\n', "", "X=1\n"]
)
def test_alarms_that_reach_nobody(machine, line):
    machine.settings(f"HERA_ALLOWED_HOSTS=hera.example.org\n{line}")
    assert "REACH NOBODY" in machine.hera("status").stdout


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ("HERA_ALLOWED_HOSTS=hera.example.org\r\n", "hera.example.org"),
        ('HERA_ALLOWED_HOSTS="hera.example.org, other"\r\n', "hera.example.org"),
        ("HERA_ALLOWED_HOSTS=old\nHERA_ALLOWED_HOSTS=hera.example.org \n", "hera.example.org"),
        ("HERA_ALLOWED_HOSTS=*\n", "localhost"),
        ("HERA_ALLOWED_HOSTS=*,.example.org\n", "example.org"),
        ("", "localhost"),
    ],
)
def test_settings_are_read_as_systemd_reads_them(machine, settings, host):
    machine.settings(settings)
    machine.tag("v1.1")
    assert machine.hera("release").returncode == 0
    machine.hera("status")
    assert set(re.findall(r"Host: (.*?) http", machine.called())) == {host}
    assert "\r" not in machine.called()


def test_systemd_itself_takes_line_ends_of_windows(tmp_path):
    """So that the services read what `hera` reads. This generator reads files as EnvironmentFile does."""
    reads = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")
    if not reads.exists():
        pytest.skip("no systemd on this machine: install Debian's package systemd")
    (tmp_path / "environment.d").mkdir()
    (tmp_path / "environment.d" / "hera.conf").write_bytes(b'A=old\r\nB="x y" \r\n# C=\r\nA=new\r\n')
    done = subprocess.run([reads], env={"XDG_CONFIG_HOME": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert {"A=new", 'B="x y"'} <= set(done.stdout.split("\n"))


def test_a_release_that_answers_otherwise_is_refused_in_words(machine):
    machine.tag("v1.1")
    assert "HERA_ALLOWED_HOSTS" in machine.hera("release", CODE="400").stdout
    assert "it answers 500" in machine.hera("release", CODE="500").stdout
    assert machine.current() == "v1.0"


def test_a_tag_that_was_moved_is_called_that_and_is_another_release(machine):
    machine.tag("v1.0", "--force")
    done = machine.hera("release", "v1.0")
    assert done.returncode == 1
    assert "moved a tag that is here already: v1.0. Nothing was changed." in done.stdout
    assert "does not answer" not in done.stdout
    assert machine.releases() == ["v1.0"]
    source = machine.root / "opt/hera/source"
    subprocess.run(["git", "-C", source, "fetch", "--quiet", "--force", "--tags", "origin"], check=True)
    assert machine.hera("release", "v1.0").returncode == 0
    assert re.fullmatch(r"v1\.0-[0-9a-f]{12}", machine.current())
    assert (machine.root / "opt/hera/previous").readlink().name == "v1.0"


def test_a_repository_that_does_not_answer(machine):
    (machine.root / "elsewhere").rename(machine.root / "away")
    done = machine.hera("release")
    assert "the repository does not answer; nothing was changed. git says: " in done.stdout
    assert done.returncode == 1


def test_a_full_disk_builds_nothing_and_keeps_nothing(machine):
    machine.tag("v1.1")
    (machine.root / "full").touch()
    done = machine.hera("release")
    assert (done.returncode, machine.releases()) == (1, ["v1.0"])
    assert "The disk is full: 12 MB are left, and a release takes 300. Paste: " in done.stdout
    (machine.root / "full").unlink()
    done = machine.hera("release", FAILS="tar -x", FILLS="tar -x")
    assert (done.returncode, machine.releases()) == (1, ["v1.0"])
    assert "The disk is full: 12 MB are left" in done.stdout
    assert "what was half built is removed" in done.stdout


def test_what_a_power_cut_left_half_built_goes_with_the_next_release(machine):
    (machine.root / "opt/hera/releases/v0.9/hera").mkdir(parents=True)
    machine.tag("v1.1")
    assert machine.hera("release").returncode == 0
    assert machine.releases() == ["v1.0", "v1.1"]


def test_names_with_a_slash_are_kept_like_others(machine):
    for number in range(1, 6):
        machine.tag(f"release/1.{number}")
        assert machine.hera("release", f"release/1.{number}").returncode == 0
    assert machine.current() == "release-1.5"
    assert machine.releases() == ["release-1.3", "release-1.4", "release-1.5"]


@pytest.mark.parametrize("command", ["release", "rollback", "restart", "restore", "rehearse", "status", "manage"])
def test_who_is_not_root_is_told_so(machine, command):
    done = machine.hera(command, USER_ID="1000")
    assert (done.returncode, done.stdout) == (
        1,
        f"hera: this wants root; nothing was changed. Paste: sudo hera {command}\n",
    )


def test_a_lock_that_cannot_be_written_is_not_another_command(machine):
    (machine.root / "run/lock/hera").unlink(missing_ok=True)
    (machine.root / "run/lock/hera").mkdir(parents=True)
    done = machine.hera("restart")
    assert (done.returncode, "cannot be written" in done.stdout) == (1, True)
    assert "another hera command" not in done.stdout


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("relase", "hera: there is no command relase; is it: hera release. All of them: hera help\n"),
        (
            "protect_trail",
            "hera: there is no command protect_trail; is it: hera protect-trail. All of them: hera help\n",
        ),
        ("xyz", "hera: there is no command xyz. All of them: hera help\n"),
    ],
)
def test_a_word_that_is_no_command(machine, word, says):
    done = machine.hera(word, "v1")
    assert (done.returncode, done.stdout) == (2, says)


@pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"]])
def test_help_is_for_everybody(machine, words):
    done = machine.hera(*words, USER_ID="1000")
    assert (done.returncode, done.stdout.startswith("hera release [VERSION]")) == (0, True)


@pytest.mark.parametrize("command", ["restart", "restore", "rehearse", "manage", "alarm-test", "protect-trail"])
def test_before_the_first_release(tmp_path, server, command):
    done = Machine(tmp_path, server).hera(command)
    assert done.returncode == 1
    assert f"no release runs on this machine yet. Paste: {tmp_path}/opt/hera/source/deploy/hera release" in done.stdout
