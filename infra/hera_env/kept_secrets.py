"""The keys that a removed environment has left: what its data are sealed with has to outlive it.

Without its Django key nobody opens the second factors of staff and the keys of studies again, and by another key for
web push browsers get no reminder until the app is opened. So the stack leaves both secrets when it goes, under names
that AWS made up; they are found by their tag.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.configuration import ABOUT_DJANGO_KEY, ABOUT_PROVIDERS

if TYPE_CHECKING:
    import datetime as dt

    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_TAG = "hera-environment"


@dataclass(frozen=True)
class Kept:
    """What the keys of an environment were; empty where none are left."""

    django_key: str = ""
    providers: dict[str, str] = field(default_factory=dict)


def of(cloud: Cloud, environment: str, moment: dt.datetime) -> Kept:
    """The newest keys of an environment of this name that were there at the moment of a backup."""
    rows = [row for row in _rows(cloud, environment) if row["CreatedDate"] <= moment]
    return Kept(
        django_key=_value(cloud, rows, ABOUT_DJANGO_KEY),
        providers=json.loads(_value(cloud, rows, ABOUT_PROVIDERS) or "{}"),
    )


def addresses(cloud: Cloud, environment: str) -> list[str]:
    """The secrets of environments of this name, by their addresses; oldest first."""
    return [row["ARN"] for row in _rows(cloud, environment)]


def carry_key(cloud: Cloud, stack: StackState, kept: Kept, reporter: Reporter) -> None:
    """Put the Django key that was kept into an environment that begins with a backup."""
    if not kept.django_key:
        reporter.note(
            "No key of an earlier environment of this name is kept. Mothers are served, but what that key sealed in the"
            " backup stays closed: staff set up their second factors anew, and studies get new pseudonyms."
        )
        return
    cloud.client("secretsmanager").put_secret_value(SecretId=stack.outputs["DjangoKey"], SecretString=kept.django_key)
    reporter.done("The key that seals second factors and the keys of studies is the one of the backup")


def _rows(cloud: Cloud, environment: str) -> list[dict[str, Any]]:
    pages = (
        cloud.client("secretsmanager")
        .get_paginator("list_secrets")
        .paginate(Filters=[{"Key": "tag-value", "Values": [environment]}])
    )
    rows = [
        row
        for page in pages
        for row in page["SecretList"]
        if {"Key": _TAG, "Value": environment} in row.get("Tags", [])
        and row.get("Description") in {ABOUT_DJANGO_KEY, ABOUT_PROVIDERS}
    ]
    return sorted(rows, key=lambda row: row["CreatedDate"])


def _value(cloud: Cloud, rows: list[dict[str, Any]], about: str) -> str:
    found = [row["ARN"] for row in rows if row["Description"] == about]
    if not found:
        return ""
    return str(cloud.client("secretsmanager").get_secret_value(SecretId=found[-1]).get("SecretString", ""))
