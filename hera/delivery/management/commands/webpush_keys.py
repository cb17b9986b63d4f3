from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hera.delivery.channels.webpush import keys


class Command(BaseCommand):
    help = "Make a new key for web push, and print the settings that use it. Nothing is stored."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"HERA_WEB_PUSH_CHANNEL=webpush\nHERA_WEB_PUSH_PRIVATE_KEY={keys.new_private_key()}")
