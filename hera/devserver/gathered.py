"""Announcements (`core.ports`) for whoever plays days of a whole country: people are looked at once a day, in sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.delivery import withdrawing

if TYPE_CHECKING:
    from collections.abc import Sequence

_people: set[int] = set()


def look_again(user_ids: Sequence[int]) -> None:
    """Remember these people until `look`."""
    _people.update(user_ids)


def look() -> None:
    """Look again at everybody remembered."""
    people = sorted(_people)
    _people.clear()
    if people:
        withdrawing.look_again(people)


def programme_changed() -> None:
    """Nothing changes the programme while days are played."""
