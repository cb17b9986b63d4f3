"""Having the web server start once as it is to run, before mothers are led to it.

What does not start costs one task's minutes here. Rolled, it costs those of the circuit breaker, 10 to 20; where the
country stands still meanwhile, the services that were made are taken away again as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.hera_env import aws_failures, one_off_tasks
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def try_out(cloud: Cloud, stack: StackState, seen: Configuration, wanted: Configuration, reporter: Reporter) -> None:
    """Have the web server start once as it is to run, beside what runs.

    Args:
        seen: what the stack has.
        wanted: what it is to have.

    Raises:
        Stop: if it does not find its tables; no task was replaced or started to serve then.
    """
    reporter.step(
        "Starting the new version once, beside the one that runs"
        if seen.running
        else "Starting the web server once, before anybody is led to it"
    )
    trial = of_the_new_version("try-start", ["python", "-m", "hera.operations.trial_start"], stack, seen, wanted)
    ended = one_off_tasks.run(cloud, stack, trial, reporter, quiet=True)
    if ended.exit_code:
        last = next((line for line in reversed(ended.lines) if line.strip()), "it wrote nothing")
        raise Stop(
            f"The new version does not start: {last} The one before runs on, and mothers are served by it."
            if seen.running
            else f"The web server does not start: {last} {wanted.name} serves nobody yet.",
            f"All of it: ./hera-env logs {wanted.name} --since 1h --part setup. Once it is mended:"
            f" {aws_failures.again()}",
        )
    reporter.done("It starts, and finds its tables")


def of_the_new_version(
    named: str, command: list[str], stack: StackState, seen: Configuration, wanted: Configuration
) -> Work:
    """A task as those of the new version will be: its image, its settings, its providers and their keys."""
    providers = stack.outputs["ProvidersSecret"]
    chosen = {
        "HERA_PUSH_CHANNEL": wanted.push,
        "HERA_SMS_CHANNEL": wanted.sms,
        "HERA_WHATSAPP_CHANNEL": "" if wanted.whatsapp == "none" else wanted.whatsapp,
        "HERA_WEB_PUSH_CHANNEL": "" if wanted.web_push == "none" else wanted.web_push,
    }
    return Work(
        named,
        command,
        image=wanted.image,
        settings={**dict.fromkeys(seen.settings, ""), **chosen, **wanted.settings},
        secrets={
            **dict.fromkeys(seen.provider_secrets, ""),
            **{name: f"{providers}:{name}::" for name in wanted.provider_secrets},
        },
    )
