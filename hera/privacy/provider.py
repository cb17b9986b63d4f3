"""Asking the push provider to forget a person."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F

from hera.core import clock
from hera.delivery.channels import registry
from hera.delivery.channels.base import Forgets
from hera.privacy.models import ProviderErasure
from hera.user_profile.models import PushTarget

AT_ONCE = 500


async def forget_all() -> int:
    """Ask for each name that waits; returns how many were forgotten. One that fails waits with its reason.

    A name that somebody has signed in with since is left alone: her phone is registered under it again.
    """
    first = ProviderErasure.objects.order_by(F("tried_at").asc(nulls_first=True), "id")[:AT_ONCE]
    waiting = [row async for row in first]
    if not waiting:
        return 0
    channel = registry.open_channel("push", settings.CHANNELS)
    forgotten = 0
    try:
        for row in waiting:
            # Asked for each name just before its call: while the provider is slow, people sign in.
            if await PushTarget.objects.filter(external_id=row.external_id).aexists():
                await row.adelete()
                continue
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
