"""The seed data, as `loaddata` brings it, in a tenth of the time: most tests begin with it."""

from __future__ import annotations

import copy
import functools
from typing import TYPE_CHECKING

from django.core import serializers
from django.core.management.color import no_style
from django.db import connection

from hera.config import REPOSITORY
from hera.devserver.fixtures import FIXTURES

if TYPE_CHECKING:
    from django.db.models import Model


def bring() -> None:
    """Put the rows of the three fixtures into a database that has none of them. `tests/test_seed_data.py` holds it
    against `loaddata`."""
    rows = _rows()
    for model, of_model in rows.items():
        made = [copy.copy(row) for row in of_model]
        for row in made:
            row._state = copy.copy(row._state)
        fields = model._meta.local_concrete_fields
        model._base_manager.all()._insert(made, fields=fields, using="default", raw=True)
    with connection.cursor() as cursor:
        cursor.execute(" ".join(connection.ops.sequence_reset_sql(no_style(), list(rows))))


@functools.cache
def _rows() -> dict[type[Model], list[Model]]:
    """The rows by model, read once, in the order in which they name each other."""
    found: dict[type[Model], list[Model]] = {}
    for name in FIXTURES:
        [file] = REPOSITORY.glob(f"hera/*/fixtures/{name}.json")
        for one in serializers.deserialize("json", file.read_text("utf-8")):
            assert not one.m2m_data
            found.setdefault(type(one.object), []).append(one.object)
    return found
