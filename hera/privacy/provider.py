"""Asking the push provider to forget a person."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F

from hera.core import clock
from hera.delivery.channels import registry
from hera.delivery.channels.base import Forgets
from hera.privacy.models import ProviderErasure

AT_ONCE = 500


async def forget_all() -> int:
    """Ask for each name that waits; returns how many were forgotten. One that fails waits with its reason."""
    first = ProviderErasure.objects.order_by(F("tried_at").asc(nulls_first=True), "id")[:AT_ONCE]
    waiting = [row async for row in first]
    if not waiting:
        return 0
    channel = registry.open_channel("push", settings.CHANNELS)
    forgotten = 0
    try:
        for row in waiting:
            error = await channel.forget(row.external_id) if isinstance(channel, Forgets) else ""
            if error:
                tried = {"tried_at": clock.now(), "error": error[:255]}
                await ProviderErasure.objects.filter(pk=row.pk).aupdate(**tried)
            else:
                await row.adelete()
                forgotten += 1
    finally:
        await channel.aclose()
    return forgotten
