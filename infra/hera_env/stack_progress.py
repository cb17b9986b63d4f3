"""Waiting for a stack, with the states of its resources shown, until it stands still."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

from infra.hera_env import resource_states
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
) -> StackState | None:
    """Show the stack's events since then, until `still_working` says no and the stack stands still.

    Returns:
        How the stack stands then; None if it is gone.
    """
    with reporter.resources(title) as show:
        while True:
            working = still_working()
            state = cloud.stack(environment)
            show(resource_states.states(cloud.events(environment, since)))
            if not working and (state is None or not state.is_moving):
                return state
            time.sleep(SECONDS_BETWEEN_LOOKS)
