"""Waiting for a stack, with the states of its resources shown, until it stands still."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from infra.hera_env import resource_states, waiting
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter


def watch(
    cloud: Cloud,
    environment: str,
    reporter: Reporter,
    title: str,
    since: dt.datetime,
    still_working: Callable[[], bool],
    expected: Callable[[], int] = lambda: 0,
) -> StackState | None:
    """Show the stack's events since then, until `still_working` says no and the stack stands still.

    Args:
        expected: how many resources there will be; 0 while nobody knows.

    Returns:
        How the stack stands then; None if it is gone.
    """
    with reporter.resources(title) as show:
        while True:
            working = still_working()
            state = waiting.patiently(lambda: cloud.stack(environment), reporter)
            events = waiting.patiently(lambda: cloud.events(environment, since), reporter)
            show(resource_states.states(events), expected())
            if not working and (state is None or not state.is_moving):
                return state
            time.sleep(SECONDS_BETWEEN_LOOKS)
