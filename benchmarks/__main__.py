"""`make bench`, or `make bench ARGS="--users 100000"` for a quick look."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import platform

from benchmarks import due
from hera import config
from hera.devserver import embedded
from hera.devserver.fixtures import FIXTURES
from hera.devserver.processes import run_manage


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000, help="people of the largest country")
    parser.add_argument("--due", type=int, default=50_000, help="reminders of the busy run")
    options = parser.parse_args()
    url = os.environ.get("DATABASE_URL") or embedded.start(config.REPOSITORY / ".data" / "bench-postgres")
    print(f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}\n", flush=True)
    make_database = functools.partial(_database, url)
    for table in due.run(make_database, [10_000, options.users], options.due):
        print(table, flush=True)


@contextlib.contextmanager
def _database(server_url: str):
    with embedded.scratch_database(server_url, "hera_bench") as url:
        environment = {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": ""}
        run_manage(environment, "migrate", "--verbosity", "0")
        run_manage(environment, "loaddata", *FIXTURES, "--verbosity", "0")
        yield url


if __name__ == "__main__":
    main()
