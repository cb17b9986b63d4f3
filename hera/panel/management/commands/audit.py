from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING, Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from hera import config
from hera.panel import audit, chain
from hera.schema_changes import trail_owner

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

_WITNESS = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})")


class Command(BaseCommand):
    help = "The audit trail: whether it is whole (verify), and giving it to a user of its own (separate)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True)
        verify = deeds.add_parser("verify", help="walk along the trail and name what is missing or changed")
        verify.add_argument(
            "--witness", type=_witness, help="number:hash that an earlier walk printed; it must still be in the trail"
        )
        separate = deeds.add_parser("separate", help="give the trail to a user of the database that nobody signs in as")
        separate.add_argument("--sql", action="store_true", help="print the statements for psql, and change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["deed"] == "verify":
            self._verify(options["witness"])
        elif options["sql"]:
            self.stdout.write(_statements())
        else:
            self.stdout.write(_separate())
            self._remark()

    def _verify(self, witness: tuple[int, str] | None) -> None:
        verdict = chain.verify(witness) if witness else chain.check()
        self._remark()
        if verdict.trouble:
            raise CommandError(f"The audit trail is not whole. {verdict.trouble}")
        self.stdout.write(
            f"The audit trail is whole: entries {verdict.first_id} to {verdict.last_id}."
            f" witness={verdict.last_id}:{verdict.last_hash}"
        )

    def _remark(self) -> None:
        for remark in audit.notes():
            self.stderr.write(f"But {remark}.")


def _separate() -> str:
    """Separate as the administrator of the settings, or else as the user of the service, if it may make roles."""
    here = connection.settings_dict
    server = {"host": here["HOST"], "port": here["PORT"] or None, "dbname": here["NAME"], "connect_timeout": 10}
    login = {"user": here["USER"], "password": here["PASSWORD"] or None}
    if "HERA_DB_ADMIN_SECRET" in os.environ:
        try:
            login = dict(zip(("user", "password"), config.database_admin(os.environ), strict=True))
        except config.ConfigError as wrong:
            raise CommandError(str(wrong)) from wrong
    wanted = settings.HERA.database
    options = wanted.options if wanted else {}
    try:
        with psycopg.connect(**{**options, **server, **login}) as administrator:
            return trail_owner.separate(administrator, here["USER"])
    except psycopg.Error as problem:
        raise CommandError(
            f"PostgreSQL refuses {login['user']}: {str(problem).strip()}. To mend it: {trail_owner.MEND}."
        ) from problem


def _statements() -> str:
    """What the server's administrator gives to psql."""
    application = connection.settings_dict["USER"]
    owned = [*trail_owner.role(application), *trail_owner.ownership(application)]
    statements = [*owned, trail_owner.take_back(application), trail_owner.no_loan()]
    try:
        with connection.cursor() as cursor:
            return "\n".join(f"{statement.as_string(cursor.connection)};" for statement in statements)
    except DatabaseError as problem:
        raise CommandError(f"The database does not answer: {problem}") from problem


def _witness(text: str) -> tuple[int, str]:
    if (found := _WITNESS.fullmatch(text)) is None:
        raise argparse.ArgumentTypeError("it wants number:hash, as audit verify prints it")
    return int(found[1]), found[2]
