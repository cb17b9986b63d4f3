"""Reading a pack's file: YAML of the form that `pack.schema.json` asks for, with the line of every part."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from hera.immunization import pack
from hera.immunization.pack import Json

SCHEMA = Path(__file__).parent / "pack.schema.json"
LARGEST = 2_000_000  # bytes; the largest pack of ours has a thirtieth of it

# The names of keys and of places in lists that lead to a part of a file.
Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Finding:
    """What cannot be right, and where."""

    place: Place
    says: str


class PackError(ValueError):
    """A file is no pack. `findings` say why, each in one sentence with its line."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings


@dataclass
class Document:
    """What a file holds, the line of every part of it, and what is wrong with its form."""

    data: Json = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def told(self, finding: Finding) -> str:
        """A finding as a sentence: its line, the way to it, and what is wrong."""
        known = next(
            finding.place[:end] for end in range(len(finding.place), -1, -1) if finding.place[:end] in self.lines
        )
        where = " › ".join(self._way(finding.place))
        return f"line {self.lines[known]}: {where}{': ' if where else ''}{finding.says}"

    def _way(self, place: Place) -> Iterator[str]:
        here: Any = self.data
        for step in place:
            here = _inside(here, step)
            named = here if isinstance(step, int) and isinstance(here, dict) else {}
            names = (str(named[key]) for key in ("key", "dose", "id", "what", "name") if key in named)
            yield next((name for name in names if name.strip()), str(_nth(step)))


def _inside(here: Any, step: str | int) -> Any:
    if isinstance(here, dict):
        return here.get(step)
    return here[step] if isinstance(here, list) and isinstance(step, int) and step < len(here) else None


def _nth(step: str | int) -> str | int:
    return step + 1 if isinstance(step, int) else step


def load(path: Path) -> pack.Pack:
    """The pack of a file that `pack_check` finds nothing wrong with.

    Raises:
        PackError: it has not the form of a pack. What the form does not tell, `pack_check.check` does.
    """
    document = read(path)
    if document.findings:
        raise PackError([document.told(finding) for finding in document.findings])
    return pack.of(document.data)


def read(path: Path) -> Document:
    """What a file holds, and everything that is wrong with its form."""
    try:
        text = path.read_bytes()
    except OSError as problem:
        return _none(f"The file cannot be read: {problem.strerror}.")
    return read_text(text)


def read_text(text: bytes) -> Document:
    """As `read`, of the contents of a file."""
    if len(text) > LARGEST:
        return _none(f"The file is larger than {LARGEST:,} bytes: that is no pack.")
    document = Document()
    try:
        node = yaml.compose(text.decode("utf-8-sig"), _Loader)
        document.data = _value(node, (), document)
    except UnicodeDecodeError:
        return _none("The file is not written in UTF-8.")
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        return _none(f"This is no YAML: {problem.problem}.", line)
    except (yaml.YAMLError, RecursionError, ValueError):
        return _none("This is no YAML.")
    if not isinstance(document.data, dict):
        return _none("The file holds no pack: it begins with 'pack:' and its name.")
    document.findings += [
        Finding(tuple(error.absolute_path), _sentence(error))
        for error in sorted(
            _validator().iter_errors(document.data), key=lambda error: [str(step) for step in error.path]
        )
    ]
    return document


def _none(says: str, line: int = 1) -> Document:
    return Document({}, {(): line}, [Finding((), says)])


class _Loader(yaml.SafeLoader):
    """YAML without its traps: all is text but true, false, null and plain numbers, and nothing refers to elsewhere."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem="it refers to another part by *; write it out", problem_mark=event.start_mark
            )
        return super().compose_node(parent, index)


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]{0,9})$", "-0123456789"),
    ("null", r"^(?:null|)$", ["n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _value(node: yaml.Node | None, place: Place, document: Document) -> Any:
    """The value of a node. A key that is there twice is a finding: YAML itself would keep the last and say nothing."""
    if node is None:
        return None
    document.lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, (*place, number), document) for number, one in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _SCALARS.get(node.tag, str)(node.value)
    found: Json = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in found:
            document.findings.append(Finding((*place, key), f"'{key}' is there twice."))
        document.lines[*place, key] = key_node.start_mark.line + 1
        found[key] = _value(value_node, (*place, key), document)
    return found


_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:null": lambda _: None,
}


@functools.cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=FormatChecker(["date"]))


def schema() -> Mapping[str, Any]:
    """The form of a pack, as JSON Schema."""
    found: Json = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


_LANGUAGES = {"en": "English", "tr": "Turkish", "ar": "Arabic", "ps": "Pashto", "prs": "Dari"}


def _sentence(error: ValidationError) -> str:
    """What a part has not of the form, in words."""
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema_there: Mapping[str, Any] = error.schema if isinstance(error.schema, dict) else {}
    match error.validator:
        case "required":
            name = next(name for name in wanted if f"'{name}'" in error.message)
            says = f"{_LANGUAGES[name]} ('{name}') is missing." if name in _LANGUAGES else f"'{name}' is missing."
        case "additionalProperties":
            unknown = ", ".join(f"'{name}'" for name in value if name not in schema_there.get("properties", {}))
            says = f"No field of a pack is called {unknown} here."
        case "minItems" | "minProperties" | "minLength":
            says = "It is empty."
        case "pattern" if wanted == r"\S":
            says = "It is empty."
        case "enum":
            says = f"'{value}' is none of {', '.join(map(str, wanted))}."
        case "anyOf" | "pattern" | "format" if "title" in schema_there:
            says = f"'{_short(value)}' is not {schema_there['title']}."
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else wanted
            says = f"It is not {' or '.join(_KINDS[kind] for kind in kinds)}: {_short(value)}."
        case _:
            says = f"It is not as it should be: {error.message[:200]}."
    return says


_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
    "null": "nothing",
}


def _short(value: Any) -> str:
    return str(value)[:60]
