"""The text of a PDF as `hera.core.pdf` writes it, read back by the maps from its glyphs to letters."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"\n(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_SHOWN = re.compile(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj|(ET)", re.DOTALL)
_ESCAPED = {b"\\r": b"\r", b"\\n": b"\n"}


def text_of(content: bytes) -> str:
    """All its words, in the order in which they are drawn, a line for each text."""
    objects = dict(_OBJECT.findall(content))
    letters = {
        name: _letters(objects, font)
        for body in objects.values()
        for fonts in re.findall(rb"/Font <<(.*?)>>", body, re.DOTALL)
        for name, font in re.findall(rb"/(F\d+) (\d+) 0 R", fonts)
    }
    pages = [page for body in objects.values() for page in re.findall(rb"/Contents (\d+) 0 R", body)]
    return "".join(_drawn(_stream(objects[page]), letters) for page in pages)


def _drawn(page: bytes, letters: dict[bytes, dict[int, str]]) -> str:
    said, font = [], b""
    for name, glyphs, end in _SHOWN.findall(page):
        if name:
            font = name
        elif end:
            said.append("\n")
        else:
            plain = re.sub(rb"\\.", lambda found: _ESCAPED.get(found[0], found[0][1:]), glyphs, flags=re.DOTALL)
            codes = [int.from_bytes(plain[at : at + 2], "big") for at in range(0, len(plain), 2)]
            said.append("".join(letters[font].get(code, "") for code in codes))
    return re.sub(r"\n+", "\n", "".join(said))


def _letters(objects: dict[bytes, bytes], font: bytes) -> dict[int, str]:
    (found,) = re.findall(rb"/ToUnicode (\d+) 0 R", objects[font])
    pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>\n", _stream(objects[found]) + b"\n")
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"/FlateDecode" in body else found[1]
