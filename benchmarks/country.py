"""The demo country of `make up`: how long a new local database waits for it."""

from __future__ import annotations

from benchmarks.measure import job
from benchmarks.report import Table
from hera.devserver.made_up_families import FAMILIES

_MAKING = """
import time
from django.contrib.auth.models import User
from hera.devserver import demo_country, demo_data
demo_data.load_programme()
nurse = User.objects.create_user("nurse@example.org", is_staff=True)
started, processor = time.perf_counter(), time.process_time()
made = demo_country.make({families}, nurse)
seconds = time.perf_counter() - started
print(f"created={{made.families}} seconds={{seconds:.3f}} own={{time.process_time() - processor:.3f}}; {{made}}")
"""


def run(make_database) -> Table:
    table = Table("The demo country", ["families", "seconds", "MiB of the process"])
    with make_database() as url:
        made = job(url, "shell", "--no-imports", "-c", _MAKING.format(families=FAMILIES))
    table.add(made.created, made.seconds, made.mebibytes)
    table.note = "Two years, played day by day by the services behind the API."
    return table
