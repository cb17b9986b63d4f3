"""How far apart places are, in SQL, against the same rule for two places."""

from __future__ import annotations

import random

import pytest
from django.db import connection

from hera.health_center import places
from hera.health_center.places_sql import are_within

pytestmark = pytest.mark.django_db
ODD = ("", "nowhere", "91.0,10.0", "10.0,181.0", "90,180", "-90,-180", "0,179.9", "0, -179.9", " 36.2021 , 36.1600 ")


def written(rng: random.Random) -> str:
    return rng.choice(
        [*ODD, f"{rng.uniform(-95, 95):.2f},{rng.uniform(-185, 185):.2f}", f"36.{rng.randint(0, 99)},36.2"]
    )


def test_it_is_the_rule_of_two_places():
    rng = random.Random(3)
    cases = [(written(rng), written(rng), rng.choice([2.0, 50.0, 500.0, 15_000.0])) for _ in range(2_000)]
    rows = "unnest(%s::text[], %s::text[], %s::float8[]) AS told(one, other, far)"
    said = f"SELECT {are_within('one', 'other', 'far')} FROM {rows}"
    with connection.cursor() as cursor:
        cursor.execute(said, [list(column) for column in zip(*cases, strict=True)])
        found = [row[0] for row in cursor.fetchall()]
    for (one, other, far), is_within in zip(cases, found, strict=True):
        here, there = places.read(one), places.read(other)
        expected = here is not None and there is not None and places.kilometres(here, there) <= far
        assert is_within == expected, (one, other, far)
