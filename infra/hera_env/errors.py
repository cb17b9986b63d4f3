"""The one exception that ends a command: what is wrong, and what the operator does about it."""

from __future__ import annotations


class Stop(Exception):  # noqa: N818  (it is no error of ours: it is what the operator is told)
    """A cause and a mend, each a sentence for the operator."""

    exit_code = 1

    def __init__(self, cause: str, mend: str) -> None:
        super().__init__(f"{cause} {mend}")
        self.cause = cause
        self.mend = mend


class StoppedByHand(Stop):
    """Ctrl-C where nothing was begun yet."""

    exit_code = 130
