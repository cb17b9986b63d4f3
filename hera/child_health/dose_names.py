"""What a dose is called: by its number, or as the tables have it."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

_NUMBERED = re.compile(r"Dose (\d+)( \(R\))?")


def dose_number(name: str) -> int | None:
    """The number that a dose is called by, as in HERA's own data; None where its name is none."""
    found = _NUMBERED.fullmatch(name)
    return int(found[1]) if found else None


def dose_name(name: str) -> str:
    """The name of a dose in the reader's language where it is a number, as in HERA's own data; else as it is.

    Apps and messages have it as it is in the tables.
    """
    found = _NUMBERED.fullmatch(name)
    if found is None:
        return name
    said = _("Dose %(number)s") % {"number": found[1]}
    return f"{said}{found[2] or ''}"
