"""`manage.py make_exports`: make the files that staff wait for. The worker calls it; it can be called by hand."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand

from hera.custom_user import export_files

NICE = 10  # a reminder does not wait for a spreadsheet


class Command(BaseCommand):
    help = "Make the exports that staff wait for."

    def handle(self, *_args: Any, **_options: Any) -> None:
        os.nice(NICE)
        self.stdout.write(f"exports made: {export_files.make_all()}")
