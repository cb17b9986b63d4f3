from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hera.config import Environment


def load(_env: Environment, _role: str) -> None:
    """The console needs no settings."""
