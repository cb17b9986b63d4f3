"""Reading a pack's file: YAML of the form that `pack.schema.json` asks for, with the line of every part."""

from __future__ import annotations

import functools
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from hera.immunization import pack
from hera.immunization.pack import Json

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

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
    """What a file holds, the line of every part of it, and what is wrong with its form; `text` is the file itself."""

    data: Json = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    text: bytes = b""

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
    document = Document(text=text)
    try:
        document.data = _value(_composed(text), (), document)
    except NoPackError as problem:
        return _none(problem.says, problem.line)
    if not isinstance(document.data, dict):
        return _none("The file holds no pack: it begins with 'pack:' and its name.")
    document.findings += [
        Finding(tuple(error.absolute_path), _sentence(error))
        for whole in sorted(
            _validator().iter_errors(document.data), key=lambda error: [str(step) for step in error.path]
        )
        for error in _of_branch(whole)
    ]
    return document


class NoPackError(ValueError):
    """A file cannot be read as a pack: why, in a sentence, and in which line."""

    def __init__(self, says: str, line: int = 1) -> None:
        super().__init__(says)
        self.says, self.line = says, line


def _composed(text: bytes) -> yaml.Node | None:
    """The YAML of a file.

    Raises:
        NoPackError: it is none, or of a kind that a pack has no use for.
    """
    if len(text) > LARGEST:
        raise NoPackError(f"The file is larger than {LARGEST:,} bytes: that is no pack.")
    try:
        written = text.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise NoPackError("The file is not written in UTF-8.") from problem
    _refuse_traps(written)
    if turned := _TURNED.search(written):  # in a remark too: who reviews the file would read something else
        at = written.count("\n", 0, turned.start()) + 1
        raise NoPackError(f"A character that cannot be in a text: {_called(turned[0])}.", at)
    try:
        return yaml.compose(written, _Loader)
    except yaml.MarkedYAMLError as problem:
        raise NoPackError(f"This is no YAML: {problem.problem}. {_LOOK}", _line_of(problem)) from problem
    except yaml.reader.ReaderError as problem:
        line = written.count("\n", 0, problem.position) + 1
        says = f"A character that cannot be in a text: {_called(chr(problem.character))}."
        raise NoPackError(says, line) from problem
    except NoPackError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise NoPackError(f"This is no YAML. {_LOOK}") from problem


_LOOK = "Look at indentation, tabs and quotes in this line or the one above."

# What turns the direction of what follows it.
_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What word processors write for quotation marks and spaces: YAML takes it for a part of the text.
_TRAPS = re.compile("[\u201c\u201d\u201e\u201f\u2018\u201a\u201b\u00a0\u202f\u2007]|(?<!\\w)\u2019|\u2019(?!\\w)")


def _refuse_traps(written: str) -> None:
    """Refuse curly quotes and no-break spaces, which look right and are not; an apostrophe in a word is none."""
    lines = [(number, found[0]) for number, line in enumerate(written.split("\n"), 1) if (found := _TRAPS.search(line))]
    if not lines:
        return
    (line, character), *others = lines
    wanted = "a plain space" if unicodedata.category(character) == "Zs" else "a straight quotation mark"
    also = f" The same kind is in line{'s' * (len(others) > 1)} {', '.join(str(one) for one, _ in others[:20])}."
    raise NoPackError(f"There is a {_called(character)}: write {wanted}.{also if others else ''}", line)


def _called(character: str) -> str:
    return f"{unicodedata.name(character, 'control character').lower()} (U+{ord(character):04X})"


def _refuse_hidden(value: str, line: int) -> None:
    """Refuse what is in a text and is not seen: it cannot be kept, or shows another text than the one that is there.

    Also where it is written as an escape, such as "\\0". Joiners and marks of direction that Persian, Pashto and
    Arabic names need stay; a control of direction can turn a number round.
    """
    found = next((one for one in value if unicodedata.category(one) in _HIDDEN and one not in _JOINERS), None)
    if found == "\n":
        raise NoPackError("There is a line break in a text: write it in one line, or begin it with >-", line)
    if found is not None:
        raise NoPackError(f"A character that cannot be in a text: {_called(found)}.", line)


