"""Liquid templates, rendered with what an event says of itself.

What names nothing, or only variables as they are, is filled in here: that takes as long as the text is. All else is
rendered by another process, which may be ended (`renderer`). A value that comes from before names were cleaned is
cleaned here, and one of the other direction is isolated (`isolation`).
"""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import threading
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

from hera.core import languages
from hera.core.visible import one_line
from hera.texts import isolation, renderer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hera.texts.renderer import Answer, Job, Renderer

log = logging.getLogger(__name__)


class Wanted(NamedTuple):
    """A text to render: its template, what it is about, and the language that the template is in."""

    source: str
    context: Mapping[str, object]
    language: str = languages.FALLBACK


class TemplateDoesNotRender(Exception):  # noqa: N818
    """The template is broken; the message says where.

    `liquid` is what python-liquid says of it, `place` the line and column, from 1, or (0, 0) for the whole text, and
    `too_large` says that it ran into a bound of the sandbox.
    """

    def __init__(
        self, message: str, liquid: str = "", place: tuple[int, int] = (0, 0), *, too_large: bool = False
    ) -> None:
        super().__init__(message)
        self.liquid = liquid
        self.place = place
        self.too_large = too_large


class TextStopped(TemplateDoesNotRender):
    """The template ran longer, or took more memory, than any text of ours needs."""


class NoTimeToRender(Exception):  # noqa: N818
    """Other texts took the time; this one was not finished. It may be tried again."""


# The check-up templates of earlier databases spell this variable in two ways, and must render as they are.
OLD_SPELLINGS = {"weeks_pregnant": "week_pregnant"}

SECONDS_AT_ONCE = 2.0  # for all that is rendered at once: whoever waits for it waits no longer
SECONDS_OF_A_PAGE = 4.0  # for all texts of a page of the panel
STRIKES = 3  # texts of one template that were stopped, after which nobody tries it
STRUCK_FOR = 600.0  # seconds
LONGEST_SOURCE = 20_000  # characters
_STRUCK_AT_MOST = 1000
_REASONS = {
    "time": "it takes too much time",
    "memory": "it takes too much memory",
    "crash": "it ended the process that renders",
}

_drafts_until: ContextVar[float | None] = ContextVar("_drafts_until", default=None)
_strikes: dict[str, tuple[int, float, str]] = {}  # by source: how many, until when, the reason
_strikes_lock = threading.Lock()


@contextlib.contextmanager
def drafts(seconds: float = SECONDS_OF_A_PAGE) -> Iterator[None]:
    """All that is rendered inside is what staff are writing: by a process of its own, with one deadline for all."""
    token = _drafts_until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _drafts_until.reset(token)


def render(source: str, context: Mapping[str, object], language: str = languages.FALLBACK) -> str:
    """The text of a template in this language; a variable that the context lacks is blank.

    Raises:
        TemplateDoesNotRender: if the source is not valid Liquid, fails on this context, or was stopped.
        NoTimeToRender: if others took the time.
    """
    (result,) = render_all([Wanted(source, context, language)])
    if isinstance(result, str):
        return result
    raise result


def render_all(
    wanted: Sequence[Wanted | tuple[str, Mapping[str, object]]],
) -> list[str | TemplateDoesNotRender | NoTimeToRender]:
    """The texts of many templates, each with its context and language, in the same order; why not, if there is none.

    Takes SECONDS_AT_ONCE at most, and asks the other process once.
    """
    values_of: dict[int, dict[str, str]] = {}
    results: dict[int, str | TemplateDoesNotRender | NoTimeToRender] = {}
    jobs: dict[int, Job] = {}
    for number, asked in enumerate(wanted):
        source, context, language = Wanted(*asked)
        if "{{" not in source and "{%" not in source:
            results[number] = source  # most push texts name nothing
            continue
        if (values := values_of.get(id(context))) is None:
            values = values_of[id(context)] = _values(context)
        direction = languages.direction(language) if language in languages.CODES else isolation.LTR
        if (text := _filled_in(source, values, direction)) is not None:
            results[number] = text
        else:
            known = language if language in languages.CODES else languages.FALLBACK
            jobs[number] = {"source": source, "values": values, "language": known, "direction": direction}
    for number, answer in zip(jobs, _ask(list(jobs.values())), strict=True):
        results[number] = answer if isinstance(answer, Exception) else answer["text"]
    return [results[number] for number in range(len(wanted))]


