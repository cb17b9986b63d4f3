from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from hera.devserver import embedded
from hera.devserver.fakes import FakeMessageBird, FakeOneSignal
from hera.devserver.fixtures import FIXTURES
from hera.devserver.processes import ChildEnded, ProcessTree, end_in_order_when_told, free_port, run_manage
from hera.devserver.story import Story, StoryDiffers


class Command(BaseCommand):
    help = "Play one family's story on a database of its own, and end: 0 if every step came out right."

    def handle(self, *_args: Any, **_options: Any) -> None:
        database = settings.HERA.database
        assert database is not None, "manage.py starts the embedded server for this command"
        end_in_order_when_told()
        with embedded.scratch_database(database.url, "hera_demo") as url:
            try:
                self._play(url)
            except (StoryDiffers, ChildEnded, TimeoutError, subprocess.CalledProcessError) as problem:
                raise CommandError(f"The demo stopped. {problem}") from None
            except KeyboardInterrupt:
                raise CommandError("The demo was stopped; nothing of it is left.") from None

    def _play(self, url: str) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            FakeOneSignal() as onesignal,
            FakeMessageBird() as messagebird,
        ):
            clock_file = Path(folder) / "clock"
            environment = os.environ | {
                "DATABASE_URL": url,
                "HERA_DB_SECRET": "",
                "HERA_ENVIRONMENT": "local",
                "HERA_LOCAL_CLOCK": str(clock_file),
                "HERA_PUSH_CHANNEL": "onesignal",
                "HERA_ONESIGNAL_APP_ID": "demo",
                "HERA_ONESIGNAL_API_KEY": "demo",
                "HERA_ONESIGNAL_URL": onesignal.url,
                "HERA_SMS_CHANNEL": "messagebird",
                "HERA_MESSAGEBIRD_API_KEY": "demo",
                "HERA_MESSAGEBIRD_URL": messagebird.url,
            }
            manage = functools.partial(run_manage, environment)
            self.stdout.write("Making a database, a server, a worker and two pretended providers ...")
            manage("migrate", "--verbosity", "0")
            manage("loaddata", *FIXTURES)
            port = free_port()
            with ProcessTree(environment) as tree:
                tree.start_web(port)
                tree.start_worker()
                Story(f"http://127.0.0.1:{port}", onesignal, messagebird, clock_file, manage, self._say).play()

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
