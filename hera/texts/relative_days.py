"""Words that say a day by the day on which they are read."""

from __future__ import annotations

import re

# Today, tonight and tomorrow in the five languages, as texts of reminders write them.
_WORDS = re.compile(
    r"\b(?:today|tonight|tomorrow|this (?:morning|afternoon|evening)"
    r"|bugün\w*|bu (?:sabah|akşam|gece)|yarın\w*"
    r"|اليوم|الليلة|غدا|غدًا|غداً"
    r"|نن|سبا"
    r"|امروز|امشب|فردا)\b",
    re.IGNORECASE,
)


def named_in(text: str) -> bool:
    """Whether a text says today, tonight or tomorrow."""
    return _WORDS.search(text) is not None
