"""A dry run of `create`: every step that it would take, and what the environment would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.hera_env import costs, provisioning

if TYPE_CHECKING:
    from infra.configuration import Configuration


def plan(configuration: Configuration, region: str) -> tuple[dict[str, Any], str]:
    """The steps and the price in US dollars a month: as facts, and as text for a person."""
    steps = _steps(configuration, region)
    prices = costs.monthly(configuration)
    total = costs.total(configuration)
    text = "\n".join(
        [
            *(f"{number}. {step}" for number, step in enumerate(steps, 1)),
            "",
            "A month, at AWS's list prices in eu-west-1:",
            *(f"  {line.what:<45} ${line.dollars:7.2f}" for line in prices),
            f"  {'together':<45} ${total:7.2f}",
        ]
    )
    facts = {
        "steps": steps,
        "costs": {line.what: round(line.dollars, 2) for line in prices},
        "dollars_a_month": round(total),
    }
    return facts, text


def _steps(configuration: Configuration, region: str) -> list[str]:
    begun = configuration.snapshot
    filled = [
        f"run one task: loaddata {' '.join(provisioning.FIXTURES)}",
        f"run one task: loaddata {' '.join(provisioning.REMINDERS)}",
    ]
    return [
        f"check credentials, clock, region {region}, quotas, left-overs of an earlier {configuration.name}",
        f"check that the image {configuration.image} is there",
        *([f"begin with the data of the snapshot {begun}; for a moment, it is made first"] if begun else []),
        f"make the stack {configuration.stack_name}; nothing runs in it yet",
        f"store the providers' keys in Secrets Manager: {', '.join(configuration.provider_secrets) or 'none wanted'}",
        "run one task: make the database and its user (manage.py prepare_database)",
        "run one task: make the tables (manage.py migrate)",
        *([] if begun else filled),
        "run one task: start the web server once, before anybody is led to it",
        "start 2 web tasks, 1 worker, and the jobs every 1 and 3 minutes",
        "run one task: invite the first administrator, and print the link",
    ]
