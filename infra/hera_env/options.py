"""The arguments and options that several commands take, and how what was typed is read."""

from __future__ import annotations

import datetime as dt
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from infra.configuration import SECRETS_OF_CHANNEL
from infra.hera_env import aws_failures, known_settings
from infra.hera_env.errors import Stop, StoppedByHand
from infra.sizes import jobs_are_the_workers

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.configuration import Configuration

Name = Annotated[str, typer.Argument(help="staging-COUNTRY or production-COUNTRY, such as production-turkey")]
Region = Annotated[str | None, typer.Option(help="AWS region; without it, that of your profile, or where it is found")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line, for scripts")]
Set = Annotated[list[str], typer.Option("--set", help="a setting of the service, NAME=VALUE; again for more")]
Push = Annotated[str | None, typer.Option(help=f"how notifications go out: {', '.join(SECRETS_OF_CHANNEL['push'])}")]
Sms = Annotated[str | None, typer.Option(help=f"how codes go out: {', '.join(SECRETS_OF_CHANNEL['sms'])}")]
Whatsapp = Annotated[
    str | None, typer.Option(help=f"how WhatsApp goes out: {', '.join(SECRETS_OF_CHANNEL['whatsapp'])}")
]
WebPush = Annotated[
    str | None, typer.Option(help=f"how browsers are reached: {', '.join(SECRETS_OF_CHANNEL['web_push'])}")
]
Yes = Annotated[bool, typer.Option("--yes", help="answer yes to what would be asked: for scripts")]
FromSnapshot = Annotated[str | None, typer.Option(help="begin with the data of this snapshot")]
At = Annotated[
    str | None, typer.Option(help="begin with the data of this moment, such as 2026-11-27T02:15Z (without a zone: UTC)")
]
Image = Annotated[
    str | None, typer.Option(help="the new version's tag, address or signed file; without it, only settings change")
]
Email = Annotated[str | None, typer.Option(help="who is told of alarms")]

# The first word of a log stream, and what writes there.
PARTS = {
    "web": "what answers phones and the panel",
    "worker": "what delivers messages",
    "job": "the scheduled jobs, where the workers do not run them",
    "setup": "what create and deploy run: tables, first contents",
    "exec": "what hera-env exec runs",
}
_LONGEST_SPAN = dt.timedelta(days=90)  # the log keeps no line longer
_SPAN = re.compile(r"(\d+)([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def check_address(option: str, address: str | None) -> None:
    """Refuse what is no address of e-mail: AWS and the invitation would find out 20 minutes later.

    Raises:
        Stop: naming the option.
    """
    if address and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", address):
        raise Stop(f"{option} {address} is no address.", f"Write it like this: {option} ops@example.org")


def span_in(text: str) -> dt.timedelta:
    """The span of time that `--since` named, such as 30m, 2h or 1d.

    Raises:
        Stop: if it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Stop(f"--since {text} is no span of time.", "Give it as 30m, 2h or 1d.")
    try:
        span = dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
    except OverflowError:
        span = _LONGEST_SPAN + dt.timedelta(1)
    if span > _LONGEST_SPAN:
        raise Stop(
            f"--since {text} is longer than lines are kept.",
            f"All that there are: {aws_failures.again(since=f'{_LONGEST_SPAN.days}d')}",
        )
    return span


def part_in(text: str | None) -> str | None:
    """The part of the service that `--part` named, as its log streams begin; None for all.

    Raises:
        Stop: if there is no such part.
    """
    if text is None:
        return None
    if text not in PARTS:
        near = known_settings.nearest(text, tuple(PARTS))
        raise Stop(
            f"--part {text}: there is no such part.{f' {near} is the nearest.' if near else ''}",
            "Choose one of: " + "; ".join(f"{part} ({what})" for part, what in PARTS.items()) + ".",
        )
    return f"{text}/"


def nothing_written(name: str, since: str, part: str | None, configuration: Configuration | None) -> str:
    """What is said where a log has no line; of the jobs, who writes their lines."""
    said = f"Nothing was written in the last {since}{f' by {part}' if part else ''}."
    if part == "job" and (configuration is None or jobs_are_the_workers(configuration.settings)):
        return f"{said} The workers run the jobs: ./hera-env logs {name} --since {since} --part worker"
    return said


def agreed(question: str, *, yes: bool) -> None:
    """Go on if somebody says so.

    Raises:
        Stop: if nobody does.
    """
    if yes:
        return
    if not somebody_is_here():
        raise Stop(
            "Nobody is here to say yes to that, and nothing was changed.", f"In a script: {aws_failures.again()} --yes"
        )
    if asked(f"{question} [y/N]: ").lower() not in {"y", "yes"}:
        raise Stop("Nothing was changed.", f"If you mean it after all: {aws_failures.again()}")


def somebody_is_here() -> bool:
    """Whether there is a terminal to ask at; standard input may be closed."""
    return sys.stdin is not None and sys.stdin.isatty()


def asked(question: str, read: Callable[[str], str] = input) -> str:
    """What is answered on the terminal, without blanks around it.

    Raises:
        StoppedByHand, Stop: after Ctrl-C; after Ctrl-D.
    """
    try:
        return read(question).strip()
    except KeyboardInterrupt:
        _end_the_line()
        raise StoppedByHand(
            "Stopped. Nothing was changed.", f"If you mean it after all: {aws_failures.again()}"
        ) from None
    except EOFError:
        _end_the_line()
        raise Stop(
            "There was no answer, and nothing was changed.", f"If you mean it after all: {aws_failures.again()}"
        ) from None


def _end_the_line() -> None:
    """The question has no line's end."""
    sys.stdout.write("\n")
    sys.stdout.flush()
