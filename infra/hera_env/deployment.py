"""Bringing a new version or new settings into an environment that runs. Each step may be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.hera_env import one_off_tasks, provider_keys, signed_image, stacks
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def deploy(cloud: Cloud, changed: Configuration, reporter: Reporter) -> dict[str, Any]:
    """A new version or new settings: migrate first, then tasks one after the other; back on failing health.

    Returns:
        Its `url`, the `image` that runs now, and `image_before`.

    Raises:
        Stop: with cause and mend; what ran before runs on.
    """
    _complete(cloud.stack(changed.name), changed.name)
    keys = provider_keys.collect(cloud, cloud.stack(changed.name), changed)
    settled = stacks.settle(cloud, changed.name, reporter)
    stack, before = _complete(settled, changed.name)
    provider_keys.store(cloud, stack, keys, reporter)
    if changed.image != before.image:
        reporter.step("Changing the tables; the version that runs works with both")
        migrate = Work("migrate", ["python", "manage.py", "migrate"], image=changed.image, settings=changed.settings)
        one_off_tasks.checked(cloud, stack, migrate, reporter, quiet=True)
        reporter.done("The tables fit the new version")
    after = stacks.bring_to(cloud, changed, reporter, f"Bringing {changed.name} to {signed_image.shown(changed.image)}")
    if after.status == "UPDATE_ROLLBACK_COMPLETE":
        raise Stop(
            "The new version did not get healthy; the one before runs again, and mothers are served by it.",
            f"Read why: ./hera-env logs {changed.name} --since 30m",
        )
    return {"url": after.outputs["Url"], "image": changed.image, "image_before": before.image}


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
