"""The app's files, read once: what browsers get, at an address that names what is in all of them.

A page of one version never gets a module of another: each version has a folder of its own, whose files never change.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import json
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "app"
WORKER = "sw.js"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
_PACKED_ALREADY = {".png"}


class File(NamedTuple):
    """A file as it is sent.

    Args:
        packed: its bytes as gzip; None where that would not make them fewer.
    """

    content_type: str
    plain: bytes
    packed: bytes | None


class App(NamedTuple):
    """All files of the app.

    Args:
        version: made of the contents of all of them, and of the pages around them.
        files: by path within the app.
    """

    version: str
    files: dict[str, File]

    @property
    def modules(self) -> list[str]:
        """What the page loads at once, so that no module waits for another to name it."""
        first = [name for name in self.files if name.endswith(".js") and not name.startswith("words/")]
        return [name for name in first if name != WORKER]


@functools.cache
def app() -> App:
    """The app of this process."""
    sources = {
        str(path.relative_to(FOLDER)): path.read_bytes()
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }
    pages = [path.read_bytes() for path in sorted((FOLDER.parent / "templates").rglob("*.html"))]
    digest = hashlib.sha256()
    for part in (*(f"{name}\0".encode() + text for name, text in sources.items()), *pages):
        digest.update(hashlib.sha256(part).digest())
    files = {name: sent(_TYPES[Path(name).suffix], text) for name, text in sources.items()}
    return App(digest.hexdigest()[:16], files)


def sent(content_type: str, plain: bytes) -> File:
    """These bytes, packed once."""
    packed = (
        None if content_type in {_TYPES[suffix] for suffix in _PACKED_ALREADY} else gzip.compress(plain, 9, mtime=0)
    )
    return File(content_type, plain, packed if packed and len(packed) < len(plain) else None)


@functools.cache
def worker() -> File:
    """The service worker, which names its version and what it keeps: a changed file makes a changed worker."""
    known = app()
    kept = ["/app/", "/app/tables/", *(f"/app/{known.version}/{name}" for name in known.files if name != WORKER)]
    first = f"const VERSION = {json.dumps(known.version)};\nconst KEPT = {json.dumps(kept)};\n"
    return sent(_TYPES[".js"], first.encode() + known.files[WORKER].plain)
