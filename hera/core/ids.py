"""Ids of records, as they are written in addresses and forms."""

from __future__ import annotations

LONGEST = 18  # digits that a database's id always has room for; of thousands of them Python makes no number


def id_in(text: object) -> int:
    """The id that somebody wrote; 0, which nothing has, for anything else."""
    written = str(text)
    return int(written) if written.isascii() and written.isdigit() and len(written) <= LONGEST else 0
