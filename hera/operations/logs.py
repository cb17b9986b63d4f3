"""Log records as JSON lines that name nobody."""

from __future__ import annotations

import re
import time
import traceback
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from types import TracebackType

# A number in E.164, and the values that PostgreSQL repeats of a row that it refuses.
_NUMBER = re.compile(r"\+\d{7,15}")
_ROW = re.compile(r"(Key \([^)]*\)=|Failing row contains )\(.*?\)(?=[ .\n]|$)")


def without_people(text: str) -> str:
    """The text without phone numbers and without the values of database rows."""
    return _ROW.sub(r"\1(...)", _NUMBER.sub("+...", text))


class PrivateJsonFormatter(JsonFormatter):
    """One JSON object a line: time, level, logger, message, what the caller gave as `extra`, and an error's frames.

    An error's own words may quote what a person typed: they are kept with numbers and rows taken out.
    """

    def __init__(self) -> None:
        super().__init__(
            "{asctime}{levelname}{name}{message}",
            style="{",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger", "exc_info": "error"},
        )
        self.default_time_format = "%Y-%m-%dT%H:%M:%S"
        self.default_msec_format = "%s.%03dZ"
        self.converter = time.gmtime

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        log_data.pop("request", None)  # Django's own extra: an address with what somebody asked for
        return {name: without_people(value) if isinstance(value, str) else value for name, value in log_data.items()}

    def formatException(  # type: ignore[override]  # noqa: N802  (logging's name)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None]
    ) -> str:
        kind, error, frames = ei
        return f"{kind.__name__}: {error}\n{''.join(traceback.format_tb(frames))}"
