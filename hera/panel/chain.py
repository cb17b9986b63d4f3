"""Whether the audit trail is whole: a walk along its chain that trusts nothing but SHA-256 and the head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from hera.core import clock
from hera.panel.models import AuditCheck, AuditEntry, AuditHead

if TYPE_CHECKING:
    from collections.abc import Iterator

STEP = 5_000  # entries that are in memory at once
# As in migration 0003; written out here, so that a function which somebody has changed deceives nobody.
_CANONICAL = """convert_to(jsonb_build_array(r.id, to_char(r.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
    r.actor_id, r.actor_name, r.action, r.about, r.person, r.detail, r.address)::text, 'UTF8')"""
_NEXT = (
    f"SELECT id, hash, sha256(lag(hash, 1, %s) OVER (ORDER BY id) || {_CANONICAL})"  # noqa: S608  (constants)
    f" FROM (SELECT * FROM {AuditEntry._meta.db_table} WHERE id > %s AND id <= %s ORDER BY id LIMIT %s) AS r"
    " ORDER BY id"
)


@dataclass(frozen=True)
class Verdict:
    """What a walk found. `trouble` is empty, or one sentence with the first thing that is wrong."""

    first_id: int
    last_id: int
    last_hash: str
    trouble: str = ""


def verify(witness: tuple[int, str] | None = None) -> Verdict:
    """Walk along the whole trail, in steps of bounded memory.

    Args:
        witness: number and hash of what an earlier walk printed as the end. Who can change everything in the database
            can also make a new chain; not one that has the old hash in it.
    """
    while True:
        head = AuditHead.objects.filter(pk=1).first()
        if head is None:
            return Verdict(0, 0, "", "The trail's head is missing: somebody has emptied its tables.")
        trouble = _first_trouble(head, witness)
        if not trouble or AuditHead.objects.filter(pk=1, anchor_id=head.anchor_id).exists():
            return Verdict(head.anchor_id + 1, head.last_id, bytes(head.last_hash).hex(), trouble)
        # Old entries were forgotten meanwhile: from their anchor on, once more.


def check() -> Verdict:
    """Walk, and keep what was found for readiness."""
    verdict = verify()
    AuditCheck.objects.update_or_create(pk=1, defaults={"at": clock.now(), "trouble": verdict.trouble})
    return verdict


def _first_trouble(head: AuditHead, witness: tuple[int, str] | None) -> str:
    before, link = head.anchor_id, bytes(head.anchor_hash)
    if witness and not head.anchor_id <= witness[0] <= head.last_id:
        return f"Entry {witness[0]} of the earlier walk is not there."
    for number, kept, computed in _entries(head):
        if number != before + 1:
            return _missing(before + 1, number - 1)
        if kept != computed:
            return f"Entry {number} is not as it was written."
        if witness and number == witness[0] and kept.hex() != witness[1]:
            return f"The trail was written anew: entry {number} is another than at the earlier walk."
        before, link = number, kept
    if before != head.last_id:
        return _missing(before + 1, head.last_id)
    return _at_the_end(head, link)


def _entries(head: AuditHead) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, hash as kept, hash as computed) of each entry up to the head."""
    before, link = head.anchor_id, bytes(head.anchor_hash)
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT, [link, before, head.last_id, STEP])
            rows = [(number, bytes(kept), bytes(computed)) for number, kept, computed in cursor.fetchall()]
            yield from rows
            if len(rows) < STEP:
                return
            before, link, _computed = rows[-1]


def _at_the_end(head: AuditHead, link: bytes) -> str:
    """Whether the last entry is the head's, and none is outside of the chain, put there past the trigger."""
    if link != bytes(head.last_hash):
        return f"The head does not fit to the last entry, {head.last_id}."
    outside = (
        f"SELECT min(e.id) FROM {AuditHead._meta.db_table} AS h"  # noqa: S608  (constants)
        f" JOIN {AuditEntry._meta.db_table} AS e ON e.id > h.last_id OR e.id <= h.anchor_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(outside)
        found = cursor.fetchone()[0]
    return f"Entry {found} is outside of the chain." if found is not None else ""


def _missing(first: int, last: int) -> str:
    if first == last:
        return f"Entry {first} is missing."
    return f"Entries {first} to {last} are missing."
