"""From an environment that AWS Copilot made to one of hera-env's: copied, proven row by row, cut over, and back.

The old one's data come by a snapshot of it, out of which a throw-away database is made in the new one's network; a task
there copies it (ADR 26). Until the cut-over the new one stands still: it holds the same mothers, and would remind them
a second time. Each step may be repeated; all state is in AWS.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any

from infra.configuration import STACK_PREFIX
from infra.hera_env import (
    aws_failures,
    copilot_environment,
    one_off_tasks,
    provisioning,
    records,
    secret_versions,
    stacks,
    throw_away,
    trial_start,
)
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.copilot_environment import CopilotEnvironment
    from infra.hera_env.output import Reporter

CHECK = Work("upgrade-check", ["python", "manage.py", "upgrade_check"], part="exec", private=True)
SERVES = Work("take-over", ["python", "manage.py", "take_over", "--serves"], definition="SetUpTask")
SERVES_NO_MORE = Work("take-over", ["python", "manage.py", "take_over", "--serves-no-more"], definition="SetUpTask")


def plan(old: CopilotEnvironment, known: Configuration) -> tuple[dict[str, Any], str]:
    """What a move finds and would do, as facts and as text; nothing is changed."""
    database = old.database
    what = f"PostgreSQL {database.get('EngineVersion')}, {database.get('AllocatedStorage')} GiB"
    steps = [
        f"now: stop {known.name}, which serves nobody yet; {old.name} serves on",
        f"take a snapshot of {database['DBInstanceIdentifier']} ({what})"
        + ("" if database.get("StorageEncrypted") else ", and an encrypted copy of it: the old one is not"),
        f"make a throw-away database of it in the network of {known.name}",
        "run one task: copy it, compare every row of every table, put it in place (manage.py take_over)",
        "run tasks: look for what blocks the upgrade, then make the tables new (upgrade_check, migrate)",
        f"with --cut-over: stop {len(old.services)} services and {len(old.rules)} jobs of {old.name}; all that again",
        f"start the web server of {known.name} once by itself, and then all of it",
        f"with --back: stop {known.name}, start {old.name} as it was",
    ]
    facts = {
        "database": database["DBInstanceIdentifier"], "engine": database.get("EngineVersion"),
        "gib": database.get("AllocatedStorage"), "services": list(old.services), "jobs": list(old.rules),
        "steps": steps,
    }  # fmt: skip
    return facts, "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def rehearse(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, reporter: Reporter
) -> dict[str, Any]:
    """Copy while the old one serves; how long it takes is what the cut-over will take.

    Returns:
        `minutes`, and `tables` and `rows` as the task has counted them.

    Raises:
        Stop: with cause and mend; the old one serves on, and the same call goes on from there.
    """
    _not_yet(cloud, known, old)
    began = dt.datetime.now(dt.UTC)
    stack, known = _stand_still(cloud, stack, known, old, reporter)
    name = f"{STACK_PREFIX}{known.name}-move-rehearsal"
    counted = _copy(cloud, stack, known, old, name, reporter)
    for snapshot in (name, _encrypted(name)):  # the next one is to see what was entered since
        throw_away.forget_snapshot(cloud, snapshot)
    return {**counted, "minutes": round((dt.datetime.now(dt.UTC) - began).total_seconds() / 60)}


def cut_over(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, called: str, reporter: Reporter
) -> dict[str, Any]:
    """Stop the old one, copy what it has, and start the new one.

    Args:
        called: the name that the apps have called until now, which the new one answers to as well; "" for none.

    Returns:
        The last `snapshot` of the old one, and `tables` and `rows` of the copy.

    Raises:
        Stop: with cause and mend; the same call goes on from there, and `back` leads back.
    """
    record = _not_yet(cloud, known, old)
    if "stopped" not in record:
        now = f"{dt.datetime.now(dt.UTC):%Y%m%dt%H%M%S}"
        record = {"from": old.name, "stopped": now, "counts": copilot_environment.counts(cloud, old)}
        records.write(cloud, known.name, records.MOVE, record)
    if "copied" not in record:
        stack, known = _stand_still(cloud, stack, known, old, reporter)
        reporter.step(f"Stopping {old.name}: from here on mothers see nothing new, and no message goes out")
        name = f"{STACK_PREFIX}{known.name}-move-{record['stopped']}"
        with _standing_still(known, old):
            copilot_environment.stop(cloud, old, reporter)
            counted = _copy(cloud, stack, known, old, name, reporter)
        _still_stopped(cloud, known, old, record)  # what was entered there meanwhile is in no copy
        record = {**record, "copied": {"snapshot": name, **counted}}
        records.write(cloud, known.name, records.MOVE, record)
    changed = known.with_changes(running=True, moving="", also_called=called or None)
    changed = secret_versions.into(cloud, stack, changed)
    with _standing_still(known, old):
        trial_start.try_out(cloud, stack, known.with_changes(running=False), changed, reporter)
    _still_stopped(cloud, known, old, record)  # also where the copy was made by an earlier call, hours ago
    one_off_tasks.checked(cloud, stack, SERVES, reporter)
    stacks.bring_to(cloud, changed, reporter, f"Starting {known.name}", known)
    records.write(cloud, known.name, records.MOVE, {**record, "done": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%MZ}"})
    return dict(record["copied"])


def back(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, reporter: Reporter
) -> dict[str, Any]:
    """Stop the new one and start the old one as it was; what was entered in the new one is kept as a snapshot.

    Returns:
        The snapshot `kept`; None where the new one had not served.

    Raises:
        Stop: with cause and mend; the same call goes on from there.
    """
    record = records.read(cloud, known.name, records.MOVE) or {}
    _of_this(record, known, old)
    stack, known = _stand_still(cloud, stack, known, old, reporter)
    kept = None
    if "copied" in record:
        kept = f"{STACK_PREFIX}{known.name}-before-back-{record['stopped']}"
        reporter.step(f"Keeping what was entered in {known.name} as {kept}")
        throw_away.take_snapshot(cloud, known.name, stack.outputs["Database"], kept, reporter)
        one_off_tasks.checked(cloud, stack, SERVES_NO_MORE, reporter)
    throw_away.remove(cloud, throw_away.of_a_move(known.name), reporter, wait=False)
    if "stopped" in record:
        reporter.step(f"Starting {old.name} as it was")
        copilot_environment.start(cloud, old, record["counts"])
        records.forget(cloud, known.name, records.MOVE)
    return {"kept": kept}


@contextlib.contextmanager
def _standing_still(known: Configuration, old: CopilotEnvironment) -> Iterator[None]:
    """Whatever is wrong within, the operator is told what that means for mothers, and the way back."""
    try:
        yield
    except Stop as stop:
        raise Stop(
            f"{stop.cause} {old.name} stands still: no mother is served meanwhile.",
            f"{stop.mend} Or back at once: ./hera-env move {known.name} --from {old.name} --back --yes",
        ) from None


def _encrypted(snapshot: str) -> str:
    return f"{snapshot}-encrypted"


def _of_this(record: dict[str, Any], known: Configuration, old: CopilotEnvironment) -> None:
    other = record.get("from") or known.moving or old.name
    if other != old.name:
        raise Stop(
            f"{known.name} is being moved from {other}: the data of two environments never mix. Nothing was changed.",
            f"This goes on where it stopped: ./hera-env move {known.name} --from {other}",
        )


def _not_yet(cloud: Cloud, known: Configuration, old: CopilotEnvironment) -> dict[str, Any]:
    """What was done of this move so far."""
    record = records.read(cloud, known.name, records.MOVE) or {}
    _of_this(record, known, old)
    if "done" in record:
        raise Stop(
            f"{old.name} was moved to {known.name} at {record['done']}, and mothers are served there; nothing was"
            " changed.",
            f"To serve them by the old one again: ./hera-env move {known.name} --from {old.name} --back",
        )
    return record


def _still_stopped(cloud: Cloud, known: Configuration, old: CopilotEnvironment, record: dict[str, Any]) -> None:
    """Refuse to go on if somebody started the old one meanwhile: what was entered there would be missing here."""
    if records.read(cloud, known.name, records.MOVE) != record:
        raise Stop(
            f"Somebody else is at work on the move of {old.name} to {known.name}, on or back. {known.name} was not"
            " started by this call.",
            f"Ask them; how it stands: ./hera-env status {known.name}",
        )
    if not copilot_environment.at_work(cloud, old):
        return
    # The next call stops it again, and takes another snapshot.
    again = {"from": old.name, "stopped": f"{dt.datetime.now(dt.UTC):%Y%m%dt%H%M%S}", "counts": record["counts"]}
    records.write(cloud, known.name, records.MOVE, again)
    raise Stop(
        f"Somebody started {old.name} again, a pipeline perhaps: what mothers entered there since is missing in the"
        f" copy. {known.name} was not started; the old one serves.",
        f"Stop what deploys it; then: {aws_failures.again()}",
    )


def _stand_still(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, reporter: Reporter
) -> tuple[StackState, Configuration]:
    """The new one stopped, and closed to every other command until it is cut over."""
    if known.moving == old.name and not known.running:
        return stack, known
    still = known.with_changes(running=False, moving=old.name)
    return stacks.bring_to(cloud, still, reporter, f"Stopping {known.name}", known), still


def _copy(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, snapshot: str, reporter: Reporter
) -> dict[str, Any]:
    """The old one's data as of a snapshot, in the place of the new one's, and its tables made new."""
    _carry_key(cloud, stack, old, reporter)
    made = _throw_away(cloud, stack, known, old, snapshot, reporter)
    reporter.step("Copying it, and comparing every row")
    where, user = made["Endpoint"], made["MasterUsername"]
    copying = Work(
        "take-over",
        ["python", "manage.py", "take_over", f"postgresql://{user}@{where['Address']}:{where['Port']}/postgres"],
        definition="SetUpTask",
        secrets={"PGPASSWORD": f"{stack.outputs['DatabaseSecret']}:password::"},
    )
    ended = one_off_tasks.checked(cloud, stack, copying, reporter)
    # Only now: the next call takes it where this one was stopped. `status` tells of one that was left.
    throw_away.remove(cloud, made["DBInstanceIdentifier"], reporter, wait=False)
    reporter.done("Every row is there, and says the same")
    reporter.step("Looking for what would block the upgrade")
    one_off_tasks.checked(cloud, stack, CHECK, reporter, quiet=True)
    provisioning.open_database(cloud, stack, reporter)
    return _counted(ended.lines)


def _throw_away(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, snapshot: str, reporter: Reporter
) -> dict[str, Any]:
    """The old database out of a snapshot, in the new one's network, with a password that its tasks know."""
    database = old.database["DBInstanceIdentifier"]
    reporter.step(f"Taking the snapshot {snapshot} of {database}; it only reads there")
    source = throw_away.take_snapshot(cloud, known.name, database, snapshot, reporter)
    if not old.database.get("StorageEncrypted"):
        reporter.step("Encrypting a copy of it, since the old one is not encrypted")
        source = throw_away.copy_snapshot(cloud, source, _encrypted(source), reporter, key="alias/aws/rds")
    own = throw_away.instance(cloud, stack.outputs["Database"]) or {}
    # Parameters are those of a version of PostgreSQL, and the old one's is another.
    like = {key: value for key, value in own.items() if key != "DBParameterGroups"}
    identifier = throw_away.of_a_move(known.name)
    reporter.step(f"Making the throw-away database {identifier} of it, in the network of {known.name}")
    throw_away.from_snapshot(cloud, known.name, identifier, source, like, reporter)
    # Nobody has to know the old one's password: the copy gets that of the new one's user, which its tasks can read.
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=stack.outputs["DatabaseSecret"])
    cloud.client("rds").modify_db_instance(
        DBInstanceIdentifier=identifier,
        MasterUserPassword=json.loads(secret["SecretString"])["password"],
        ApplyImmediately=True,
    )
    while True:
        time.sleep(SECONDS_BETWEEN_LOOKS)  # RDS says `available` for a moment before it begins
        made = throw_away.available(cloud, identifier, reporter)
        if "MasterUserPassword" not in made.get("PendingModifiedValues", {}):
            return made


def _carry_key(cloud: Cloud, stack: StackState, old: CopilotEnvironment, reporter: Reporter) -> None:
    """The old one's key for the new one: without it, no second factor of staff could be opened."""
    if (key := copilot_environment.key(cloud, old)) is None:
        reporter.note(f"There is no secret {old.key_secret}: staff sign in anew, and nothing else depends on it.")
        return
    cloud.client("secretsmanager").put_secret_value(SecretId=stack.outputs["DjangoKey"], SecretString=key)
    reporter.done("The key that seals the second factors of staff is the old one's")


def _counted(lines: list[str]) -> dict[str, Any]:
    """What `take_over` says last: `job=take_over tables=90 rows=12345 same=true`."""
    last = next((line for line in reversed(lines) if "job=take_over" in line), "")
    told = dict(word.split("=", 1) for word in last.split() if "=" in word)
    return {name: int(told[name]) for name in ("tables", "rows") if name in told}
