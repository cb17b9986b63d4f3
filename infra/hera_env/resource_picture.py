"""The picture of a stack at work, for a terminal: what is finished is folded, what moves or fails is shown.

It never is taller than the terminal, so that nothing scrolls away, and no line is wider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from infra.hera_env.resource_states import ResourceState

_STYLES = {"good": "green", "bad": "bold red", "moving": "yellow"}
_SIGNS = {"good": "✔", "bad": "✘", "moving": "⋯"}
_LINES_OF_A_REASON = 4


def picture(
    title: str, states: list[ResourceState], *, seconds: float, width: int, height: int, expected: int = 0
) -> Text:
    """The picture as lines.

    Args:
        title: what is going on.
        states: the newest state of each resource, in the order in which they began.
        seconds: for how long it has gone on.
        width, height: the terminal's, in characters.
        expected: how many resources there will be; 0 where nobody knows.
    """
    done = sum(state.mood == "good" for state in states)
    of = f"{done} of {max(expected, len(states))} done" if expected else f"{done} done"
    head = _line(f"{title}  {of}, {_span(seconds)}", "bold", width)
    failed = [line for state in states if state.mood == "bad" for line in _failed(state, width)]
    room = max(3, height - 2 - len(failed))
    body = failed + _groups([state for state in states if state.mood != "bad"], width, room)
    return Text("\n").join([head, *body[: max(1, height - 2)]])


def _groups(states: list[ResourceState], width: int, room: int) -> list[Text]:
    """A line for each group; below it what moves in it, as far as there is room, the longest at work first."""
    groups: dict[str, list[ResourceState]] = {}
    for state in states:
        groups.setdefault(state.group, []).append(state)
    moving = sorted((state for state in states if state.mood == "moving"), key=lambda state: state.began)
    shown = {state.logical_id for state in moving[: max(0, room - len(groups))]}
    lines: list[Text] = []
    for name, members in groups.items():
        at_work = [state for state in members if state.mood == "moving"]
        done = len(members) - len(at_work)
        hidden = sum(state.logical_id not in shown for state in at_work)
        counts = [f"{done} done"] if done else []
        counts += [f"{hidden} at work"] if hidden else []
        mood = "moving" if at_work else "good"
        lines.append(_line(f"{_SIGNS[mood]} {name}  {', '.join(counts)}".rstrip(), _STYLES[mood], width))
        lines += [_moving(state, width) for state in at_work if state.logical_id in shown]
    return lines[:room]


def _moving(state: ResourceState, width: int) -> Text:
    end = f"  {_span(state.seconds)}"
    begin = _cut(f"    {_SIGNS['moving']} {state.title}", width - len(end))
    return Text(begin + end, style=_STYLES["moving"], no_wrap=True)


def _failed(state: ResourceState, width: int) -> list[Text]:
    """A resource that failed, with the whole of its reason as far as it fits into a few lines."""
    words = f"{_SIGNS['bad']} {state.title}: {state.words}".split()
    lines, line = [], ""
    for word in words:
        if line and len(line) + 1 + len(word) > width - 4:
            lines.append(line)
            line = "    " + word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return [_line(text, _STYLES["bad"], width) for text in lines[:_LINES_OF_A_REASON]]


def _line(text: str, style: str, width: int) -> Text:
    return Text(_cut(text, width), style=style, no_wrap=True)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
