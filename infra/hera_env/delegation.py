"""Whether the internet finds the hosted zone: without it, the certificate waits for hours and fails.

Asked over HTTPS of public resolvers: what this machine's own resolver answers says nothing of what AWS sees.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from infra.hera_env import aws_failures
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.hera_env.cloud import Cloud
    from infra.hera_env.output import Reporter

_RESOLVERS = os.environ.get(
    "HERA_ENV_RESOLVERS", "https://dns.google/resolve https://cloudflare-dns.com/dns-query"
).split()
_SECONDS = 5
_NAME_SERVER = 2  # the type NS of a record, by RFC 1035


def check(cloud: Cloud, zone_id: str, name: str, reporter: Reporter) -> None:
    """Refuse to go on with a zone that the internet does not find at this account's name servers.

    Where no resolver is reached, the operator is told, and it goes on.

    Args:
        zone_id: the hosted zone's id.
        name: its name, such as hera.example.org.

    Raises:
        Stop: with the name servers that the registrar has to have.
    """
    wanted = _plain(cloud.client("route53").get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"])
    found = _asked(name)
    if found is None:
        reporter.note(f"Whether the internet finds {name} could not be looked at: no resolver was reached from here.")
        return
    if found & wanted:
        return
    knows = f"asks {', '.join(sorted(found))} for it" if found else "knows no name servers of it"
    raise Stop(
        f"The internet does not find the zone {name} of this account: it {knows}. The certificate would wait for hours"
        " and fail, and no phone would find the service.",
        f"Where {name.partition('.')[2] or name} is kept (your registrar, or its zone), enter for {name} the name"
        f" servers (NS) {', '.join(sorted(wanted))}; an hour later: {aws_failures.again()}",
    )


def _asked(name: str) -> set[str] | None:
    """The name servers that the internet knows of a zone; None if no resolver was reached."""
    for resolver in _RESOLVERS:
        request = urllib.request.Request(  # noqa: S310  (addresses of ours)
            f"{resolver}?{urlencode({'name': name, 'type': 'NS'})}", headers={"Accept": "application/dns-json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                rows = json.load(answer).get("Answer", [])
        except (OSError, ValueError):
            continue
        return _plain(row["data"] for row in rows if row.get("type") == _NAME_SERVER)
    return None


def _plain(names: Iterable[str]) -> set[str]:
    return {name.rstrip(".").lower() for name in names}
