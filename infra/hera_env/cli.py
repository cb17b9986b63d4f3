"""hera-env: typer parses, a module of this package works, a reporter shows."""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.configuration import SECRETS_OF_CHANNEL, Configuration, NameRefused, check_name
from infra.hera_env import (
    arguments,
    costs,
    country,
    failures,
    leaving,
    looking,
    one_off,
    opening,
    preflight,
    reporting,
)
from infra.hera_env import (
    cloud as clouds,
)
from infra.hera_env.cloud import Cloud
from infra.hera_env.stop import Stop

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Opens, runs and closes one country's HERA on AWS. Any command may be stopped and run again.",
)
Name = Annotated[str, typer.Argument(help="staging-COUNTRY or production-COUNTRY, such as production-turkey")]
Region = Annotated[str | None, typer.Option(help="AWS region; without it, that of your profile, or where it is found")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line, for scripts")]
Set = Annotated[list[str], typer.Option("--set", help="a setting of the service, NAME=VALUE; again for more")]
Push = Annotated[str | None, typer.Option(help=f"how notifications go out: {', '.join(SECRETS_OF_CHANNEL['push'])}")]
Sms = Annotated[str | None, typer.Option(help=f"how codes go out: {', '.join(SECRETS_OF_CHANNEL['sms'])}")]
Email = Annotated[str | None, typer.Option(help="who is told of alarms")]

INTERRUPTED = 130


def main() -> None:
    """The command."""
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
        cloud = _cloud(region)
        there = cloud.stack(name)
        known = there.configuration if there and there.is_good else None
        if known is not None:
            changed = known.with_changes(
                push=push, sms=sms, alarm_email=alarm_email, settings=arguments.settings_in(settings)
            )
            # While it runs, a change is a deployment: this command only completes what is missing.
            wanted = known if known.running else changed.with_changes(running=True)
        else:
            in_zone = preflight.zone(cloud, zone)
            derived = country.of_environment(name)
            if derived is None:
                reporter.note(
                    f"{name.partition('-')[2]} is no country's name: set HERA_OTP_ALLOWED_COUNTRIES,"
                    " HERA_DEFAULT_TIMEZONE and HERA_DEFAULT_LANGUAGE with --set, or later with hera-env deploy."
                )
            wanted = Configuration(
                name=name,
                image=image if dry_run and "/" in image else _address(cloud, image, look=not dry_run),
                domain=f"{name}.{in_zone.name}",
                zone_id=in_zone.zone_id,
                zone_name=in_zone.name,
                settings=derived.settings if derived else {},
            ).with_changes(push=push, sms=sms, alarm_email=alarm_email, settings=arguments.settings_in(settings))
        _check_channels(wanted)
        if dry_run:
            _show_plan(reporter, wanted, cloud.region)
            return
        facts = opening.create(cloud, wanted, admin_email or f"admin@{wanted.zone_name}", reporter)
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
        address = _address(cloud, image, look=True) if image else None
        changed = known.with_changes(
            image=address, push=push, sms=sms, alarm_email=alarm_email, settings=arguments.settings_in(settings)
        )
        _check_channels(changed)
        facts = opening.deploy(cloud, changed, reporter)
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
            facts = looking.status(cloud, stack)
            reporter.result(facts, looking.as_text(facts))


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
        if failed := failures.first_failure(all_events):
            why = failures.of_reason(str(failed.get("ResourceStatusReason", "")))
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
        began, last = dt.datetime.now(dt.UTC) - arguments.span_in(since), None
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
        ended = one_off.run(cloud, stack, command, reporter, named=f"exec-{int(time.time())}")
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
        facts = leaving.export(cloud, name, stack, recipient, output or Path(f"{name}.dump.age"), reporter)
        reporter.done(f"{facts['file']}: {facts['bytes']} bytes", **facts)


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
            cloud = _cloud(region)
            if not (removed := leaving.remove_left_over(cloud, name)):
                raise
            reporter.done(f"Left-overs removed: {', '.join(removed)}", removed=removed)
            return
        facts = leaving.destroy(cloud, name, stack, reporter)
        leaving.remove_left_over(cloud, name)
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
        bad = 0
        place = Cloud(region or clouds.default_region() or "eu-west-1")
        checks: list[tuple[str, Any]] = [
            ("the CDK command", preflight.cdk),
            ("credentials", lambda: place.account),
            ("this machine's clock", lambda: preflight.clock(place)),
            ("the region", lambda: preflight.region(place.region, clouds.regions(clouds.default_region()))),
            ("a hosted zone", lambda: preflight.zone(place, None)),
        ]
        if name:
            check_name(name)
            checks.append(("the environment", lambda: _healthy(name, region)))
        for what, check in checks:
            try:
                with _translated(place.region):
                    check()
            except Stop as stop:
                bad += 1
                reporter.stopped(Stop(f"{what}: {stop.cause}", stop.mend))
            else:
                reporter.done(what)
        if bad:
            raise typer.Exit(1)


def _healthy(name: str, region: str | None) -> None:
    cloud, stack = clouds.find(name, region)
    if not stack.is_good:
        raise Stop(f"the stack is {stack.status}.", f"See hera-env events {name}.")
    facts = looking.status(cloud, stack)
    if facts["alarms"]:
        raise Stop("; ".join(facts["alarms"]), "docs/operations.md says what each alarm means.")
    for row in facts["services"]:
        if row["running"] < row["desired"]:
            raise Stop(
                f"{row['service']}: {row['running']} of {row['desired']} tasks run.",
                f"See hera-env logs {name} --part {row['service']}.",
            )


def _cloud(region: str | None) -> Cloud:
    chosen = region or clouds.default_region()
    if chosen is None:
        raise Stop("No region is named.", "Name it: --region eu-west-1; docs/environments.md says how to choose.")
    preflight.region(chosen, clouds.regions(clouds.default_region()))
    cloud = Cloud(chosen)
    preflight.clock(cloud)
    return cloud


def _address(cloud: Cloud, image: str, *, look: bool) -> str:
    if look:
        return preflight.image(cloud, image)
    return f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{preflight.REPOSITORY}:{image}"


def _check_channels(configuration: Configuration) -> None:
    for channel in ("push", "sms"):
        kinds = SECRETS_OF_CHANNEL[channel]
        if getattr(configuration, channel) not in kinds:
            raise Stop(
                f"--{channel} {getattr(configuration, channel)} is not known.", f"Choose one of: {', '.join(kinds)}."
            )


def _show_plan(reporter: reporting.Reporter, configuration: Configuration, region: str) -> None:
    steps = opening.plan(configuration, region)
    prices = costs.monthly(configuration)
    total = sum(line.dollars for line in prices)
    text = "\n".join(
        [
            *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
            "",
            "A month, at AWS's list prices in eu-west-1:",
        ]
        + [f"  {line.what:<45} ${line.dollars:7.2f}" for line in prices]
        + [f"  {'together':<45} ${total:7.2f}"]
    )
    reporter.result(
        {
            "steps": steps,
            "costs": {line.what: round(line.dollars, 2) for line in prices},
            "dollars_a_month": round(total),
        },
        text,
    )


@contextlib.contextmanager
def _translated(region: str | None) -> Iterator[None]:
    try:
        yield
    except NameRefused as refused:
        raise Stop(str(refused), "Choose such a name.") from None
    except (BotoCoreError, ClientError) as error:
        raise failures.of_exception(error, region) from error


@contextlib.contextmanager
def _reporter(as_json: bool, region: str | None) -> Iterator[reporting.Reporter]:
    reporter = reporting.choose(as_json=as_json)
    try:
        with _translated(region):
            yield reporter
    except Stop as stop:
        reporter.stopped(stop)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        reporter.note("Stopped here. What AWS has begun it ends by itself; run the same command again to go on.")
        raise typer.Exit(INTERRUPTED) from None
