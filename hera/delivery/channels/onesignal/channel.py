"""Push through OneSignal's REST API (`POST /notifications`)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx

from hera.delivery.channels import base, http

if TYPE_CHECKING:
    from hera.delivery.channels.onesignal.settings import OneSignalSettings


# OneSignal's own words repeat the numbers.
NO_SUCH_SUBSCRIBER = "no phone with the app is registered under her numbers"


class OneSignalChannel:
    kind = "onesignal"
    confirms = False  # its confirmations are counts, not receipts for one message

    def __init__(self, settings: OneSignalSettings) -> None:
        self._app_id = settings.app_id
        self._connections = http.Connections(settings.url, {"Authorization": f"Key {settings.api_key}"})

    async def send(self, message: base.Outgoing) -> base.Result:
        if not isinstance(message, base.PushMessage):
            return base.Refused("OneSignal is used for push only")
        response = await self._connections.post("/notifications", self._body(message))
        if isinstance(response, base.TryAgain):
            return response
        if not response.is_success:
            return http.failure(response)
        return _outcome(response)

    def _body(self, message: base.PushMessage) -> dict[str, object]:
        # `en` is the key for phones whose language has no text of its own; the text is in the person's
        # language already.
        seconds_left = (message.expires_at - dt.datetime.now(dt.UTC)).total_seconds()
        return {
            "app_id": self._app_id,
            "target_channel": "push",
            "include_aliases": {"external_id": list(message.external_ids)},
            "headings": {"en": message.title},
            "contents": {"en": message.body},
            "data": message.data,
            "idempotency_key": message.idempotency_key,
            "ttl": max(1, int(seconds_left)),
        }

    async def forget(self, external_id: str) -> str:
        """Delete the user of this external id with all her subscriptions (`DELETE /apps/.../users/by/...`)."""
        path = f"/apps/{quote(self._app_id, safe='')}/users/by/external_id/{quote(external_id, safe='')}"
        response = await self._connections.delete(path)
        if isinstance(response, base.TryAgain):
            return response.error
        is_gone = response.is_success or response.status_code == httpx.codes.NOT_FOUND
        return "" if is_gone else http.failure(response).error

    async def aclose(self) -> None:
        await self._connections.aclose()


def _outcome(response: httpx.Response) -> base.Result:
    """OneSignal answers 200 with an empty id when nobody is registered under any of the external ids.

    An id beside `errors` means that some of them are unknown and the others got it.
    """
    body = http.json_object(response)
    if body.get("id"):
        return base.Accepted(str(body["id"]), response.status_code)
    if body.get("errors"):
        return base.Refused(NO_SUCH_SUBSCRIBER, response.status_code)
    return base.TryAgain("the answer has no id", response.status_code)


def open_channel(settings: OneSignalSettings) -> OneSignalChannel:
    """A channel to OneSignal, with connections of its own."""
    return OneSignalChannel(settings)
