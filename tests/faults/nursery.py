"""Worker processes that start in milliseconds: forked from one that has loaded everything and connected to nothing.

Run as a program. Each line on standard input forks a worker, and its process id is printed. What a deployment waits
minutes for is waited for in seconds here: leases, time-outs and waits are shorter in the same proportion.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys

import django
import httpx

os.environ["DJANGO_SETTINGS_MODULE"] = "hera.settings"
django.setup()

from django.core.management import call_command  # noqa: E402

from hera.delivery import claims, gates, retry, tasks, worker  # noqa: E402
from hera.delivery.channels import http  # noqa: E402

http.TIMEOUT = httpx.Timeout(0.6, connect=0.6)
http.WHOLE_CALL = 0.9
worker.MARGIN = dt.timedelta(seconds=1)
claims.LEASE = dt.timedelta(seconds=3)
tasks.LOST_AFTER = dt.timedelta(seconds=2)
retry.FIRST_WAIT = dt.timedelta(milliseconds=200)
retry.LONGEST_WAIT = dt.timedelta(seconds=1)
gates.FIRST_PARKING = dt.timedelta(milliseconds=500)
gates.LONGEST_PARKING = dt.timedelta(seconds=1)
gates.PROBE = dt.timedelta(seconds=2)
gates.WAITING_FOR_PROBE = dt.timedelta(milliseconds=500)


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            call_command("deliver")
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


main()
