from __future__ import annotations

import os
import subprocess
import time
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.exceptions import InconsistentMigrationHistory

from hera.devserver import demo_country, demo_data, web_push
from hera.devserver.made_up_families import FAMILIES
from hera.devserver.processes import MANAGE, ChildEnded, ProcessTree, end_in_order_when_told, is_free
from hera.panel import second_factor

# How often the two scheduled jobs run, in seconds; a country's schedule is the same.
JOBS = {"generate_notifications": 60, "generate_surveys": 180}


class Command(BaseCommand):
    help = "Serve everything on this machine until Ctrl-C: API, admin, delivery worker and both jobs."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.HERA.is_local:
            raise CommandError("up is for a local server only: unset HERA_ENVIRONMENT.")
        port = self._port()
        end_in_order_when_told()
        try:
            admin = self._prepare()
            with ProcessTree({**os.environ, **web_push.settings_of(port)}) as tree:
                tree.start_web(port)
                tree.start_worker()
                self._greet(port, admin)
                self._run_jobs(tree)
        except KeyboardInterrupt:
            self.stdout.write("Stopped. Your data is kept in .data/.")
        except ChildEnded as problem:
            raise CommandError(f"Stopped: {problem}. Its own words are above.") from None

    def _port(self) -> int:
        text = os.environ.get("PORT", "8000")
        if not text.isdigit() or not 0 < int(text) < 65536:  # noqa: PLR2004
            raise CommandError(f"PORT is {text!r}: it wants a port number such as 8000.")
        if not is_free(int(text)):
            raise CommandError(f"Port {text} is in use: choose another with PORT=8001 make up.")
        return int(text)

    def _prepare(self) -> str:
        self.stdout.write("Preparing the database ...")
        settings.STATIC_ROOT.mkdir(exist_ok=True)  # whitenoise warns where it is missing
        try:
            call_command("migrate", verbosity=0)
        except InconsistentMigrationHistory:
            raise CommandError(
                "The database in .data/ was made by an earlier state of this code: remove it with make clean, and run"
                " make up again. What you entered there is lost."
            ) from None
        demo_data.load_programme()
        user, password = demo_data.make_admin(settings.HERA.data_dir / "demo-admin-password")
        self._make_country(user)
        demo_data.make_people()
        codes = second_factor.new_recovery_codes(user)[:3]
        connection.close()
        return f"{demo_data.ADMIN} / {password}   second factor, each once: {' '.join(codes)}"

    def _make_country(self, nurse: User) -> None:
        self.stdout.write("Looking whether anybody is there; a new database gets a country of made-up families ...")
        started = time.monotonic()
        made = demo_country.make(FAMILIES, nurse)
        if made is not None:
            self.stdout.write(f"Made in {time.monotonic() - started:.0f} seconds, over two years: {made}.")

    def _greet(self, port: int, admin: str) -> None:
        here = f"http://127.0.0.1:{port}"
        self.stdout.write(
            f"\nHERA is up.\n"
            f"  Mothers   {here}/            the web app; sign in with any number, such as +905321234567\n"
            f"  API       {here}/            documentation {here}/api_docs/redoc/\n"
            f"  Admin     {here}/admin/      {admin}\n"
            f"  Messages  appear below as they would reach phones, sign-in codes too.\n"
            f"  Web push  reaches a browser of this machine once {here}/app/ may show messages there. One that\n"
            f"            cannot subscribe does not reach its push service: let it, and this machine, call\n"
            f"            fcm.googleapis.com (Chrome) or *.push.services.mozilla.com (Firefox) by HTTPS.\n"
            f"Stop with Ctrl-C.\n"
        )

    def _run_jobs(self, tree: ProcessTree) -> NoReturn:
        next_run = dict.fromkeys(JOBS, time.monotonic())
        running: dict[str, subprocess.Popen[bytes]] = {}
        try:
            while True:
                tree.check()
                for job, period in JOBS.items():
                    is_over = job not in running or running[job].poll() is not None
                    if is_over and time.monotonic() >= next_run[job]:
                        next_run[job] = time.monotonic() + period
                        running[job] = subprocess.Popen(  # noqa: S603
                            [*MANAGE, job], env=tree.environment, start_new_session=True
                        )
                time.sleep(0.5)
        finally:
            for process in running.values():
                process.wait()
