"""The hera-env command: typer parses, a module of this package works, a reporter shows."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.configuration import NameRefused, check_name
from infra.hera_env import (
    aws_failures,
    creation_plan,
    database_export,
    deployment,
    doctor_checks,
    environment_status,
    one_off_tasks,
    options,
    preflight,
    provisioning,
    teardown,
    wanted_configuration,
)
from infra.hera_env import cloud as clouds
from infra.hera_env.cloud import Cloud
from infra.hera_env.errors import Stop
from infra.hera_env.options import AsJson, Email, Name, Push, Region, Set, Sms
from infra.hera_env.output import Reporter, choose_reporter
from infra.hera_env.wanted_configuration import Changes

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Opens, runs and closes one country's HERA on AWS. Any command may be stopped and run again.",
)

INTERRUPTED = 130


def main() -> None:
    """Run the command that was typed."""
    app(prog_name="hera-env")


@app.command()
def create(
    name: Name,
    admin_email: Annotated[
        str | None, typer.Option(help="who gets the set-up link; without it, admin@ the domain")
    ] = None,
    region: Region = None,
    image: Annotated[
        str, typer.Option(help="the image's tag in this account's repository hera, or its whole address")
    ] = "latest",
    zone: Annotated[str | None, typer.Option(help="the hosted zone; without it, the only one there is")] = None,
    push: Push = None,
    sms: Sms = None,
    alarm_email: Email = None,
    settings: Set = [],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print every step and the cost; make nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Open an environment; run it again and it goes on where it stopped."""
    with _reporter(as_json, region) as reporter:
        check_name(name)
        cloud = preflight.cloud_in(region)
        changes = Changes(push, sms, alarm_email, settings)
        wanted = wanted_configuration.for_create(cloud, name, changes, image, zone, reporter, dry_run=dry_run)
        if dry_run:
            reporter.result(*creation_plan.plan(wanted, cloud.region))
            return
        facts = provisioning.create(cloud, wanted, admin_email or f"admin@{wanted.zone_name}", reporter)
        reporter.done(f"{name} is open", **facts)
        reporter.note(f"{facts['url']}  about ${facts['dollars_a_month']} a month")
        if facts["set_up_link"]:
            reporter.note(f"The administrator opens this once, within three hours: {facts['set_up_link']}")


@app.command()
def deploy(
    name: Name,
    image: Annotated[
        str | None, typer.Option(help="the new version's tag or address; without it, only settings change")
    ] = None,
    region: Region = None,
    push: Push = None,
    sms: Sms = None,
    alarm_email: Email = None,
    settings: Set = [],
    as_json: AsJson = False,
) -> None:
    """Bring a new version or new settings: tables first, then task after task; back if it does not get healthy."""
    with _reporter(as_json, region) as reporter:
        cloud, stack = clouds.find(check_name(name), region)
        known = stack.configuration
        if known is None:
            raise Stop(f"{name} is not complete.", f"Run hera-env create {name}: it goes on where it stopped.")
        changes = Changes(push, sms, alarm_email, settings)
        facts = deployment.deploy(cloud, wanted_configuration.for_deploy(cloud, known, changes, image), reporter)
        reporter.done(f"{name} runs {facts['image'].rsplit('/', 1)[-1]}", **facts)


