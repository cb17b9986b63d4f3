from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hera.exports import studies
from hera.panel import sealing, second_factor


class Command(BaseCommand):
    help = (
        "Seal the authenticators of staff, and studies' keys, with HERA_DJANGO_SECRET_KEY, whichever of the keys of"
        " HERA_DJANGO_SECRET_KEY_FALLBACKS they were sealed with. After that the former keys may go."
    )

    def handle(self, *_args: Any, **_options: Any) -> None:
        done, unreadable = map(sum, zip(second_factor.reseal(), studies.reseal(), strict=True))
        self.stdout.write(f"Sealed anew: {done}.")
        if unreadable:
            raise CommandError(f"{unreadable} could not be opened. {sealing.WrongKey()}")
