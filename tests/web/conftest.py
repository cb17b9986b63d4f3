"""The web app's modules, run by Node.js."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from hera.web import files

NODE = shutil.which("node")


@pytest.fixture
def node(tmp_path: Path) -> Callable[[str], str]:
    """Runs a script beside copies of these modules; gives what it prints."""
    if NODE is None:
        if os.environ.get("CI"):
            pytest.fail("no node: .ci/run installs it")
        pytest.skip("no node on this machine: install Debian's package nodejs to test the app's functions")
    for name in ("api.js", "facts.js", "dates.js"):
        shutil.copy(files.FOLDER / name, tmp_path / name)
    (tmp_path / "package.json").write_text('{"type": "module"}')

    def run(script: str) -> str:
        (tmp_path / "call.js").write_text(script)
        said = subprocess.run([NODE, "call.js"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
        return said.stdout.strip()

    return run