def variables(source: str) -> dict[str, int]:
    """The variables that a template asks for, each with the index in the source where it first does.

    Raises:
        TemplateDoesNotRender: if it is not valid Liquid, or takes too long to read.
        NoTimeToRender: if others took the time.
    """
    if "{{" not in source and "{%" not in source:
        return {}
    (answer,) = _ask([{"source": source}])
    if isinstance(answer, Exception):
        raise answer
    found: dict[str, int] = answer["variables"]
    return found


def _ask(jobs: Sequence[Job]) -> list[Answer | TemplateDoesNotRender | NoTimeToRender]:
    """What the other process says of these jobs; of those that are known to hurt, why they are not tried."""
    refused = [_refusal(job["source"]) for job in jobs]
    tried = [job for job, reason in zip(jobs, refused, strict=True) if reason is None]
    process, seconds = _process()
    answers = iter(process.ask(tried, seconds) if tried else [])
    return [reason or _result(job, next(answers)) for job, reason in zip(jobs, refused, strict=True)]


def _process() -> tuple[Renderer, float]:
    until = _drafts_until.get()
    if until is None:
        return renderer.live(), SECONDS_AT_ONCE
    return renderer.of_drafts(), until - time.monotonic()


def _result(job: Job, answer: Answer) -> Answer | TemplateDoesNotRender | NoTimeToRender:
    if "late" in answer:
        if "begun" in answer:
            # Perhaps the machine had no time for it; but a text that is in the way each time is not tried for ever.
            _strike(job["source"], _REASONS["time"])
        return NoTimeToRender("other texts take long")
    if "stopped" in answer:
        return _strike(job["source"], _REASONS[answer["stopped"]])
    if "error" in answer:
        line, column = answer.get("place", (0, 0))
        too_large = answer.get("too_large", False)
        return TemplateDoesNotRender(answer["error"], answer.get("liquid", ""), (line, column), too_large=too_large)
    return answer


def _refusal(source: str) -> TemplateDoesNotRender | None:
    if len(source) > LONGEST_SOURCE:
        return TextStopped("it is too long")
    count, until, reason = _strikes.get(source, (0, 0.0, ""))
    return TextStopped(reason) if count >= STRIKES and time.monotonic() < until else None


def _strike(source: str, reason: str) -> TextStopped:
    """Remember a text that was stopped: its template may hurt for everybody, or for one name that it asks for."""
    now = time.monotonic()
    with _strikes_lock:
        count, until, _reason = _strikes.pop(source, (0, 0.0, ""))
        while len(_strikes) >= _STRUCK_AT_MOST:
            del _strikes[next(iter(_strikes))]
        _strikes[source] = (count + 1 if now < until else 1, now + STRUCK_FOR, reason)
    log.error("a text was stopped while it was rendered (%s)", reason)
    return TextStopped(reason)


def _values(context: Mapping[str, object]) -> dict[str, str]:
    values = {name: "" if value is None else one_line(str(value)) for name, value in context.items()}
    for name, old_spelling in OLD_SPELLINGS.items():
        if name in values:
            values.setdefault(old_spelling, values[name])
    return values


# Only what cannot be read in two ways; python-liquid decides of all else.
_PLAIN_OUTPUT = re.compile(r"\{\{ *([a-z][a-z0-9_]*) *\}\}")
_WORDS_OF_LIQUID = frozenset(
    {
        "true",
        "false",
        "nil",
        "null",
        "empty",
        "blank",
        "and",
        "or",
        "not",
        "contains",
        "in",
        "if",
        "else",
        "as",
        "for",
        "with",
        "limit",
        "offset",
        "reversed",
        "required",
        "continue",
        "cols",
        "now",
        "today",
    }
)


def _filled_in(source: str, values: Mapping[str, str], direction: str) -> str | None:
    """The text of a template that has nothing but variables that are there; None for any other."""
    parts = _parts(source)
    if parts is None or not all(name in values for name in parts[1::2]):
        return None
    around = isolation.direction_around("".join(parts[::2]), direction)
    return "".join(
        isolation.isolated(values[part], around) if number % 2 else part for number, part in enumerate(parts)
    )


@functools.lru_cache(maxsize=1024)
def _parts(source: str) -> tuple[str, ...] | None:
    """Text, variable, text, variable, ..., text; None if there is anything else in it."""
    if len(source) > LONGEST_SOURCE:
        return None
    parts = _PLAIN_OUTPUT.split(source)
    plain = all("{" not in text and "}" not in text for text in parts[::2])
    return tuple(parts) if plain and _WORDS_OF_LIQUID.isdisjoint(parts[1::2]) else None
