"""Has this web server ever reached its tables? A new release is asked that before it gets a mother's call.

Once it has, it is not asked again: were a running server judged by its database, a blink of the database would have all
servers replaced at once.
"""

from __future__ import annotations

import mmap

# Shared by all processes that are forked after this line, which gunicorn's master reads: they are one server.
_REACHED = mmap.mmap(-1, 1)


def reason_not_started() -> str:
    """Why this server is not fit to be called yet, with the mend; empty from its first look at its tables on."""
    if _REACHED[0]:
        return ""
    from hera.core import tables  # noqa: PLC0415  (gunicorn's master reads this module, and has no settings)

    reason = tables.out_of_reach()
    if not reason:
        _REACHED[0] = 1
    return reason


def forget() -> None:
    """As if the server had just been started."""
    _REACHED[0] = 0
