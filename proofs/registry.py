"""The image pushed to a registry of Debian's, signed, verified, and run by what was verified."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hera.devserver.processes import free_port
from proofs.engine import ROOT, runtime
from proofs.telling import holds, run, tried, wait_for

PROGRAMS = {"docker-registry": "docker-registry", "minisign": "minisign"}
_MEND = "read image/sign and image/verify"
_CONFIGURATION = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/registry}}}}
http: {{addr: 127.0.0.1:{port}}}
"""


def prove(image: str) -> None:
    """Sign the image, then move its tag to another: what was signed still runs, and nothing else is named.

    Raises:
        NotProven: if the signature of one covers another.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hera-proof-", dir="/var/tmp") as name:
        folder = Path(name)
        (folder / "registry.yml").write_text(_CONFIGURATION.format(folder=folder, port=port))
        # Where podman and skopeo both look; this registry speaks no TLS.
        conf = folder / ".config" / "containers" / "registries.conf"
        conf.parent.mkdir(parents=True)
        conf.write_text(f'[[registry]]\nlocation = "127.0.0.1:{port}"\ninsecure = true\n')
        settings: dict[str, Any] = {"cwd": folder, "env": {**os.environ, "HOME": str(folder)}}
        with (folder / "log").open("w") as log:
            server = subprocess.Popen(["docker-registry", "serve", folder / "registry.yml"], stdout=log, stderr=log)
        try:
            _signed_is_what_runs(image, f"127.0.0.1:{port}/hera:1.2", settings)
        finally:
            server.terminate()
            server.wait()


def _signed_is_what_runs(image: str, tag: str, settings: dict[str, Any]) -> None:
    def pushed(source: str) -> bool:
        return tried("podman", "push", "--quiet", source, tag, **settings).returncode == 0

    wait_for("a registry takes the image", lambda: pushed(image), 120, "read what `docker-registry serve` says")
    run("minisign", "-G", "-W", "-s", "key", "-p", "pub", **settings)
    run(ROOT / "image" / "sign", tag, "key", **settings)
    signed = run(ROOT / "image" / "verify", "hera-1.2.image", "pub", **settings).strip()
    holds(f"the image is signed and verified by its digest: {signed[-19:]}", "@sha256:" in signed, _MEND)
    holds("its tag is moved to another image", pushed(f"{image}-base"), _MEND)
    run("podman", "pull", "--quiet", signed, **settings)
    listed = run("podman", *runtime(f"{image}-base"), "--rm", signed, "cat", "sbom.json", **settings)
    holds("what was verified is HERA still, with the list of what it is made of", '"pkg:pypi/django@' in listed, _MEND)
    file = Path(str(settings["cwd"]), "hera-1.2.image")
    file.write_text(
        run("skopeo", "inspect", "--no-tags", "--format", "{{.Name}}@{{.Digest}}", f"docker://{tag}", **settings)
    )
    refused = tried(ROOT / "image" / "verify", file.name, "pub", **settings)
    holds("the other is refused", refused.returncode == 1 and not refused.stdout, _MEND, refused.stdout)
    tried("podman", "untag", signed, signed)
