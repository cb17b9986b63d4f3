from __future__ import annotations

import pytest

from tests import debian_postgres
from tests.deploy.pretended_machine import Machine


@pytest.fixture(scope="module")
def server():
    debian_postgres.require()
    with debian_postgres.server() as made:
        made.execute("CREATE ROLE hera LOGIN")
        yield made


@pytest.fixture
def machine(tmp_path, server):
    return Machine(tmp_path, server).serve()
