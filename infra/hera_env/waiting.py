"""Asking AWS again while the way to it is broken for a moment: what it works at goes on meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from infra.hera_env import aws_failures
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.hera_env.output import Reporter

_LONGEST_LOOKS = 200  # ten minutes, at a look in three seconds
Answer = TypeVar("Answer")


def patiently(ask: Callable[[], Answer], reporter: Reporter) -> Answer:
    """The answer, asked for again while AWS is not reached or is busy; the operator is told once.

    Raises:
        ClientError, BotoCoreError: what AWS or its library says for longer than ten minutes, and at once what no
            waiting would mend.
    """
    for look in range(_LONGEST_LOOKS):
        try:
            return ask()
        except (BotoCoreError, ClientError) as error:
            if not aws_failures.is_passing(error):
                raise
            if not look:
                reporter.note("AWS is not reached for the moment; what it works at goes on. Asking again ...")
            time.sleep(SECONDS_BETWEEN_LOOKS)
    return ask()
