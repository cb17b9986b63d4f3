"""The commands of a page, read from its own text: those in its blocks, in its tables, and between its words."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import botocore.session
import typer.main
from botocore import xform_name

from infra.hera_env.cli import app

if TYPE_CHECKING:
    from pathlib import Path

MARK = re.compile(r"<!-- not run by a test: (?P<why>\S.*) -->")
_PROGRAM = r"(?:[A-Z_]+=\S+ )*(?:\./hera-env|aws|copilot|copilot/\w+|docker|npm|make|minisign|sudo|gpg)"
_INLINE = re.compile(rf"`({_PROGRAM} [^`]+)`")
_FENCE = re.compile(r"^```(?P<kind>\w*)$")

# Sub-commands and options in Copilot's documentation of v1.33.2 (aws.github.io/copilot-cli/docs/commands).
COPILOT = {
    "app ls": "",
    "env ls": "app json",
    "env init": "name region profile app default-config",
    "env deploy": "name app force detach no-rollback diff diff-yes",
    "env delete": "name app yes",
    "secret init": "name app values overwrite cli-input-yaml",
    "svc init": "name app svc-type dockerfile image port",
    "svc deploy": "name app env tag force detach no-rollback resource-tags diff diff-yes",
    "svc exec": "name app env command container task-id yes",
    "svc logs": "name app env since follow limit start-time end-time tasks previous container log-group json",
    "svc ls": "app json local",
    "svc package": "name app env tag output-dir upload-assets diff",
    "svc show": "name app resources manifest json",
    "svc status": "name app env json",
    "job delete": "name app env yes",
    "job deploy": "name app env tag detach no-rollback resource-tags diff",
    "job ls": "app json local",
    "job package": "name app env tag output-dir upload-assets diff",
    "task run": "app env task-group-name image command execution-role task-role secrets env-vars follow count",
}
_COPILOT_SHORT = {"-n": "name", "-e": "env", "-a": "app", "-c": "command"}
# What the aws command has besides AWS's interfaces.
_AWS_OWN = {
    ("configure", "sso"),
    ("sso", "login"),
    ("configure", "list-profiles"),
    ("ecr", "get-login-password"),
    ("s3", "ls"),
}
_AWS_GLOBAL = {"region", "profile", "query", "output"}


@dataclass(frozen=True)
class Command:
    """A command of a page; `why` says why no test runs it."""

    text: str
    line: int
    inline: bool
    why: str | None

    @property
    def words(self) -> list[str]:
        """As a shell reads it."""
        return shlex.split(self.text, comments=not self.inline)


def commands(page: Path) -> list[Command]:
    """All commands of the page, in its order. A mark is about the block or the table below it."""
    found: list[Command] = []
    why, fence, begun, in_table = None, None, "", False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if opened := _FENCE.match(line):
            fence = (opened["kind"] or "text") if fence is None else None
            why = why if fence else None
        elif fence == "sh":
            begun += line.removesuffix("\\")
            if not line.endswith("\\"):
                if begun.strip() and not begun.startswith("#"):
                    found.append(Command(begun.strip(), number, inline=False, why=why))
                begun = ""
        elif fence is None:
            if mark := MARK.fullmatch(line):
                why = mark["why"]
                continue
            if in_table and not line.startswith("|"):
                why = None
            in_table = line.startswith("|")
            found += [Command(text, number, inline=True, why=why) for text in _INLINE.findall(line)]
    return found


def unknown(words: list[str]) -> str | None:
    """What is wrong with a command that is not run, as far as its program's own documentation tells."""
    while re.match(r"[A-Z_]+=", words[0]):
        words = words[1:]
    program, *rest = words
    check = {"./hera-env": _hera_env, "aws": _aws, "copilot": _copilot}.get(program)
    return check(rest) if check else None


def _options(words: list[str]) -> list[str]:
    kept = words[: words.index("--")] if "--" in words else words
    return [word.split("=")[0] for word in kept if word.startswith("-")]


def _hera_env(words: list[str]) -> str | None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    if words[0] not in known:
        return f"hera-env has no {words[0]}"
    allowed = {option for parameter in known[words[0]].params for option in parameter.opts} | {"--help"}
    return ", ".join(option for option in _options(words) if option not in allowed) or None


def _copilot(words: list[str]) -> str | None:
    known = COPILOT.get(" ".join(words[:2]))
    if known is None:
        return f"copilot has no {' '.join(words[:2])}"
    named = [_COPILOT_SHORT.get(option, option.removeprefix("--")) for option in _options(words)]
    return ", ".join(option for option in named if option not in known.split()) or None


def _aws(words: list[str]) -> str | None:
    service, operation = words[0].replace("s3api", "s3"), words[1]
    if (words[0], operation) in _AWS_OWN:
        return None
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return f"AWS has no {service}"
    model = session.get_service_model(service)
    shapes = {xform_name(name, "-"): model.operation_model(name).input_shape for name in model.operation_names}
    if operation not in shapes:
        return f"{service} has no {operation}"
    shape = shapes[operation]
    allowed = {xform_name(name, "-") for name in shape.members} if shape else set()
    named = [option.removeprefix("--") for option in _options(words)]
    wrong = [name for name in named if name not in allowed | _AWS_GLOBAL and name.removeprefix("no-") not in allowed]
    return ", ".join(wrong) or None
