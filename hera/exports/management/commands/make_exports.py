"""`manage.py make_exports`: make the files that staff wait for. The worker calls it; it can be called by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from hera.exports import services


class Command(BaseCommand):
    help = "Make the exports that staff wait for."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.stdout.write(f"exports made: {services.make_all()}")
