"""What a process loads when it starts: two jobs start each minute, on the smallest machine."""

from __future__ import annotations

import subprocess
import sys

from hera.devserver.processes import MANAGE

# Each takes a tenth of a second or more, and few commands need it.
ONLY_WHERE_NEEDED = {
    "jsonschema",
    "openpyxl",
    "xlsxwriter",
    "webauthn",
    "unfold.admin",
    "rest_framework.serializers",
    "fpdf",
    "PIL",
    "http_ece",
}


def test_a_command_loads_nothing_that_it_does_not_need():
    said = subprocess.run(
        [sys.executable, "-X", "importtime", *MANAGE[1:], "generate_notifications", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.rsplit("|", 1)[-1].strip() for line in said.stderr.splitlines() if line.startswith("import time:")}
    assert "hera.scheduling.engine" in loaded
    assert not loaded & ONLY_WHERE_NEEDED
