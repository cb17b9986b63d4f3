"""What an image is made of, as CycloneDX: its Python packages, Debian's, and PostgreSQL's programs.

The image's build writes it into the image, so that one signature covers both:
`python -m hera.operations.bill_of_materials`. The same image gives the same list: it holds no date.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import distributions
from typing import Any
from urllib.parse import quote

_DPKG = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package} ${Version} ${Architecture}\\n"]


def bill() -> dict[str, Any]:
    """The list of this environment, as a document of CycloneDX 1.6."""
    parts = {part["purl"]: part for part in (*_python(), *_debian(), *_postgresql())}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "hera", "bom-ref": "hera"}},
        "components": [parts[purl] for purl in sorted(parts)],
    }


def _part(kind: str, name: str, version: str, qualifiers: str = "") -> dict[str, str]:
    purl = f"pkg:{kind}/{name}@{quote(version, safe='.+~:-')}{qualifiers}"
    return {"type": "library", "bom-ref": purl, "name": name.rsplit("/", 1)[-1], "version": version, "purl": purl}


def _python() -> list[dict[str, str]]:
    return [_part("pypi", re.sub(r"[-_.]+", "-", found.name).lower(), found.version) for found in distributions()]


def _debian() -> list[dict[str, str]]:
    if shutil.which(_DPKG[0]) is None:
        return []
    listed = subprocess.run(_DPKG, check=True, capture_output=True, text=True).stdout  # noqa: S603
    rows = [line.split() for line in listed.splitlines() if line.startswith("installed ")]
    return [_part("deb/debian", name, version, f"?arch={architecture}") for _is, name, version, architecture in rows]


def _postgresql() -> list[dict[str, str]]:
    program = shutil.which("pg_dump")
    if program is None:
        return []
    printed = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout  # noqa: S603
    found = re.search(r"\d+(?:\.\d+)+", printed)
    return [_part("generic", "postgresql", found[0])] if found else []


if __name__ == "__main__":
    json.dump(bill(), sys.stdout, indent=1)
    sys.stdout.write("\n")
