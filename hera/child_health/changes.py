"""What follows from a change of facts, in its own transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.child_health.plan import stored
from hera.core.ports import announcements

if TYPE_CHECKING:
    from collections.abc import Sequence


def facts_changed(user_ids: Sequence[int]) -> None:
    """Plan the visits of these people anew, and look again at what was, or is about to be, told of them."""
    stored.replan(user_ids)
    announcements().look_again(user_ids)
