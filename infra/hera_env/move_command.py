"""`hera-env move`, as it is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.configuration import check_name
from infra.hera_env import cloud as clouds
from infra.hera_env import copilot_environment, moving, options, stacks
from infra.hera_env.errors import Stop
from infra.hera_env.options import AsJson, Name, Region, Yes
from infra.hera_env.telling import telling

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.copilot_environment import CopilotEnvironment
    from infra.hera_env.output import Reporter


def move(
    name: Name,
    old_name: Annotated[str, typer.Option("--from", help="the environment of Copilot's, as `copilot env ls` names it")],
    app: Annotated[str, typer.Option(help="Copilot's application")] = "herav2",
    called: Annotated[str, typer.Option(help="the name that the apps call today, with --cut-over")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="look, and print every step; change nothing")] = False,
    cut_over: Annotated[bool, typer.Option("--cut-over", help="stop the old one, copy, start the new one")] = False,
    back: Annotated[bool, typer.Option("--back", help="stop the new one, start the old one as it was")] = False,
    region: Region = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Move an environment of AWS Copilot's here: first a copy beside it, as often as you like, then --cut-over."""
    with telling(as_json, region, name) as reporter:
        if dry_run + cut_over + back > 1:
            raise Stop("--dry-run, --cut-over and --back are three things.", "Say one of them.")
        cloud, stack = clouds.find(check_name(name), region)
        old = copilot_environment.find(cloud, app, old_name)
        known = stack.configuration
        if known is None:
            raise Stop(f"{name} is not complete.", f"This goes on where it stopped: ./hera-env create {name}")
        if dry_run:
            reporter.result(*moving.plan(old, known))
            return
        stack = stacks.settle(cloud, name, reporter) or stack
        known = stack.configuration or known
        if known.restoring:
            raise stacks.half_way(known)
        if back:
            _back(cloud, stack, known, old, reporter, yes=yes)
        elif cut_over:
            _cut_over(cloud, stack, known, old, called, reporter, yes=yes)
        else:
            facts = moving.rehearse(cloud, stack, known, old, reporter)
            reporter.done(f"{name} holds a copy of {old.name}, made in {facts['minutes']} minutes", **facts)
            reporter.note("Nobody is served by it, and no message goes out, until the cut-over.")
            reporter.note(f"In earnest: ./hera-env move {name} --from {old.name} --cut-over")


def _cut_over(
    cloud: Cloud,
    stack: StackState,
    known: Configuration,
    old: CopilotEnvironment,
    called: str,
    reporter: Reporter,
    *,
    yes: bool,
) -> None:
    name = known.name
    reporter.note(
        f"{old.name} stops, and {name} starts with its data. In between, as long as a copy takes, mothers see nothing"
        " new; their apps send later what they could not send. The old one is kept as it is."
    )
    options.agreed(f"Cut over from {old.name} to {name}?", yes=yes)
    facts = moving.cut_over(cloud, stack, known, old, called, reporter)
    reporter.done(f"{name} serves, with every row of {old.name}", **facts)
    reporter.note(f"Let the apps' name point to {stack.outputs['Url']} now (docs/copilot.md).")
    reporter.note(f"Back: ./hera-env move {name} --from {old.name} --back")


def _back(
    cloud: Cloud, stack: StackState, known: Configuration, old: CopilotEnvironment, reporter: Reporter, *, yes: bool
) -> None:
    name = known.name
    reporter.note(
        f"{old.name} will serve as it was when it was stopped. What mothers and staff entered in {name} since is not in"
        " it; it stays in a snapshot. What was sent since and is still due there may go out once more."
    )
    options.agreed(f"Go back to {old.name}?", yes=yes)
    facts = moving.back(cloud, stack, known, old, reporter)
    reporter.done(f"{old.name} serves; {name} stands still", **facts)
    reporter.note(f"Let the apps' name point to it again. Anew: ./hera-env move {name} --from {old.name}")
