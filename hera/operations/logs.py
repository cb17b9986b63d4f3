"""Log records as JSON lines that name nobody."""

from __future__ import annotations

import re
import time
import traceback
from typing import TYPE_CHECKING, Any

from pythonjsonlogger.json import JsonFormatter

if TYPE_CHECKING:
    from types import TracebackType

# What PostgreSQL repeats of a row, or of what it was asked. A name may hold brackets and line breaks, so that nothing
# but the end of the text, or the frames of an error, ends it for certain.
_TO_THE_END = r'(?:(?!\n  File ").)*'
_VALUES = re.compile(
    r"(?P<what>Failing row contains |Key \([^\n]*?\)=|invalid input (?:syntax|value) for [\w ]+: |CONTEXT: "
    r"|[Pp](?:ARAMETERS|arameters): "
    rf"|LINE \d+: ){_TO_THE_END}",
    re.DOTALL,
)
_QUERY = re.compile(r"(?<=[\w/])\?[\w.\-\[\]%]+=[^\s'\"<>]*")

# Digits of any script. What is no telephone number, though it has as many of them, comes first and stays.
_KEPT = (
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"  # UUID
    r"|\b(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:[0-2][0-9]|3[01])(?![\d\-])"  # day, and moment
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
    r"|\b\d{8}T\d{6}Z"
    r"|\b(?:bytes|created|deleted|seconds|sha256)=[0-9a-f.]+"
    r"|\b(?:ms|pid|id)=[0-9.]{1,9}(?![\w.])"
)
_ONE_BETWEEN = r"(?:[ \u00a0\u202f\u200b.,_\-/]|%20)"
_BETWEEN = r"(?:[ \u00a0\u202f\u200b().,_\-/]|%20){0,3}"
_PLUS = r"(?:\+|\uff0b|%(?:25)*2[Bb]|\\u002[Bb])"
_GROUP = r"\(?\d{2,7}\)?"
_NUMBER = re.compile(
    rf"(?P<kept>{_KEPT})"
    rf"|(?:{_PLUS}|(?<!\w)00){_BETWEEN}\d(?:{_BETWEEN}\d){{6,14}}"
    r"|(?<![\d.])\d{10,17}(?![^\W_]|\.\d)"
    rf"|(?<![\d.]){_GROUP}(?:{_ONE_BETWEEN}{_GROUP}){{1,7}}(?![^\W_]|\.\d)"
)
# What a link is followed by that does something for whoever has it.
_KEYS = re.compile(r"(?P<what>\bmy_number/|/l/|\blinks/|\bset_up/[\w\-]+/)[\w~\-]+")
_FEWEST_SPACED = 9  # digits of a number that stands in groups without its +


def without_people(text: str) -> str:
    """The text without phone numbers, query strings and the values of database rows."""
    text = _QUERY.sub("?...", _KEYS.sub(r"\g<what>...", _VALUES.sub(r"\g<what>(...)", text)))
    return _NUMBER.sub(_masked, text)


def cleaned(value: Any) -> Any:
    """What can be written as JSON, each text in it without people; keys too, since a number may be one."""
    if isinstance(value, str):
        return without_people(value)
    if isinstance(value, dict):
        return {cleaned(key): cleaned(content) for key, content in value.items()}
    if isinstance(value, (list, tuple)):
        return [cleaned(content) for content in value]
    return value


def _masked(found: re.Match[str]) -> str:
    whole = found[0]
    if found["kept"] or sum(letter.isdecimal() for letter in whole.replace("%20", " ")) < _fewest(whole):
        return whole
    return f"{whole[: len(whole) - len(whole.lstrip())]}+..."


def _fewest(whole: str) -> int:
    return 7 if whole.startswith(("+", "\uff0b", "%2", "\\u", "00")) else _FEWEST_SPACED


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
        return {name: value if name == "time" else cleaned(value) for name, value in log_data.items()}

    def formatException(  # type: ignore[override]  # noqa: N802  (logging's name)
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None]
    ) -> str:
        kind, error, frames = ei
        # Its words first and alone: what they quote might look like a frame.
        words = without_people(str(error).replace('\n  File "', "\n"))
        return f"{kind.__name__}: {words}\n{''.join(traceback.format_tb(frames))}"
