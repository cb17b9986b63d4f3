"""The console needs no settings."""

from __future__ import annotations

TABLES: dict[str, type] = {}
