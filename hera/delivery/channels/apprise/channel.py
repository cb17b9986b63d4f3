"""Text messages through any of the many gateways that the apprise library speaks to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import apprise

from hera.delivery.channels import base
from hera.delivery.channels.apprise.settings import TO

if TYPE_CHECKING:
    from hera.delivery.channels.apprise.settings import AppriseSettings


class AppriseChannel:
    """Apprise says only whether it worked: what did not is tried again until its window closes."""

    kind = "apprise"
    confirms = False

    def __init__(self, settings: AppriseSettings) -> None:
        self._url = settings.url

    async def send(self, message: base.Outgoing) -> base.Result:
        if not isinstance(message, base.TextMessage):
            return base.Refused("apprise is used for text messages only")
        gateway = apprise.Apprise.instantiate(self._url.replace(TO, quote(message.to)), suppress_exceptions=True)
        if gateway is None:
            return base.Refused("the gateway does not take this number")
        if await gateway.async_notify(body=message.text):
            return base.Accepted(f"apprise-{message.idempotency_key}")
        return base.TryAgain("the gateway did not take it")

    async def aclose(self) -> None:
        pass


def open_channel(settings: AppriseSettings) -> AppriseChannel:
    """A channel to the gateway that the settings name."""
    return AppriseChannel(settings)
