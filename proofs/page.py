"""The blocks of docs/one-machine.md: what a reader pastes, with what the page leaves to her filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from proofs.nspawn import REPOSITORY

PAGE = REPOSITORY / "docs" / "one-machine.md"
NAME = "hera.localhost"  # Caddy signs it with its own authority
ELSEWHERE = "another computer"  # the marker of what is pasted there
NOT_RUN = "not run by the proof: "  # the marker of what is not, before the reason

FILLED_IN = {
    "apt-get update\n": "",  # there is no network; the install finds everything there
    "hera.example.org": NAME,
    # Everything that is sent arrives at the machine's own inbox.
    "=ONESIGNAL_APP_ID": "=00000000-0000-4000-8000-000000000000\nHERA_ONESIGNAL_URL=http://127.0.0.1:9099/push",
    "=ONESIGNAL_API_KEY": "=a&b;c*",  # a shell that reads it breaks
    "=MESSAGEBIRD_API_KEY": "=a-key",
    # One mother bears the load.
    "Europe/Istanbul\n": "Europe/Istanbul\nHERA_CHILDREN_PER_PERSON=100000\n",  # pragma: allowlist secret
    "=AGE_PUBLIC_KEY": "=$(age-keygen -y /root/elsewhere/hera-backup.key)",
    "ntfys://ntfy.sh/A_LONG_WORD": "json://127.0.0.1:9099",
}


@dataclass(frozen=True)
class Block:
    """One block of the page; `marker` is the comment before it, if it has one."""

    section: str
    number: int  # within its section, from 0
    marker: str
    code: str

    @property
    def is_run(self) -> bool:
        return not self.marker.startswith(NOT_RUN)

    @property
    def folder(self) -> str:
        """Where it is pasted: another computer is a folder of its own here."""
        return "/root/elsewhere" if self.marker == ELSEWHERE else "/root"


def blocks(text: str) -> Iterator[Block]:
    """Every block of a page, in its order, as it stands."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        section, _, below = part.partition("\n")
        found = re.findall(r"(?:<!-- ([^>]*) -->\n)?```sh\n(.*?)```", below, re.DOTALL)
        for number, (marker, code) in enumerate(found):
            yield Block(section, number, marker, code)


def filled_in(code: str) -> str:
    """A block as its reader pastes it."""
    for what, value in FILLED_IN.items():
        code = code.replace(what, value)
    return code


class Page:
    """The page while it is proven: hands out its blocks, and knows which were not asked for."""

    def __init__(self, text: str) -> None:
        self._blocks = list(blocks(text))
        self._left = [block for block in self._blocks if block.is_run]

    def section(self, name: str) -> list[Block]:
        """The blocks of a section that are to be run, filled in."""
        return [self._handed_out(block) for block in self._blocks if block.section == name and block.is_run]

    def block(self, name: str, number: int) -> Block:
        """One block of a section, filled in."""
        (found,) = [block for block in self._blocks if (block.section, block.number) == (name, number)]
        return self._handed_out(found)

    def left(self) -> list[str]:
        """What is neither pasted yet nor marked as not run: section and first line."""
        return [f"{block.section}: {block.code.splitlines()[0]}" for block in self._left]

    def _handed_out(self, block: Block) -> Block:
        if block in self._left:
            self._left.remove(block)
        return Block(block.section, block.number, block.marker, filled_in(block.code))
