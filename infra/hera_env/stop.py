"""Why the command stops: always a cause and a mend."""

from __future__ import annotations


class Stop(Exception):  # noqa: N818  (it is no error of ours: it is what the operator is told)
    """What is wrong, and the one thing to do about it."""

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(f"{cause} {mend}")
        self.cause = cause
        self.mend = mend
