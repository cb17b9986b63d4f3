"""What is typed, where nobody is at the terminal, where it cannot show what it is told, and what is answered there."""

from __future__ import annotations

import datetime as dt
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest

from infra.hera_env import aws_failures, backups, database_export, options
from infra.hera_env.errors import Stop
from tests.environments.conftest import AGE_KEY, REGION, push_image

NOW = dt.datetime(2026, 11, 27, 3, tzinfo=dt.UTC)
NAME = "production-turkey"
CREATE = ("create", NAME, "--region", REGION, "--image", "1.0")


@pytest.mark.parametrize("recipient", [AGE_KEY, "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"])
def test_a_public_key_of_age_is_taken(recipient):
    database_export.check_recipient(recipient)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "age1",
        "age1'; rm",
        "age1xyz",
        AGE_KEY[:-1] + "q",
        AGE_KEY.upper(),
        AGE_KEY + "q",
        "ops@example.org",
        "AGE-SECRET-AGE_KEY-1",
    ],
)
def test_what_is_no_public_key_of_age_is_refused(recipient):
    with pytest.raises(Stop) as stop:
        database_export.check_recipient(recipient)
    assert "is no public key of age" in stop.value.cause
    assert "age-keygen" in stop.value.mend


@pytest.mark.parametrize("span", ["99999999d", "9999999999999h", "91d"])
def test_a_span_that_no_log_has_is_refused(span, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["hera-env", "logs", NAME, "--since", span])
    with pytest.raises(Stop) as stop:
        options.span_in(span)
    assert f"./hera-env logs {NAME} --since 90d" in stop.value.mend


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0001-01-01T00:00+14:00", "there was no HERA then"),
        ("9999-12-31T23:59-14:00", "there was no HERA then"),
        ("yesterday", "is no time"),
        ("2999-01-01T00:00Z", "lies ahead"),
    ],
)
def test_a_moment_that_is_none_is_answered_with_the_command_for_one(text, says, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["hera-env", "restore", NAME, f"--at={text}", "--yes"])
    with pytest.raises(Stop) as stop:
        backups.moment_in(text, NOW)
    assert says in stop.value.cause
    assert stop.value.mend.endswith(f"./hera-env restore {NAME} --yes --at 2026-11-27T02:00:00Z")


@pytest.mark.parametrize(
    ("typed", "instead", "again"),
    [
        (["restore", "n", "--at", "x"], {"at": "y"}, "./hera-env restore n --at y"),
        (["restore", "n", "--at=x"], {"at": None, "from_snapshot": "s"}, "./hera-env restore n --from-snapshot s"),
        (["status"], {}, "./hera-env status"),
    ],
)  # fmt: skip
def test_the_command_again_with_another_value(typed, instead, again, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["hera-env", *typed])
    assert aws_failures.again(**instead) == again


pretended = pytest.mark.slow


@pretended
def test_without_a_standard_input_nothing_is_asked_and_nothing_breaks(aws):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    for arguments, says in (
        (("deploy", NAME, "--image", "1.1"), "Nobody is here to say yes to that"),
        (("deploy", NAME, "--sms", "apprise", "--yes"), "The keys of the providers are not known"),
        (("destroy", NAME, "--i-have-a-backup"), "is removed"),
    ):
        shell = f"exec {sys.executable} -m infra {' '.join(arguments)} <&-"
        ended = subprocess.run(
            ["sh", "-c", shell], cwd=aws.folder, env=aws.environment(), capture_output=True, text=True, timeout=90,
            check=False,
        )  # fmt: skip
        assert "Traceback" not in ended.stderr
        assert says in ended.stdout, arguments


@pretended
def test_a_terminal_without_utf8_is_told_the_same(aws):
    aws.run(*CREATE)
    code, said = aws.run("status", NAME, PYTHONIOENCODING="ascii")
    assert code == 0
    assert f"{NAME} is not well" in said
    assert "Traceback" not in said


@pretended
@pytest.mark.parametrize(
    "command", [("logs",), ("exec", "--", "true"), ("export", "--recipient", AGE_KEY), ("rehearse",)]
)
def test_an_environment_that_is_still_made_is_told_of(aws, command):
    aws.run(*CREATE)
    aws.stack(NAME).output_map = {}
    name, *more = command
    code, said = aws.run(name, NAME, *more, "--region", REGION) if "--" not in more else aws.run(name, NAME, *more)
    assert code == 1
    assert "is not complete" in said
    assert "Traceback" not in said


