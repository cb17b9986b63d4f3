from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import debian_postgres
from tests.debian_postgres import Server
from tests.upgrade import legacy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One cluster for all tests of this folder."""
    for item in items:
        if "tests/upgrade/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("upgrade"))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if not legacy.dumps_are_here():
        pytest.skip(legacy.ABSENT)
    debian_postgres.require()
    with debian_postgres.server("-c fsync=off") as made:
        for name in legacy.NAMES:
            legacy.load(made, name)
            made.create(f"upgraded_{name}", name)
            made.execute(legacy.NEWEST_CHILDREN_DELETED, f"upgraded_{name}")
            migrated(made.url(f"upgraded_{name}"))
        migrated(made.create("fresh"))
        yield made


def migrated(url: str) -> None:
    run = legacy.manage(url, "migrate", "--verbosity", "0")
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.fixture(params=legacy.NAMES)
def name(request) -> str:
    """Each of the dumps in turn."""
    return request.param


@pytest.fixture
def old(server, name) -> str:
    """The URL of a database of the earlier HERA, as it was dumped."""
    return server.create(f"old_{os.getpid()}", name)


@pytest.fixture
def upgraded(server, name) -> str:
    """The URL of such a database after `migrate`."""
    return server.create(f"new_{os.getpid()}", f"upgraded_{name}")
