"""The hera-env command: typer parses, a module of this package works, a reporter shows."""

from __future__ import annotations

import datetime as dt
import io
import secrets
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.configuration import check_name
from infra.hera_env import (
    aws_failures,
    creation_plan,
    database_export,
    deployment,
    doctor_checks,
    environment_status,
    move_command,
    one_off_tasks,
    options,
    preflight,
    provisioning,
    rehearsal,
    restore_command,
    restoring,
    stacks,
    teardown,
    wanted_configuration,
)
from infra.hera_env import changes as changed
from infra.hera_env import cloud as clouds
from infra.hera_env.aws_failures import Where
from infra.hera_env.cloud import Cloud
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work
from infra.hera_env.options import (
    AsJson,
    At,
    Email,
    FromSnapshot,
    Image,
    Name,
    Push,
    Region,
    Set,
    Sms,
    WebPush,
    Whatsapp,
    Yes,
)
from infra.hera_env.telling import telling
from infra.hera_env.wanted_configuration import Changes

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Opens, runs and closes one country's HERA on AWS. Any command may be stopped and run again.",
)


def main() -> None:
    """Run the command that was typed."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 has no sign for well and not well
    app(prog_name="hera-env")


@app.command()
def create(
    name: Name,
    admin_email: Annotated[
        str | None, typer.Option(help="who gets the set-up link; without it, admin@ the domain")
    ] = None,
    region: Region = None,
    image: Annotated[
        str | None,
        typer.Option(help="the image's tag in this account's repository hera, its whole address, or its signed file"),
    ] = None,
    zone: Annotated[str | None, typer.Option(help="the hosted zone; without it, the only one there is")] = None,
    push: Push = None,
    sms: Sms = None,
    whatsapp: Whatsapp = None,
    web_push: WebPush = None,
    alarm_email: Email = None,
    settings: Set = [],
    from_snapshot: FromSnapshot = None,
    at: At = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print every step and the cost; make nothing")] = False,
    as_json: AsJson = False,
) -> None:
    """Open an environment; run it again and it goes on where it stopped."""
    with telling(as_json, region, name) as reporter:
        check_name(name)
        changes = Changes(push, sms, whatsapp, alarm_email, settings, web_push)
        changes.check(name)
        options.check_address("--admin-email", admin_email)
        cloud = preflight.cloud_in(region)
        wanted = wanted_configuration.for_create(cloud, name, changes, image, zone, reporter, dry_run=dry_run)
        if from_snapshot or at:
            wanted = restoring.beginning_with(cloud, wanted, from_snapshot, at, reporter, dry_run=dry_run)
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
    image: Image = None,
    region: Region = None,
    push: Push = None,
    sms: Sms = None,
    whatsapp: Whatsapp = None,
    web_push: WebPush = None,
    alarm_email: Email = None,
    settings: Set = [],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Bring a new version or new settings: tables first, then task after task; back if it does not get healthy."""
    with telling(as_json, region, name) as reporter:
        changes = Changes(push, sms, whatsapp, alarm_email, settings, web_push)
        changes.check(name)
        cloud, stack = clouds.find(check_name(name), region)
        # What an earlier call began is waited for: what it changes is part of what is there, and is not to be lost.
        settled = stacks.settle(cloud, name, reporter) if stack.is_moving else stack
        known = settled.configuration if settled else None
        if settled is None or known is None:
            raise Stop(f"{name} is not complete.", f"This goes on where it stopped: ./hera-env create {name}")
        wanted = wanted_configuration.for_deploy(cloud, known, changes, image)
        if known.running and settled.is_good:
            found = changed.difference(cloud, settled, known, wanted, reporter)
            changed.refuse_loss(found)
            if known.sizes.protected:
                reporter.note(found.text)
                options.agreed(f"Deploy this to {name}?", yes=yes)
        facts = deployment.deploy(cloud, known, wanted, reporter)
        reporter.done(f"{name} runs {facts['image'].rsplit('/', 1)[-1]}", **facts)


@app.command()
def diff(
    name: Name,
    image: Image = None,
    region: Region = None,
    push: Push = None,
    sms: Sms = None,
    whatsapp: Whatsapp = None,
    web_push: WebPush = None,
    alarm_email: Email = None,
    settings: Set = [],
    as_json: AsJson = False,
) -> None:
    """What `deploy` with the same options would change or replace, and what somebody changed by hand."""
    with telling(as_json, region, name) as reporter:
        options_given = Changes(push, sms, whatsapp, alarm_email, settings, web_push)
        options_given.check(name)
        cloud, stack = clouds.find(check_name(name), region)
        known = stack.configuration
        if known is None or stack.is_moving:
            raise Stop(f"{name} is not complete.", f"See what it is at: ./hera-env events {name}")
        wanted = wanted_configuration.for_deploy(cloud, known, options_given, image)
        found = changed.difference(cloud, stack, known, wanted, reporter)
        reporter.result(found.facts, found.text)


