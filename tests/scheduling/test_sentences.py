"""Schedules read as sentences, in the reader's language."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from hera.scheduling.sentences import sentence
from hera.scheduling.windows import Schedule


@pytest.mark.parametrize(
    ("kind", "days", "told"),
    [
        ("vaccination", -1, "1 day before a vaccination, at 09:00 the mother's time"),
        ("vaccination", -3, "3 days before a vaccination, at 09:00 the mother's time"),
        ("prenatal_checkup", 0, "On the day of an antenatal visit, at 09:00 the mother's time"),
        ("prenatal_checkup", 1, "1 day after an antenatal visit, at 09:00 the mother's time"),
        ("expected_birth", 7, "7 days after the expected birth, at 09:00 the mother's time"),
        ("vaccination", 7, "7 days after a vaccination, at 09:00 the mother's time"),
    ],
)
def test_sentences(kind, days, told):
    schedule = Schedule(1, kind, days, dt.time(9), dt.timedelta(days=1))
    assert sentence(schedule) == told
    for language in ("tr", "ar", "ps", "prs"):
        with translation.override(language):
            translated = sentence(schedule)
            assert translated != told
            assert "09:00" in translated
