"""`make bench` for all, `make bench ARGS=due` for one part, `ARGS="due --users 100000"` for a quick look."""

from __future__ import annotations

import argparse
import contextlib
import functools
import os
import platform

from benchmarks import (
    api,
    app,
    before,
    clients,
    country,
    delivery,
    due,
    figures,
    growth,
    immunization,
    load,
    people,
    upgrade,
    worklist,
)
from hera import config
from hera.devserver import embedded
from hera.devserver.fixtures import FIXTURES
from hera.devserver.processes import run_manage
from tests import debian_postgres
from tests.upgrade import legacy


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"which of {', '.join(PARTS)}; all but the last two if none is named"
    )
    parser.add_argument("--users", type=int, default=1_000_000, help="people of the largest country")
    parser.add_argument("--due", type=int, default=50_000, help="reminders of the busy run")
    parser.add_argument("--messages", type=int, default=20_000, help="messages of the delivery part")
    parser.add_argument("--legacy-users", type=int, default=200_000, help="people of the database to upgrade")
    parser.add_argument("--minutes", type=float, default=10, help="of the load part")
    parser.add_argument(
        "--servers", nargs="+", choices=list(api.SERVERS), default=["chosen"], help="ways of serving the API"
    )
    parser.add_argument("--before", metavar="commit", default=before.BEFORE_PACKS, help="with what `before` compares")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} cores, {platform.python_implementation()} {platform.python_version()}\n", flush=True)
    for name in options.parts or [name for name in PARTS if name not in BY_NAME_ALONE]:
        PARTS[name](options)


def _due(options: argparse.Namespace) -> None:
    make_database = functools.partial(_database, _server())
    for table in due.run(make_database, [10_000, options.users], options.due):
        print(table, flush=True)


def _upgrade(options: argparse.Namespace) -> None:
    if legacy.dumps_are_here() and debian_postgres.binaries():
        print(upgrade.run(options.legacy_users), flush=True)
    else:
        print(
            f"Upgrade left out: {debian_postgres.NO_SERVER if legacy.dumps_are_here() else legacy.ABSENT}.\n",
            flush=True,
        )


def _delivery(options: argparse.Namespace) -> None:
    print(delivery.run(functools.partial(_database, _server()), options.messages), flush=True)


def _api(options: argparse.Namespace) -> None:
    for table in api.run(functools.partial(_database, _server()), options.servers):
        print(table, flush=True)


def _quick(options: argparse.Namespace) -> None:
    for table in api.run(functools.partial(_database, _server()), options.servers, api.QUICK):
        print(table, flush=True)


def _app(_options: argparse.Namespace) -> None:
    for table in app.run(functools.partial(_database, _server())):
        print(table, flush=True)


def _growth(options: argparse.Namespace) -> None:
    print(growth.run(functools.partial(_database, _server()), options.users, options.due), flush=True)


def _people(options: argparse.Namespace) -> None:
    for table in people.run(functools.partial(_database, _server()), options.users):
        print(table, flush=True)


def _worklist(options: argparse.Namespace) -> None:
    print(worklist.run(functools.partial(_database, _server()), options.users), flush=True)


def _figures(options: argparse.Namespace) -> None:
    print(figures.run(functools.partial(_database, _server()), options.users), flush=True)


def _before(options: argparse.Namespace) -> None:
    arguments = ["due", "api", "--users", str(options.users), "--due", str(options.due)]
    print(before.run(options.before, arguments), flush=True)


def _load(options: argparse.Namespace) -> None:
    print(load.run(functools.partial(_database, _server()), options.minutes), flush=True)


def _clients(_options: argparse.Namespace) -> None:
    print(clients.run(), flush=True)


def _country(_options: argparse.Namespace) -> None:
    print(country.run(functools.partial(_database, _server(), fixtures=())), flush=True)


def _immunization(_options: argparse.Namespace) -> None:
    print(immunization.run(), flush=True)


def _server() -> str:
    return os.environ.get("DATABASE_URL") or embedded.start(config.REPOSITORY / ".data" / "bench-postgres")


PARTS = {
    "due": _due,
    "delivery": _delivery,
    "clients": _clients,
    "api": _api,
    "app": _app,
    "growth": _growth,
    "people": _people,
    "worklist": _worklist,
    "figures": _figures,
    "load": _load,
    "country": _country,
    "immunization": _immunization,
    "upgrade": _upgrade,
    "quick": _quick,
    "before": _before,
}
BY_NAME_ALONE = {"quick", "before"}  # they measure once more what others do


@contextlib.contextmanager
def _database(server_url: str, fixtures: tuple[str, ...] = FIXTURES):
    with embedded.scratch_database(server_url, "hera_bench") as url:
        environment = {**os.environ, "DATABASE_URL": url, "HERA_DB_SECRET": ""}
        run_manage(environment, "migrate", "--verbosity", "0")
        if fixtures:
            run_manage(environment, "loaddata", *fixtures, "--verbosity", "0")
        yield url


if __name__ == "__main__":
    main()
