"""What the upgrade makes of records: which pregnancies go on, and what ticks stand for. Told before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.child_health.earlier_records import to_take_over

if TYPE_CHECKING:
    import datetime as dt

    from django.db.backends.base.base import BaseDatabaseWrapper

MIGRATION = "child_health.0018_earlier_records"


def told(connection: BaseDatabaseWrapper, now: dt.datetime) -> str:
    """What will be superseded and recorded, in a sentence. Reads only; before the upgrade and after it."""
    found = to_take_over(connection, now)
    return (
        f"{found.pregnancies:,} pregnancies of {found.people:,} people end, each superseded by a newer one that runs;"
        f" {found.ticks:,} ticks become records of doses that were given, by which {found.silenced:,} doses fall"
        " silent of which something was still to be told or asked"
    )


def left(connection: BaseDatabaseWrapper, now: dt.datetime) -> str:
    """What the earlier HERA has written since the upgrade, in a sentence; empty if that is nothing."""
    found = to_take_over(connection, now)
    if not found:
        return ""
    return (
        f"Since the upgrade the earlier HERA has written {found.ticks:,} ticks without records and"
        f" {found.pregnancies:,} pregnancies that newer ones supersede. Once it is stopped, run finish_upgrade."
    )
