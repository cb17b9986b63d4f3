"""What the operator sees: a live tree on a terminal, plain lines elsewhere, JSON lines for scripts."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from infra.hera_env.resource_picture import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from infra.hera_env.errors import Stop
    from infra.hera_env.resource_states import ResourceState

    Show = Callable[[list[ResourceState], int], None]


class Reporter(Protocol):
    """What a command tells the operator, however it is shown."""

    def step(self, text: str) -> None:
        """A step begins."""

    def done(self, text: str, **facts: Any) -> None:
        """A step has ended well."""

    def note(self, text: str) -> None:
        """Something worth knowing."""

    def line(self, text: str) -> None:
        """A line that a task of the service wrote."""

    def result(self, facts: dict[str, Any], text: str) -> None:
        """What was asked for."""

    def stopped(self, stop: Stop) -> None:
        """Why it goes no further."""

    def resources(self, title: str) -> AbstractContextManager[Show]:
        """A context in which the states of resources are shown.

        It gives a function that takes them, and how many there will be (0 where nobody knows).
        """


class PlainLines:
    """Lines, for logs and for people."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True, emoji=False)

    def step(self, text: str) -> None:
        self.console.print(f"  {text} ...")

    def done(self, text: str, **_facts: Any) -> None:
        self.console.print(Text(f"✔ {text}", style="green"))

    def note(self, text: str) -> None:
        self.console.print(f"  {text}")

    def line(self, text: str) -> None:
        self.console.print(Text(f"    {text}", style="dim"))

    def result(self, _facts: dict[str, Any], text: str) -> None:
        self.console.print(text, markup=False)

    def stopped(self, stop: Stop) -> None:
        self.console.print(Text(f"✘ {stop.cause}", style="bold red"))
        self.console.print(Text(f"  {stop.mend}"))

    @contextmanager
    def resources(self, title: str) -> Iterator[Show]:
        seen: dict[str, str] = {}
        self.step(title)

        def show(states: list[ResourceState], _expected: int = 0) -> None:
            for state in _changed(states, seen):
                if not state.is_moving:
                    self.console.print(f"  - {state.title}  [{state.words}]  [{state.seconds:.1f}s]", markup=False)

        yield show


class LiveTree(PlainLines):
    """A tree that moves: what is finished is folded."""

    @contextmanager
    def resources(self, title: str) -> Iterator[Show]:
        started = time.monotonic()
        with Live(Text(title), console=self.console, refresh_per_second=4, transient=False) as live:

            def show(states: list[ResourceState], expected: int = 0) -> None:
                width, height = self.console.size
                seconds = time.monotonic() - started
                live.update(picture(title, states, seconds=seconds, width=width - 1, height=height, expected=expected))

            yield show


class JsonLines:
    """One JSON object a line."""

    def _write(self, **facts: Any) -> None:
        sys.stdout.write(json.dumps(facts, default=str) + "\n")
        sys.stdout.flush()

    def step(self, text: str) -> None:
        self._write(event="step", text=text)

    def done(self, text: str, **facts: Any) -> None:
        self._write(event="done", text=text, **facts)

    def note(self, text: str) -> None:
        self._write(event="note", text=text)

    def line(self, text: str) -> None:
        self._write(event="line", text=text)

    def result(self, facts: dict[str, Any], _text: str) -> None:
        self._write(**facts)

    def stopped(self, stop: Stop) -> None:
        self._write(event="stopped", cause=stop.cause, mend=stop.mend)

    @contextmanager
    def resources(self, title: str) -> Iterator[Show]:
        seen: dict[str, str] = {}
        self.step(title)

        def show(states: list[ResourceState], _expected: int = 0) -> None:
            for state in _changed(states, seen):
                self._write(
                    event="resource",
                    id=state.logical_id,
                    type=state.kind,
                    status=state.status,
                    seconds=round(state.seconds, 1),
                    reason=state.reason,
                )

        yield show


def choose_reporter(*, as_json: bool) -> Reporter:
    """JSON where asked for, a live tree on a terminal, plain lines elsewhere."""
    if as_json:
        return JsonLines()
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    return LiveTree(console) if console.is_terminal else PlainLines(console)


def _changed(states: list[ResourceState], seen: dict[str, str]) -> Iterator[ResourceState]:
    """The resources whose status is another than in `seen`, which is brought up to date."""
    for state in states:
        if seen.get(state.logical_id) != state.status:
            seen[state.logical_id] = state.status
            yield state
