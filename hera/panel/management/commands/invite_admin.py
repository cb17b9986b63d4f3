from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from hera.panel import accounts

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Print a link with which an administrator sets a password and a second factor: once, within three hours."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--base", required=True, help="the address of this service, such as https://hera.example.org"
        )
        parser.add_argument(
            "--if-none", action="store_true", help="do nothing if an administrator has signed in before"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"{options['email']!r} is no e-mail address.") from None
        if options["if_none"] and accounts.somebody_administers():
            self.stdout.write("There is an administrator already.")
            return
        self.stdout.write(options["base"].rstrip("/") + accounts.invite_administrator(options["email"]))
