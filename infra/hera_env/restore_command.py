"""`hera-env restore`: back to a snapshot or to a moment, and out of a restore whose database could not be made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.configuration import check_name
from infra.hera_env import backups, options, restoring, stacks
from infra.hera_env import cloud as clouds
from infra.hera_env.errors import Stop
from infra.hera_env.options import AsJson, At, FromSnapshot, Name, Region, Yes
from infra.hera_env.telling import telling

if TYPE_CHECKING:
    import datetime as dt

    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def restore(
    name: Name,
    from_snapshot: FromSnapshot = None,
    at: At = None,
    abandon: Annotated[
        bool, typer.Option("--abandon", help="where the database of a backup could not be made: serve as before")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="also where its data are in place: what was entered since leaves HERA")
    ] = False,
    region: Region = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Go back to a backup; what is there now is kept as a snapshot. Run it again and it goes on."""
    with telling(as_json, region, name) as reporter:
        cloud, _stack = clouds.find(check_name(name), region)
        if abandon and (from_snapshot or at):
            raise Stop(
                "--abandon goes back to no backup: it names none.",
                f"To serve as before: ./hera-env restore {name} --abandon",
            )
        moment = None if abandon else backups.one_of(name, from_snapshot, at)
        settled = stacks.settle(cloud, name, reporter)
        known = settled.configuration if settled else None
        if settled is None or known is None:
            raise Stop(f"{name} is not complete.", f"This goes on where it stopped: ./hera-env create {name}")
        if known.moving:
            raise stacks.half_way(known)
        if abandon:
            _abandon(cloud, settled, known, reporter)
        else:
            _go_back(cloud, known, from_snapshot, moment, reporter, again=again, yes=yes)


def _go_back(
    cloud: Cloud,
    known: Configuration,
    from_snapshot: str | None,
    moment: dt.datetime | None,
    reporter: Reporter,
    *,
    again: bool,
    yes: bool,
) -> None:
    name, is_in = known.name, bool(known.restoring) and known.is_replaced
    if is_in and from_snapshot == known.restoring:  # it is needed no more, and may be gone by now
        found = {"DBSnapshotIdentifier": known.snapshot, "AllocatedStorage": known.snapshot_gib}
    else:
        looked = backups.look(cloud, name, from_snapshot, moment)["DBSnapshotIdentifier"]
        if is_in and looked not in {known.restoring, known.before}:
            raise stacks.half_way(known)
        if looked == known.snapshot and not known.restoring and not again:
            raise _in_place(known, from_snapshot, moment)
        if looked != known.restoring:
            what = f"at {moment:%Y-%m-%d %H:%M:%S} UTC" if moment else f"in {from_snapshot}"
            reporter.note(
                f"{name} will be as it was {what}. What mothers and staff entered since leaves HERA; it stays in a"
                " snapshot. The service stands still for about 40 minutes. What was sent since and is still due then"
                " may go out once more."
            )
            options.agreed(f"Restore {name}?", yes=yes)
        found = backups.source(cloud, name, from_snapshot, moment, reporter)
    facts = restoring.restore(cloud, known, found, reporter)
    reporter.done(f"{name} runs with the data of {facts['snapshot']}", **facts)
    reporter.note(f"Back to what was there before: ./hera-env restore {name} --from-snapshot {facts['before']}")


def _in_place(known: Configuration, from_snapshot: str | None, moment: dt.datetime | None) -> Stop:
    """What is said to who types once more the command that, unseen, came to its end."""
    given = f"--from-snapshot {from_snapshot}" if moment is None else f"--at {moment:%Y-%m-%dT%H:%M:%SZ}"
    return Stop(
        f"{known.name} runs with the data of {known.snapshot} and what was entered since. Nothing was changed.",
        f"If that was all you wanted, it is done. To lose what was entered since, and begin with the backup once more:"
        f" ./hera-env restore {known.name} {given} --again",
    )


def _abandon(cloud: Cloud, stack: StackState, known: Configuration, reporter: Reporter) -> None:
    """Nobody is asked: nothing that was entered is lost by it, and mothers wait."""
    facts = restoring.abandon(cloud, stack, known, reporter)
    reporter.done(f"{known.name} runs with the data that it had: nothing was gone back to", **facts)
    if facts["kept"]:
        reporter.note(f"The snapshot {facts['kept']}, which was taken on the way, is kept.")
