"""Withdrawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def look_again(user_ids: Sequence[int]) -> None:
    """Look."""
