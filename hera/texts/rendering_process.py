"""The program that renders and looks at templates for `renderer`, and may be ended by them: it holds nothing else.

A line of standard input is a JSON list of jobs; each is answered by a line. It knows no setting, no database and no
Django. The kernel ends it when a template has used up its processor time: python-liquid may be in C then, where no
signal handler of Python's would run.
"""

from __future__ import annotations

import functools
import json
import resource
import signal
import sys
from typing import Any

from liquid import BoundTemplate
from liquid.exceptions import LiquidError, ResourceLimitError

from hera.texts import isolation
from hera.texts.sandbox import Sandbox

PROCESSOR_SECONDS = 0.1  # of one text; those of the programme take a thousandth of it
MEMORY = 256 * 2**20  # bytes of addresses of the whole process, of which Python and python-liquid take 60 MiB

_environment = Sandbox()


def main() -> None:
    """Answer until standard input ends, which it does with whoever asks."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # meant for the worker: it finishes what it has begun
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _say({"ready": True})
    for line in sys.stdin.buffer:
        for job in json.loads(line):
            signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
            answer = _answer(job)
            signal.setitimer(signal.ITIMER_PROF, 0)
            _say(answer)
            if "stopped" in answer:
                return  # what it left behind is not worth looking at


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    source = job["source"]
    try:
        if "values" in job:
            template = compiled(source)
            direction = job.get("direction", isolation.LTR)
            _environment.language = job.get("language", "en")
            _environment.around = isolation.direction_around(isolation.literal_of(source), direction)
            text = template.render(job["values"])
            return {"text": text}
        found = compiled(source).analyze().globals
        return {"variables": {name: uses[0].span.index for name, uses in found.items()}}
    except MemoryError:
        return {"stopped": "memory"}
    except LiquidError as problem:
        return {
            "error": f"{type(problem).__name__}: {problem}",
            "liquid": problem.message,
            "place": _place(problem),
            "too_large": isinstance(problem, ResourceLimitError),
        }
    except Exception as problem:  # noqa: BLE001  (whatever a template brings about is an answer)
        return {"error": f"{type(problem).__name__}: {str(problem)[:200]}"}


def _place(error: LiquidError) -> list[int]:
    context = error.context()
    return [context[0], context[1] + 1] if context else [0, 0]


@functools.lru_cache(maxsize=1024)
def compiled(source: str) -> BoundTemplate:
    """A template, parsed once for as long as many use it.

    Raises:
        liquid.exceptions.LiquidError: if it is not valid Liquid.
    """
    return _environment.from_string(source)


if __name__ == "__main__":
    main()