_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_JOINERS = "\u200c\u200d\u200e\u200f\u061c"


def _line_at(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _line_of(problem: yaml.MarkedYAMLError) -> int:
    """Where it begins that is not closed or not ended; else where it was noticed."""
    context = problem.context or ""
    is_open = context.startswith("while scanning") or "flow" in context
    mark = (problem.context_mark if is_open else None) or problem.problem_mark
    return mark.line + 1 if mark else 1


def _of_branch(error: ValidationError) -> Iterator[ValidationError]:
    """Where a part may have one of several forms, what it lacks of the one that it seems to be meant as."""
    kind = next((name for name, held in (("array", list), ("object", dict)) if isinstance(error.instance, held)), None)
    forms = error.validator_value if error.validator == "anyOf" and isinstance(error.validator_value, list) else []
    meant = [number for number, form in enumerate(forms) if kind is not None and form.get("type") == kind]
    inner = [one for one in error.context or () if one.schema_path[0] in meant]
    yield from inner or [error]


def _none(says: str, line: int = 1) -> Document:
    return Document({}, {(): line}, [Finding((), says)])


class _Loader(yaml.SafeLoader):
    """YAML without its traps: all is text but true, false, null and plain numbers, and nothing refers to elsewhere."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        problem = ""
        if isinstance(event, yaml.AliasEvent):
            problem = f"'*{event.anchor}' refers to another part: write that out."
        elif getattr(event, "anchor", None) is not None:
            problem = f"'&{event.anchor}' is a name to refer to: leave it out, and write out what refers to it."
        elif getattr(event, "tag", None) is not None:
            problem = f"'{event.tag}' says what kind of value this is: leave it out, or write the value in quotes."
        if problem:
            raise NoPackError(problem, event.start_mark.line + 1)
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
    document.lines.setdefault(place, _line_at(node))
    if isinstance(node, yaml.SequenceNode):
        return [_value(one, (*place, number), document) for number, one in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        _refuse_hidden(str(node.value), _line_at(node))
        return _SCALARS.get(node.tag, str)(node.value)
    found: Json = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise NoPackError("A part is called by a list or a group of fields: write a name.", _line_at(key_node))
        key = str(key_node.value)
        _refuse_hidden(key, _line_at(key_node))
        if key in found:
            document.findings.append(Finding((*place, key), f"'{key}' is there twice."))
        document.lines[*place, key] = _line_at(key_node)
        found[key] = _value(value_node, (*place, key), document)
    return found


_SCALARS: dict[str, Callable[[str], Any]] = {
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:null": lambda _: None,
}


@functools.cache
def _validator() -> Draft202012Validator:
    # Not before a file is read: it takes up to a second, which every job of every minute would wait.
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415

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
        case "oneOf":
            says = f"It has either {' or '.join(one['required'][0] for one in wanted)}."
        case "anyOf" | "pattern" | "format" | "maximum" if "title" in schema_there:
            says = f"'{_short(value)}' is not {schema_there['title']}."
        case "type":
            says = _not_of_kind(value, wanted)
        case _:
            more_or_less = {"minimum": "less", "maximum": "more"}.get(str(error.validator))
            told = f"It is not as it should be: {error.message[:200]}."
            says = f"{_short(value)} is {more_or_less} than {wanted}." if more_or_less else told
    return says


def _not_of_kind(value: Any, wanted: str | list[str]) -> str:
    if wanted == "boolean" and isinstance(value, str) and value.casefold() in {"true", "false"}:
        return f"Write true or false in lower case: {value}."
    if wanted == "array" and isinstance(value, str) and value:
        return f"It is not a list: write [{_short(value)}]."
    kinds = [wanted] if isinstance(wanted, str) else wanted
    return f"It is not {' or '.join(_KINDS[kind] for kind in kinds)}: {_short(value)}."


_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a group of fields",
    "null": "nothing",
}


def _short(value: Any) -> str:
    """A value as it stands in a file, or its kind where that is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (dict, list)) and value:
        return _KINDS["object" if isinstance(value, dict) else "array"]
    return "nothing" if value is None else str(value)[:60]
