"""How many people each segment finds: counted once a day, and when it is saved, never by looking at it."""

from __future__ import annotations

import logging

from hera.campaigns.models import Segment, SegmentSize
from hera.core import clock, timezones
from hera.people import selectors as people

log = logging.getLogger(__name__)


def count(segment: Segment) -> int:
    """Count a segment as of today, in place of what was counted today before.

    Raises:
        ValueError: if its filter cannot be read.
    """
    found = people.chosen(segment.criteria).count()
    SegmentSize.objects.update_or_create(
        segment=segment, day=clock.today_in(timezones.default()), defaults={"people": found}
    )
    return found


def count_all() -> None:
    """Count every segment. One that cannot be read holds up no other."""
    for segment in Segment.objects.all():
        try:
            count(segment)
        except ValueError:
            log.exception("segment %s cannot be counted", segment.pk)
