"""Making an environment, from nothing to a service that mothers can call.

Each step may be repeated; all state is in AWS.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any

from infra.hera_env import (
    alarm_recipient,
    costs,
    delegation,
    kept_secrets,
    one_off_tasks,
    preflight,
    provider_keys,
    secret_versions,
    stacks,
    throw_away,
    trial_start,
)
from infra.hera_env.kept_secrets import Kept
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

FIXTURES = ("vaccines_and_doses", "events", "survey_templates")
REMINDERS = (
    "vaccination_reminders",
    "pregnancy_surveys",
    "after_birth_reminders",
)  # in a call of their own, after those: they have no ids
PREPARE = Work("prepare-database", ["python", "manage.py", "prepare_database"], definition="SetUpTask")
MIGRATE = Work("migrate", ["python", "manage.py", "migrate"])
_LINK = re.compile(r"https://\S+")


def create(cloud: Cloud, configuration: Configuration, admin_email: str, reporter: Reporter) -> dict[str, Any]:
    """Everything from nothing to a service that mothers can call. What is there already is kept.

    Returns:
        Its `url`, the `set_up_link` of the first administrator (None if there is one already), and `dollars_a_month`.

    Raises:
        Stop: with cause and mend; the same call goes on from there. Also if somebody else changed it meanwhile: the
            next call looks anew at what may be made of that.
    """
    name = configuration.name
    # What a person has to give comes before the 20 minutes of infrastructure.
    kept = _kept(cloud, configuration)
    keys = provider_keys.collect(cloud, cloud.stack(name), configuration, kept.providers)
    stack = stacks.settle(cloud, name, reporter)
    if stack is None:
        preflight.left_over(cloud, name)
        preflight.quotas(cloud, configuration)
        delegation.check(cloud, configuration.zone_id, configuration.zone_name, reporter)
        stack = stacks.bring_to(
            cloud, configuration.with_changes(running=False), reporter, f"Making the infrastructure of {name}"
        )
        reporter.done("The infrastructure stands; nothing runs in it yet")
    else:
        reporter.done(f"The infrastructure is there ({stack.status.replace('_', ' ').lower()})")
        still = configuration.with_changes(running=False)
        if stack.configuration is not None and not stack.configuration.running and stack.configuration != still:
            # Tables are made by the image and with the settings of the stack: what was typed anew is for them too.
            title = f"Changing the infrastructure of {name}"
            stack = stacks.bring_to(cloud, still, reporter, title, stack.configuration)
    is_new = provider_keys.store(cloud, stack, keys, reporter)
    if stack.configuration is None or not stack.configuration.running:
        if configuration.snapshot:
            kept_secrets.carry_key(cloud, stack, kept, reporter)
        open_database(cloud, stack, reporter)
        if not configuration.snapshot:  # in a backup are the vaccines and texts that staff have made of them since
            _fill(cloud, stack, reporter)
        reporter.done("The database is ready")
        whole = secret_versions.into(cloud, stack, configuration)
        trial_start.try_out(cloud, stack, configuration.with_changes(running=False), configuration, reporter)
        stack = stacks.bring_to(cloud, whole, reporter, f"Starting {name}", stack.configuration)
        reporter.done("The service, the worker and both jobs run")
    elif is_new:
        reporter.note(f"Tasks that run keep the keys that they were started with, until: ./hera-env deploy {name}")
    alarm_recipient.tell(configuration, reporter)
    link = _invite(cloud, stack, admin_email, reporter)
    return {"url": stack.outputs["Url"], "set_up_link": link, "dollars_a_month": round(costs.total(configuration))}


def _kept(cloud: Cloud, configuration: Configuration) -> Kept:
    """The keys that the data of the snapshot are sealed with; none for an environment that begins empty, or runs."""
    known = throw_away.snapshot(cloud, configuration.snapshot) if configuration.snapshot else None
    moment = throw_away.moment_of(known) if known else None
    return Kept() if moment is None else kept_secrets.of(cloud, configuration.name, moment)


def open_database(cloud: Cloud, stack: StackState, reporter: Reporter) -> None:
    """The database, its user and its tables, fit for the image of the stack. What is in it stays.

    Raises:
        Stop: if a task fails, with its last line.
    """
    reporter.step("Making the database and its user, who owns it and nothing more")
    one_off_tasks.checked(cloud, stack, PREPARE, reporter)
    reporter.step("Making the tables")
    one_off_tasks.checked(cloud, stack, MIGRATE, reporter, quiet=True)


def _fill(cloud: Cloud, stack: StackState, reporter: Reporter) -> None:
    reporter.step("Loading vaccines, notifications and surveys")
    for fixtures in (FIXTURES, REMINDERS):
        one_off_tasks.checked(cloud, stack, Work("loaddata", ["python", "manage.py", "loaddata", *fixtures]), reporter)


def _invite(cloud: Cloud, stack: StackState, admin_email: str, reporter: Reporter) -> str | None:
    """The link with which the first administrator sets a password and a second factor; None if there is one already."""
    reporter.step("Inviting the first administrator")
    # What a task prints is in a log that others read, until it is removed. So the task is given the hash of half of the
    # link, prints the other half, and only who made this call puts them together.
    half = secrets.token_urlsafe(32)
    digest = hashlib.sha256(half.encode()).hexdigest()
    command = ["python", "manage.py", "invite_admin", admin_email, "--if-none", "--base", stack.outputs["Url"]]
    ended = one_off_tasks.checked(
        cloud,
        stack,
        Work("invite-admin", [*command, "--other-half", digest], part="exec", private=True),
        reporter,
        quiet=True,
    )
    links = [found[0] for line in ended.lines if (found := _LINK.search(line))]
    return f"{links[-1].rstrip('/')}~{half}/" if links else None
