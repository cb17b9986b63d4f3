from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from hera.config import Environment
from hera.core import clock
from hera.delivery.channels import registry
from hera.delivery.channels.base import PushMessage, TextMessage

KEY = "0f0e0d0c-0b0a-4908-8706-050403020100"


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Open a channel with these settings, call a method of it, and close it."""

    def asked(role: str, variables: dict[str, str], method: str, argument: object) -> Any:
        async def run() -> Any:
            channel = registry.open_channel(role, registry.load_settings(Environment(variables), is_local=True))
            try:
                return await getattr(channel, method)(argument)
            finally:
                await channel.aclose()

        return asyncio.run(run())

    return asked


def push(**changed: Any) -> PushMessage:
    kept = {
        "external_ids": ("+905321234567", "05321234567"),
        "title": "Hatırlatma",
        "body": "HERA'yı aç",
        "idempotency_key": KEY,
        "expires_at": clock.now() + dt.timedelta(hours=1),
        "data": {"notification_event_id": "7"},
    }
    return PushMessage(**kept | changed)


def text(**changed: Any) -> TextMessage:
    kept = {
        "to": "+905321234567",
        "text": "123456",
        "idempotency_key": KEY,
        "expires_at": clock.now() + dt.timedelta(minutes=10),
    }
    return TextMessage(**kept | changed)
