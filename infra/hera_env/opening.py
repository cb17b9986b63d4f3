"""Opening an environment, and bringing a new version into it. Each step may be repeated; all state is in AWS."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from infra.configuration import Configuration
from infra.hera_env import costs, one_off, preflight, stacks
from infra.hera_env.stop import Stop

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.reporting import Reporter

FIXTURES = ("vaccines_and_doses", "events", "survey_templates")
_LINK = re.compile(r"https://\S+")


def create(cloud: Cloud, configuration: Configuration, admin_email: str, reporter: Reporter) -> dict[str, Any]:
    """Everything from nothing to a service that mothers can call. What is there already is kept.

    Raises:
        Stop: with cause and mend; the same call goes on from there.
    """
    name = configuration.name
    stack = stacks.settle(cloud, name, reporter)
    if stack is None:
        preflight.left_over(cloud, name)
        preflight.quotas(cloud, configuration)
        stack = stacks.bring_to(
            cloud, configuration.with_changes(running=False), reporter, f"Making the infrastructure of {name}"
        )
        reporter.done("The infrastructure stands; nothing runs in it yet")
    else:
        reporter.done(f"The infrastructure is there ({stack.status.replace('_', ' ').lower()})")
    store_provider_keys(cloud, stack, configuration, reporter)
    if stack.configuration is None or not stack.configuration.running:
        _prepare_database(cloud, stack, reporter)
        stack = stacks.bring_to(cloud, configuration, reporter, f"Starting {name}")
        reporter.done("The service, the worker and both jobs run")
    link = invite(cloud, stack, admin_email, reporter)
    return {"url": stack.outputs["Url"], "set_up_link": link, "dollars_a_month": round(costs.total(configuration))}


def _prepare_database(cloud: Cloud, stack: StackState, reporter: Reporter) -> None:
    reporter.step("Making the database and its user, who owns it and nothing more")
    one_off.checked(
        cloud,
        stack,
        ["python", "manage.py", "prepare_database"],
        reporter,
        named="prepare-database",
        definition=stack.outputs["SetUpTask"],
    )
    reporter.step("Making the tables")
    one_off.checked(cloud, stack, ["python", "manage.py", "migrate"], reporter, named="migrate", quiet=True)
    reporter.step("Loading vaccines, notifications and surveys")
    one_off.checked(cloud, stack, ["python", "manage.py", "loaddata", *FIXTURES], reporter, named="loaddata")
    reporter.done("The database is ready")


def invite(cloud: Cloud, stack: StackState, admin_email: str, reporter: Reporter) -> str | None:
    """The link with which the first administrator sets a password and a second factor; None if there is one already."""
    reporter.step("Inviting the first administrator")
    ended = one_off.checked(
        cloud,
        stack,
        ["python", "manage.py", "invite_admin", admin_email, "--if-none", "--base", stack.outputs["Url"]],
        reporter,
        named="invite-admin",
        quiet=True,
    )
    links = [found[0] for line in ended.lines if (found := _LINK.search(line))]
    return links[-1] if links else None


def deploy(cloud: Cloud, changed: Configuration, reporter: Reporter) -> dict[str, Any]:
    """A new version or new settings: migrate first, then tasks one after the other; back on failing health.

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
    store_provider_keys(cloud, settled, changed, reporter)
    if changed.image != before.image:
        reporter.step("Changing the tables; the version that runs works with both")
        one_off.checked(
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


def store_provider_keys(cloud: Cloud, stack: StackState, configuration: Configuration, reporter: Reporter) -> None:
    """Store the keys of the push and SMS providers that are not stored yet: from the environment, or asked for.

    Raises:
        Stop: if one is missing and there is nobody to ask.
    """
    secrets = cloud.client("secretsmanager")
    arn = stack.outputs["ProvidersSecret"]
    stored: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=arn).get("SecretString") or "{}")
    given = {name: os.environ[name] for name in configuration.provider_secrets if os.environ.get(name)}
    missing = [name for name in configuration.provider_secrets if not stored.get(name) and name not in given]
    if missing and not sys.stdin.isatty():
        raise Stop(
            f"The keys of the providers are not known: {', '.join(missing)}.",
            f"Set them in the environment of this command ({missing[0]}=... hera-env ...), or run it on a terminal,"
            " where it asks. They go to Secrets Manager and nowhere else.",
        )
    given.update({name: getpass.getpass(f"{name} (not shown): ").strip() for name in missing})
    if any(stored.get(name) != value for name, value in given.items()):
        secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({**stored, **given}))
        reporter.done(f"Stored: {', '.join(sorted(given))}")


def plan(configuration: Configuration, region: str) -> list[str]:
    """Every step of `create`, for a dry run."""
    return [
        f"check credentials, clock, region {region}, quotas, left-overs of an earlier {configuration.name}",
        f"check that the image {configuration.image} is there",
        f"make the stack {configuration.stack_name}; nothing runs in it yet",
        f"store the providers' keys in Secrets Manager: {', '.join(configuration.provider_secrets) or 'none wanted'}",
        "run one task: make the database and its user (manage.py prepare_database)",
        "run one task: make the tables (manage.py migrate)",
        f"run one task: loaddata {' '.join(FIXTURES)}",
        "start 2 web tasks, 1 worker, and the jobs every 1 and 3 minutes",
        "run one task: invite the first administrator, and print the link",
    ]
