"""Counting a source into cells: one statement for all its dimensions, in the background where that takes long.

A look at a page reads cells, however many people there are. What is quick to count is counted again when somebody looks
and it is older than some minutes; all else once an hour by the worker.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from django.db import OperationalError, connection, transaction

from hera.core import clock, timezones
from hera.figures.dimensions import DIMENSIONS
from hera.figures.measures import dimensions_of
from hera.figures.models import Cell, Counting
from hera.figures.sources import SOURCES, months_counted

if TYPE_CHECKING:
    from hera.figures.sources import Source

QUICK = 0.5  # seconds
GOOD_FOR = dt.timedelta(minutes=10)  # of what is quick
# Of what was never counted, or not by the background for so long: a look may wait for it for some seconds.
LOOK_WAITS = 5_000  # milliseconds
OLD = dt.timedelta(hours=24)
# Of a very large country a source is counted less often: counting it takes a tenth of the time at most.
PAUSE = 9  # times as long as it took
_MONTHLY = "month/"  # before the key of a source


def key_of(source: Source, *, masked: bool) -> str:
    """The key of a source's cells. Who sees people masked has those of the month's first counting all month: what
    there is more than yesterday, of a month that is over, was told today."""
    return f"{_MONTHLY}{source.key}" if masked else source.key


def counted(source: Source, *, masked: bool = False) -> dt.datetime | None:
    """As of when the cells of a source are, counted anew first if that is quick; None: they are still to be counted."""
    counted_at = _counted(source)
    if not masked:
        return counted_at
    return Counting.objects.filter(source=key_of(source, masked=True)).values_list("counted_at", flat=True).first()


def _counted(source: Source) -> dt.datetime | None:
    known, now = Counting.objects.filter(source=source.key).first(), clock.now()
    if known and known.counted_at > now - (GOOD_FOR if known.seconds <= QUICK else OLD):
        return known.counted_at
    try:
        return count(source, longest=LOOK_WAITS)
    except OperationalError:  # it takes longer: the worker has all the time it needs
        return known.counted_at if known else None


def count_all() -> int:
    """Count anew every source whose turn it is; returns how many they are."""
    known = {one.source: one for one in Counting.objects.all()}
    due = [source for key, source in SOURCES.items() if key not in known or _is_due(known[key])]
    for source in due:
        count(source)
    return len(due)


def _is_due(known: Counting) -> bool:
    return known.counted_at + dt.timedelta(seconds=known.seconds * PAUSE) <= clock.now()


@transaction.atomic
def count(source: Source, longest: int = 0) -> dt.datetime:
    """Count a source anew, and return when.

    Args:
        longest: milliseconds that it may take; 0 for any.

    Raises:
        OperationalError: it would take longer.
    """
    now, started = clock.now(), time.perf_counter()
    since, today = months_counted(source)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(longest)])
        # All facts are sorted by each dimension: on disk that takes many times as long.
        cursor.execute("SELECT set_config('work_mem', '128MB', true), set_config('jit', 'off', true)")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('figures'), hashtext(%s))", [source.key])
        Cell.objects.filter(source=source.key, month__gte=since).delete()
        zone = str(timezones.default())
        cursor.execute(
            _statement(source),
            {"source": source.key, "since": since, "today": today, "zone": zone, **source.parameters()},
        )
        cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    defaults = {"counted_at": now, "seconds": time.perf_counter() - started}
    Counting.objects.update_or_create(source=source.key, defaults=defaults)
    _keep_for_the_month(source, defaults)
    return now


def _keep_for_the_month(source: Source, counted: dict[str, Any]) -> None:
    """Keep the cells of this counting for who sees people masked, if it is the first of this month."""
    zone, key = timezones.default(), key_of(source, masked=True)
    kept = Counting.objects.filter(source=key).first()
    if kept and (kept.counted_at.astimezone(zone).date().replace(day=1)) == clock.today_in(zone).replace(day=1):
        return
    Cell.objects.filter(source=key).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO figures_cell (source, dimension, value, series, month, sums)
            SELECT %(key)s, dimension, value, series, month, sums FROM figures_cell WHERE source = %(source)s
            """,
            {"key": key, "source": source.key},
        )
    Counting.objects.update_or_create(source=key, defaults=counted)


def _statement(source: Source) -> str:
    keys = [key for key in dimensions_of(source) if key]
    columns = [f"{DIMENSIONS[key].of_person} AS by_{key}" for key in keys if key not in source.own]
    columns += [f"coalesce(fact.{key}, '') AS by_{key}" for key in source.own]
    people = """
        JOIN auth_user person ON person.id = fact.user_id
        LEFT JOIN user_profile_userprofile profile ON profile.user_id = person.id
        LEFT JOIN health_center_centerofperson goes_to ON goes_to.user_id = person.id
        LEFT JOIN health_center_healthcenter centre ON centre.id = goes_to.center_id
    """
    # Which dimension a row is of: the one that it is grouped by.
    of = "".join(f" WHEN grouping(by_{key}) = 0 THEN '{key}'" for key in keys)
    value = "".join(f" WHEN grouping(by_{key}) = 0 THEN by_{key}" for key in keys)
    sets = ", ".join(["(series, month)", *(f"(series, month, by_{key})" for key in keys)])
    return f"""
        INSERT INTO figures_cell (source, dimension, value, series, month, sums)
        SELECT %(source)s, CASE{of} ELSE '' END, left((CASE{value} ELSE '' END)::text, 100), left(series, 120), month,
            ARRAY[{", ".join(source.sums.values())}]::numeric[]
        FROM (
            SELECT fact.*, {", ".join(columns)} FROM ({source.facts}) fact {people if source.is_of_people else ""}
        ) placed
        GROUP BY GROUPING SETS ({sets})
    """  # noqa: S608  (our own text)