@app.command()
def status(
    name: Annotated[str | None, typer.Argument(help="one environment; without it, all")] = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """What runs, what is behind, what is wrong, what it costs a month."""
    with _reporter(as_json, region) as reporter:
        if name:
            found = [clouds.find(check_name(name), region)]
        else:
            places = [Cloud(place) for place in ([region] if region else clouds.regions(clouds.default_region()))]
            found = [(place, stack) for place in places for stack in place.environments()]
        if not found:
            reporter.note("There is no environment. hera-env create NAME opens one.")
        for cloud, stack in found:
            facts = environment_status.facts_of(cloud, stack)
            reporter.result(facts, environment_status.as_text(facts))


@app.command()
def events(
    name: Name,
    region: Region = None,
    follow: Annotated[bool, typer.Option(help="go on until it stands still")] = False,
    as_json: AsJson = False,
) -> None:
    """What CloudFormation did, and why something failed."""
    with _reporter(as_json, region) as reporter:
        cloud, _stack = clouds.find(check_name(name), region)
        shown = 0
        while True:
            all_events = cloud.events(name)
            for event in all_events[shown:]:
                facts = {
                    "time": f"{event['Timestamp']:%Y-%m-%d %H:%M:%S}",
                    "id": event["LogicalResourceId"],
                    "status": event["ResourceStatus"],
                    "reason": event.get("ResourceStatusReason", ""),
                }
                reporter.result(facts, "  ".join(str(value) for value in facts.values() if value))
            shown = len(all_events)
            state = cloud.stack(name)
            if not follow or state is None or not state.is_moving:
                break
            time.sleep(3)
        if failed := aws_failures.first_failure(all_events):
            why = aws_failures.of_reason(str(failed.get("ResourceStatusReason", "")))
            reporter.note(f"First failure: {failed['LogicalResourceId']}. {why.cause} {why.mend}")


@app.command()
def logs(
    name: Name,
    region: Region = None,
    since: Annotated[str, typer.Option(help="such as 30m, 2h, 1d")] = "1h",
    part: Annotated[str | None, typer.Option(help="web, worker, job or setup")] = None,
    follow: Annotated[bool, typer.Option(help="go on until Ctrl-C")] = False,
    as_json: AsJson = False,
) -> None:
    """What the service wrote: it names no person."""
    with _reporter(as_json, region) as reporter:
        cloud, stack = clouds.find(check_name(name), region)
        began, last = dt.datetime.now(dt.UTC) - options.span_in(since), None
        seen: set[tuple[Any, ...]] = set()
        while True:
            for row in cloud.log_lines(stack.outputs["LogGroup"], last or began, part):
                if row not in seen:
                    seen.add(row)
                    moment, stream, line = row
                    reporter.result(
                        {"time": moment, "stream": stream, "line": line},
                        f"{moment:%H:%M:%S} {stream.split('/')[0]} {line}",
                    )
                    last = moment
            if not follow:
                break
            time.sleep(3)


@app.command("exec", context_settings={"ignore_unknown_options": True})
def execute(
    name: Name,
    command: Annotated[list[str], typer.Argument(help="after --, such as: -- python manage.py check")],
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Run a command of the service in a task of its own; its exit code is this command's."""
    with _reporter(as_json, region) as reporter:
        cloud, stack = clouds.find(check_name(name), region)
        ended = one_off_tasks.run(cloud, stack, command, reporter, named=f"exec-{int(time.time())}")
        if ended.exit_code:
            raise typer.Exit(ended.exit_code)


@app.command()
def export(
    name: Name,
    recipient: Annotated[str, typer.Option(help="the age public key that the dump is encrypted for: age1...")],
    output: Annotated[Path | None, typer.Option(help="the file; without it, NAME.dump.age here")] = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the whole database as an encrypted dump; `manage.py restore` reads it."""
    with _reporter(as_json, region) as reporter:
        cloud, stack = clouds.find(check_name(name), region)
        facts = database_export.export(cloud, name, stack, recipient, output or Path(f"{name}.dump.age"), reporter)
        reporter.done(f"{facts['file']}: {facts['bytes']} bytes", **facts)
        reporter.note("manage.py restore wants your signature beside it: docs/environments.md tells how.")


@app.command()
def destroy(
    name: Name,
    region: Region = None,
    i_have_a_backup: Annotated[bool, typer.Option("--i-have-a-backup", help="without it, nothing is deleted")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove an environment. A final snapshot of its database is kept."""
    with _reporter(as_json, region) as reporter:
        check_name(name)
        if not i_have_a_backup:
            raise Stop(
                f"{name} holds people's data.",
                f"hera-env export {name} --recipient age1... saves it; then hera-env destroy {name} --i-have-a-backup.",
            )
        if sys.stdin.isatty() and typer.prompt(f"Type {name} to remove it") != name:
            raise Stop("The name was another one; nothing was removed.", "Run it again if you mean it.")
        try:
            cloud, stack = clouds.find(name, region)
        except Stop:
            cloud = preflight.cloud_in(region)
            if not (removed := teardown.remove_left_over(cloud, name)):
                raise
            reporter.done(f"Left-overs removed: {', '.join(removed)}", removed=removed)
            return
        facts = teardown.destroy(cloud, name, stack, reporter)
        teardown.remove_left_over(cloud, name)
        kept = ", ".join(facts["snapshots"]) or "none: the database was never made"
        reporter.done(f"{name} is removed. Final snapshot: {kept}", **facts)


@app.command()
def doctor(
    name: Annotated[str | None, typer.Argument(help="an environment to look at as well")] = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Look for what would make a command fail, and say how to mend it."""
    with _reporter(as_json, region) as reporter:
        place = Cloud(region or clouds.default_region() or "eu-west-1")
        if name:
            check_name(name)
        if doctor_checks.run(place, name, region, reporter):
            raise typer.Exit(1)


@contextlib.contextmanager
def _reporter(as_json: bool, region: str | None) -> Iterator[Reporter]:
    """What a command tells the operator with; what stops it is told as well, and becomes the exit code."""
    reporter = choose_reporter(as_json=as_json)
    try:
        with aws_failures.told(region):
            yield reporter
    except NameRefused as refused:
        reporter.stopped(Stop(str(refused), "Choose such a name."))
        raise typer.Exit(1) from None
    except Stop as stop:
        reporter.stopped(stop)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        reporter.note("Stopped here. What AWS has begun it ends by itself; run the same command again to go on.")
        raise typer.Exit(INTERRUPTED) from None
