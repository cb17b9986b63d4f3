"""Bringing a new version or new settings into an environment that runs. Each step may be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.hera_env import (
    alarm_recipient,
    joining,
    one_off_tasks,
    provider_keys,
    secret_versions,
    signed_image,
    stacks,
    trial_start,
)
from infra.hera_env.change_sets import Overtaken
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def deploy(cloud: Cloud, seen: Configuration, wanted: Configuration, reporter: Reporter) -> dict[str, Any]:
    """A new version or new settings: migrate first, then tasks one after the other; back on failing health.

    Args:
        seen: what the environment had when `wanted` was made of it. What somebody else deploys from then on is kept.

    Returns:
        Its `url`, the `image` that runs now, and `image_before`.

    Raises:
        Stop: with cause and mend; what ran before runs on.
    """
    name = wanted.name
    _complete(cloud.stack(name), name)
    keys = provider_keys.collect(cloud, cloud.stack(name), wanted)
    stack, seen, wanted = _now(cloud, seen, wanted, reporter)
    provider_keys.store(cloud, stack, keys, reporter)
    wanted = secret_versions.into(cloud, stack, wanted)
    if wanted.secrets_version != seen.secrets_version:
        reporter.note("Tasks are made anew, with the keys and passwords that are stored now.")
    before = seen.image
    if wanted.image != before:
        reporter.step("Changing the tables; the version that runs works with both")
        migrate = trial_start.of_the_new_version("migrate", ["python", "manage.py", "migrate"], stack, seen, wanted)
        one_off_tasks.checked(cloud, stack, migrate, reporter, quiet=True)
        reporter.done("The tables fit the new version")
    if seen.with_changes(alarm_email=wanted.alarm_email) != wanted:  # tasks are made anew
        trial_start.try_out(cloud, stack, seen, wanted, reporter)
    after, seen, wanted = _brought(cloud, seen, wanted, reporter)
    if wanted.alarm_email != seen.alarm_email:
        alarm_recipient.tell(wanted, reporter)
    return {"url": after.outputs["Url"], "image": wanted.image, "image_before": before}


def _brought(
    cloud: Cloud, seen: Configuration, wanted: Configuration, reporter: Reporter
) -> tuple[StackState, Configuration, Configuration]:
    """The stack once the change is in it, what it had before, and what it has then.

    Raises:
        Stop: if it failed, or somebody else has changed the same meanwhile.
    """
    while True:
        # Tables take minutes, and so may a person who is asked: what is there now is what is added to.
        stack, now, joined = _now(cloud, seen, wanted, reporter)
        joined = secret_versions.into(cloud, stack, joined)
        title = f"Bringing {wanted.name} to {signed_image.shown(joined.image)}"
        try:
            return stacks.bring_to(cloud, joined, reporter, title, now), now, joined
        except Overtaken:
            reporter.note(f"Somebody else changed {wanted.name} in this moment: looking again at what is there.")


def _now(
    cloud: Cloud, seen: Configuration, wanted: Configuration, reporter: Reporter
) -> tuple[StackState, Configuration, Configuration]:
    """The stack once it stands still, what it has, and what this call changes in it.

    Raises:
        Stop: if somebody else has changed the same meanwhile, or begun a restore.
    """
    stack, now = _complete(stacks.settle(cloud, wanted.name, reporter), wanted.name)
    joined = joining.joined(seen, wanted, now)
    if others := joining.changed(wanted, joined):
        reporter.note(f"Somebody else changed {', '.join(others)} meanwhile: that is kept.")
    return stack, now, joined


def _complete(stack: StackState | None, name: str) -> tuple[StackState, Configuration]:
    """The stack with what it was deployed with.

    Raises:
        Stop: if it was never brought to an end.
    """
    known = stack.configuration if stack else None
    if stack is None or known is None:
        raise Stop(f"{name} is not complete.", f"This goes on where it stopped: ./hera-env create {name}")
    if known.is_half_way:
        raise stacks.half_way(known)
    if not known.running and not stack.is_moving:
        raise Stop(
            f"{name} does not run yet: its database was not brought to an end.",
            f"This goes on where it stopped: ./hera-env create {name}",
        )
    return stack, known
