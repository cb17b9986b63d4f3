"""Rows that a fixture names by what they are: ids may be taken, where staff have made rows of their own."""

from __future__ import annotations

from typing import TypeVar

from django.db import models

RowT = TypeVar("RowT", bound=models.Model)


class NaturalKeyManager(models.Manager[RowT]):
    """Finds the row of a natural key, given by the look-ups that the parts of the key are for, in their order."""

    def __init__(self, *lookups: str) -> None:
        super().__init__()
        self._lookups = lookups

    def get_by_natural_key(self, *key: object) -> RowT:
        """The row of this key; the oldest, where staff have made several alike.

        Raises:
            DoesNotExist: if there is none.
        """
        found: RowT = self.filter(**dict(zip(self._lookups, key, strict=True))).earliest("pk")
        return found
