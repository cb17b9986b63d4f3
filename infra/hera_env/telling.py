"""What every command tells the operator with; what stops it is told as well, and becomes the exit code."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import typer

from infra.configuration import NameRefused
from infra.hera_env import aws_failures
from infra.hera_env import cloud as clouds
from infra.hera_env.aws_failures import Where
from infra.hera_env.errors import Stop
from infra.hera_env.output import Reporter, choose_reporter

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERRUPTED = 130


@contextlib.contextmanager
def telling(as_json: bool, region: str | None, name: str | None) -> Iterator[Reporter]:
    """The reporter of a command on the environment `name`.

    Raises:
        typer.Exit: with 1 where it was stopped, with 130 by Ctrl-C.
    """
    reporter = choose_reporter(as_json=as_json)
    try:
        with aws_failures.told(Where(name or "", region or clouds.default_region())):
            yield reporter
    except NameRefused as refused:
        reporter.stopped(Stop(str(refused), "This lists those that are: ./hera-env status"))
        raise typer.Exit(1) from None
    except Stop as stop:
        reporter.stopped(stop)
        raise typer.Exit(stop.exit_code) from None
    except KeyboardInterrupt:
        reporter.note(f"Stopped here. What AWS has begun it ends by itself. To go on: {aws_failures.again()}")
        raise typer.Exit(INTERRUPTED) from None
