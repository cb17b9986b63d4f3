from __future__ import annotations

import re
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
            "--other-half",
            default="",
            metavar="SHA256",
            help="where this command's lines are kept in a log: the SHA-256 of a random text; the link opens only with"
            " ~ and that text put in before its last slash",
        )
        parser.add_argument(
            "--if-none", action="store_true", help="do nothing if an administrator has signed in before"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
        except ValidationError:
            raise CommandError(f"{options['email']!r} is no e-mail address.") from None
        if options["other_half"] and not re.fullmatch(r"[0-9a-f]{64}", options["other_half"]):
            raise CommandError("--other-half wants the 64 hexadecimal digits of a SHA-256.")
        if options["if_none"] and accounts.somebody_administers():
            self.stdout.write("There is an administrator already.")
            return
        path = accounts.invite_administrator(options["email"], options["other_half"])
        self.stdout.write(options["base"].rstrip("/") + path)
