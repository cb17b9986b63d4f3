"""Bringing a new version or new settings into an environment that runs. Each step may be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.hera_env import one_off_tasks, provider_keys, stacks
from infra.hera_env.errors import Stop

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
    settled = stacks.settle(cloud, changed.name, reporter)
    if settled is None or settled.configuration is None:
        raise Stop(
            f"{changed.name} is not complete.", f"Run hera-env create {changed.name}: it goes on where it stopped."
        )
    before = settled.configuration
    if not before.running:
        raise Stop(
            f"{changed.name} has no database yet.", f"Run hera-env create {changed.name}: it goes on where it stopped."
        )
    provider_keys.store(cloud, settled, changed, reporter)
    if changed.image != before.image:
        reporter.step("Changing the tables; the version that runs works with both")
        one_off_tasks.checked(
            cloud,
            settled,
            ["python", "manage.py", "migrate"],
            reporter,
            named="migrate",
            quiet=True,
            definition=_with_image(cloud, settled, changed.image),
        )
        reporter.done("The tables fit the new version")
    after = stacks.bring_to(cloud, changed, reporter, f"Bringing {changed.name} to {changed.image.rsplit(':', 1)[-1]}")
    if after.status == "UPDATE_ROLLBACK_COMPLETE":
        raise Stop(
            "The new version did not get healthy; the one before runs again.",
            f"Read why: hera-env logs {changed.name}.",
        )
    return {"url": after.outputs["Url"], "image": changed.image, "image_before": before.image}


def _with_image(cloud: Cloud, stack: StackState, image: str) -> str:
    """The jobs' task definition with another image, for one run."""
    ecs = cloud.client("ecs")
    known = ecs.describe_task_definition(taskDefinition=stack.outputs["JobTask"])["taskDefinition"]
    kept = {
        key: known[key]
        for key in (
            "executionRoleArn",
            "taskRoleArn",
            "networkMode",
            "volumes",
            "requiresCompatibilities",
            "cpu",
            "memory",
        )
        if known.get(key)
    }
    containers = [{**container, "image": image} for container in known["containerDefinitions"]]
    answer = ecs.register_task_definition(family=f"{stack.name}-next", containerDefinitions=containers, **kept)
    return str(answer["taskDefinition"]["taskDefinitionArn"])
