"""What `doctor` looks at: this machine, the account, and one environment if it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.hera_env import aws_failures, delegation, environment_status, preflight
from infra.hera_env import cloud as clouds
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.hera_env.cloud import Cloud
    from infra.hera_env.output import Reporter


def run(place: Cloud, environment: str | None, region: str | None, reporter: Reporter) -> int:
    """Look at everything, also after something is wrong.

    Args:
        place: where to ask for the account.
        region: where the environment is; None for wherever it is found.

    Returns:
        How many checks found something wrong; the reporter was told what, and how to mend it.
    """
    checks: list[tuple[str, Callable[[], object]]] = [
        ("the CDK command", preflight.cdk),
        ("credentials", lambda: place.account),
        ("this machine's clock", lambda: preflight.clock(place)),
        ("the region", lambda: preflight.region(place.region, clouds.regions(clouds.default_region()))),
        ("a hosted zone that the internet finds", lambda: _delegated(place, reporter)),
    ]
    if environment:
        checks.append(("the environment", lambda: _healthy(environment, region)))
    bad = 0
    for what, check in checks:
        try:
            with aws_failures.told(aws_failures.Where(environment or "", place.region)):
                check()
        except Stop as stop:
            bad += 1
            reporter.stopped(Stop(f"{what}: {stop.cause}", stop.mend))
        else:
            reporter.done(what)
    return bad


def _delegated(place: Cloud, reporter: Reporter) -> None:
    for zone in preflight.zones(place):
        delegation.check(place, zone.zone_id, zone.name, reporter)


def _healthy(environment: str, region: str | None) -> None:
    cloud, stack = clouds.find(environment, region)
    if not stack.is_good:
        raise Stop(f"the stack is {stack.status}.", f"See why: ./hera-env events {environment}")
    facts = environment_status.facts_of(cloud, stack)
    if wrong := facts.get("wrong", ["it is not complete"]):
        raise Stop(
            f"{'; '.join(wrong)}.",
            f"See it whole: ./hera-env status {environment}; read why: ./hera-env logs {environment} --since 30m;"
            " docs/operations.md says what each alarm means.",
        )
