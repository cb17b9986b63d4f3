"""What is known of a child whose visits are planned."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# What two say of one dose counts once: who has seen the card is believed first.
BELIEVED = ("card", "import", "survey", "mother", "tick")
SEEN = frozenset({"card", "import"})  # by somebody who reads which doses the child has had


class Record(NamedTuple):
    """What was told of a dose: the columns of `DoseGiven` that matter here.

    Args:
        due_by: of a tick of `vaccine_id`, the day by which its doses were due.
        day: the first that it can have been; None if nothing is known.
        precision: `day`, `month`, `year` or `unknown`.
        entered_on: the day on which it was told.
    """

    dose_id: int | None
    vaccine_id: int | None
    due_by: dt.date | None
    day: dt.date | None
    precision: str
    product: str
    text: str
    source: str
    campaign: bool
    entered_on: dt.date
    pk: int = 0


class TakenBack(NamedTuple):
    """What was told of doses and taken back, or told not to have been given.

    Args:
        dose_id: the dose; None of a tick.
        vaccine_id: of a tick, its vaccine: its doses that were due by `due_by`.
        on: the day on which that was said.
    """

    dose_id: int | None
    vaccine_id: int | None
    due_by: dt.date | None
    on: dt.date


class Silence(NamedTuple):
    """From which day until before which other nobody was to be reminded of a child."""

    since: dt.date
    until: dt.date


class Subject(NamedTuple):
    """A child.

    Args:
        registered_on: the day from which HERA knows it.
        seen_on: the last day on which somebody saw its card; that of its birth, if nobody has.
        of_older_database: nobody asked, when it was registered, for what was due before.
        taken_back: what was told of doses and taken back, whatever was told of them since.
        silences: when she was paused, or ended by mistake.
    """

    born: dt.date
    gender: str
    registered_on: dt.date
    records: tuple[Record, ...]
    seen_on: dt.date
    of_older_database: bool = False
    taken_back: tuple[TakenBack, ...] = ()
    silences: tuple[Silence, ...] = ()


def subject_of(
    born: dt.date,
    gender: str,
    registered_on: dt.date,
    records: Iterable[Record],
    *,
    of_older_database: bool = False,
    taken_back: Iterable[TakenBack] = (),
    silences: Iterable[Silence] = (),
) -> Subject:
    """A child with what was told of its doses."""
    records = tuple(records)
    # Who gave drops in a campaign has looked at no card, even where lists of it are imported.
    seen = (one.entered_on for one in records if one.source in SEEN and not one.campaign)
    seen_on = max(seen, default=born)
    return Subject(
        born, gender, registered_on, records, seen_on, of_older_database, tuple(taken_back), _merged(silences)
    )


def _merged(silences: Iterable[Silence]) -> tuple[Silence, ...]:
    """The same days, without two that touch each other: a pause that was made longer is one."""
    found: list[Silence] = []
    for one in sorted(silences):
        if found and one.since <= found[-1].until:
            found[-1] = Silence(found[-1].since, max(found[-1].until, one.until))
        else:
            found.append(one)
    return tuple(found)