app.command()(restore_command.restore)


@app.command()
def rehearse(name: Name, region: Region = None, as_json: AsJson = False) -> None:
    """Restore last night's backup into a throw-away database, and see whether the running version can use it."""
    with telling(as_json, region, name) as reporter:
        cloud, stack = clouds.find(check_name(name), region)
        if stack.configuration is None or not stack.is_good:
            raise Stop(f"{name} is not complete.", f"This goes on where it stopped: ./hera-env create {name}")
        facts = rehearsal.rehearse(cloud, stack, reporter)
        reporter.done(
            f"The backup of {facts['taken']} can be restored: it answered after {facts['minutes']} minutes, and the"
            " version that runs fits it",
            **facts,
        )


@app.command()
def status(
    name: Annotated[str | None, typer.Argument(help="one environment; without it, all")] = None,
    region: Region = None,
    bill: Annotated[
        bool, typer.Option("--bill", help="ask Cost Explorer for this month too: AWS takes a cent each time")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Is it well? What runs, what is behind, backups, certificate, what is wrong, what it costs."""
    with telling(as_json, region, name) as reporter:
        if name:
            found = [clouds.find(check_name(name), region)]
        else:
            places = [Cloud(place) for place in ([region] if region else clouds.regions(clouds.default_region()))]
            found = [(place, stack) for place in places for stack in place.environments()]
        if not found:
            reporter.note("There is no environment. This opens one: ./hera-env create production-turkey")
        for cloud, stack in found:
            facts = environment_status.facts_of(cloud, stack, with_bill=bill)
            reporter.result(facts, environment_status.as_text(facts))


@app.command()
def events(
    name: Name,
    region: Region = None,
    follow: Annotated[bool, typer.Option(help="go on until it stands still")] = False,
    as_json: AsJson = False,
) -> None:
    """What CloudFormation did, and why something failed."""
    with telling(as_json, region, name) as reporter:
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
            why = aws_failures.of_reason(str(failed.get("ResourceStatusReason", "")), Where(name, cloud.region))
            reporter.note(f"First failure: {failed['LogicalResourceId']}. {why.cause} {why.mend}")


@app.command()
def logs(
    name: Name,
    region: Region = None,
    since: Annotated[str, typer.Option(help="such as 30m, 2h, 1d")] = "1h",
    part: Annotated[str | None, typer.Option(help=", ".join(options.PARTS))] = None,
    follow: Annotated[bool, typer.Option(help="go on until Ctrl-C")] = False,
    as_json: AsJson = False,
) -> None:
    """What the service wrote: it names no person."""
    with telling(as_json, region, name) as reporter:
        prefix = options.part_in(part)
        span = options.span_in(since)
        cloud, stack = clouds.find(check_name(name), region)
        began, last = dt.datetime.now(dt.UTC) - span, None
        told = False
        seen: set[tuple[Any, ...]] = set()
        while True:
            for row in cloud.log_lines(stack.outputs["LogGroup"], last or began, prefix):
                if row not in seen:
                    seen.add(row)
                    moment, stream, line = row
                    reporter.result(
                        {"time": moment, "stream": stream, "line": line},
                        f"{moment:%H:%M:%S} {stream.split('/')[0]} {line}",
                    )
                    last = moment
            if not seen and not told:
                reporter.note(options.nothing_written(name, since, part, stack.configuration))
                told = True
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
    with telling(as_json, region, name) as reporter:
        cloud, stack = clouds.find(check_name(name), region)
        # Each call is work of its own: what one operator runs waits for nobody else's.
        work = Work(f"exec-{secrets.token_hex(3)}", command, part="exec", private=True)
        ended = one_off_tasks.run(cloud, stack, work, reporter)
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
    with telling(as_json, region, name) as reporter:
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
    with telling(as_json, region, name) as reporter:
        check_name(name)
        if not i_have_a_backup:
            raise Stop(
                f"{name} holds people's data.",
                f"Save it: age-keygen -o {name}.key && ./hera-env export {name} --recipient"
                f' "$(age-keygen -y {name}.key)"; then: ./hera-env destroy {name} --i-have-a-backup',
            )
        if options.somebody_is_here() and options.asked(f"Type {name} to remove it: ") != name:
            raise Stop("The name was another one; nothing was removed.", f"If you mean it: {aws_failures.again()}")
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
        reporter.note(teardown.about_secrets(cloud, facts["secrets"]))


@app.command()
def doctor(
    name: Annotated[str | None, typer.Argument(help="an environment to look at as well")] = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Look for what would make a command fail, and say how to mend it."""
    with telling(as_json, region, name) as reporter:
        place = Cloud(region or clouds.default_region() or "eu-west-1")
        if name:
            check_name(name)
        if doctor_checks.run(place, name, region, reporter):
            raise typer.Exit(1)


app.command()(move_command.move)