@pretended
def test_what_is_typed_wrong_is_answered_before_a_task_runs(aws):
    aws.run(*CREATE)
    before = len(aws.commands)
    for arguments, says in (
        (("export", NAME, "--recipient", "age1'; rm"), "is no public key of age"),
        (("status", NAME, "--region", "eu west"), "'eu west' is no region of AWS"),
        (("logs", NAME, "--part", "job"), f"The workers run the jobs: ./hera-env logs {NAME} --since 1h --part worker"),
        (("deploy", NAME, "--set", "HERA_QUIET_HOURS=25:99", "--yes"), "it wants two different local times"),
    ):
        assert says in aws.run(*arguments)[1], arguments
    assert len(aws.commands) == before


@pretended
def test_a_dry_run_looks_for_the_backup_and_has_it_in_the_plan(aws):
    code, said = aws.run(*CREATE, "--dry-run", "--from-snapshot", "nope")
    assert code == 1
    assert "There is no snapshot nope" in said
    aws.run(*CREATE)
    database = aws.client("rds").describe_db_instances()["DBInstances"][0]["DBInstanceIdentifier"]
    tags = [{"Key": "hera-environment", "Value": "staging-turkey"}]
    aws.client("rds").create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier="by-hand", Tags=tags)
    for row in aws.backend("rds").database_snapshots.values():
        row.tags = tags
    staging = ("create", "staging-turkey", "--region", REGION, "--image", "1.0", "--dry-run")
    code, said = aws.run(*staging, "--from-snapshot", "by-hand")
    assert code == 0, said
    assert "begin with the data of the snapshot by-hand" in said
    assert "loaddata" not in said
    assert aws.stack("staging-turkey") is None


@pretended
def test_a_restore_looks_for_the_backup_before_it_says_how_long_it_takes(aws):
    aws.run(*CREATE)
    for given in (("--from-snapshot", "nope"), ("--at", "2020-01-01T00:00Z")):
        code, said = aws.run("restore", NAME, "--region", REGION, *given)
        assert code == 1
        assert "40 minutes" not in said
    assert re.search(rf"./hera-env restore {NAME} --region {REGION} --at \d{{4}}-", said)


@pretended
def test_a_restore_stopped_half_way_says_what_that_means_for_mothers(aws):
    aws.run(*CREATE)
    database = aws.client("rds").describe_db_instances()["DBInstances"][0]["DBInstanceIdentifier"]
    aws.client("rds").create_db_snapshot(
        DBInstanceIdentifier=database, DBSnapshotIdentifier="by-hand",
        Tags=[{"Key": "hera-environment", "Value": NAME}],
    )  # fmt: skip
    aws.held.append(["python", "manage.py", "prepare_database"])
    process = aws.start("restore", NAME, "--region", REGION, "--from-snapshot", "by-hand", "--yes", "--json")
    while "Making the database and its user" not in (line := process.stdout.readline()):
        assert line
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"{NAME} stands still until this goes on: mothers see nothing new, and no message reaches them" in said
    assert "--from-snapshot by-hand --yes" in said


def _at_a_terminal(aws, arguments: tuple[str, ...], question: str, typed: bytes) -> tuple[int, str]:
    """Its exit code and what it wrote, when `typed` is the answer to its question."""
    terminal, its_side = pty.openpty()
    process = aws.start_at(its_side, *arguments)
    os.close(its_side)
    said, until, is_answered = b"", time.monotonic() + 60, False
    while time.monotonic() < until:
        try:
            new = os.read(terminal, 4096)
        except OSError:
            break
        if not new:
            break
        said += new
        if question.encode() in said and not is_answered:
            is_answered = True
            time.sleep(0.3)
            os.write(terminal, typed)
    os.close(terminal)
    return process.wait(60), said.decode(errors="replace")


@pretended
@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        (b"\x03", 130, "Stopped. Nothing was changed."),
        (b"\x04", 1, "There was no answer, and nothing was changed."),
        (b"n\n", 1, "Nothing was changed."),
        (b"y\n", 0, "production-turkey runs hera:1.1"),
    ],
)
def test_what_is_answered_at_the_question(aws, typed, code, says):
    aws.run(*CREATE)
    push_image(aws, "1.1")
    ended, said = _at_a_terminal(aws, ("deploy", NAME, "--image", "1.1"), "[y/N]", typed)
    assert (ended, says in said) == (code, True), said
    assert "Aborted" not in said
    assert "Traceback" not in said


@pretended
@pytest.mark.parametrize(("typed", "code"), [(b"\x03", 130), (b"\x04", 1)])
def test_what_is_answered_where_a_name_or_a_key_is_asked_for(aws, typed, code):
    aws.run(*CREATE)
    for arguments, question in (
        (("destroy", NAME, "--i-have-a-backup"), "to remove it"),
        (("deploy", NAME, "--sms", "apprise", "--yes"), "not shown"),
    ):
        ended, said = _at_a_terminal(aws, arguments, question, typed)
        assert ended == code, said
        assert "nothing was changed" in said.lower()
        assert "Traceback" not in said
