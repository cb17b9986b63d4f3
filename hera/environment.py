"""What a setting is: a variable of the environment, the kind of its value, and what it is for.

A table of settings is a frozen dataclass whose fields come from `setting`: `read` fills it, and docs/settings.md is
made from it. Nothing here imports Django, so a wrong setting is one sentence on standard error and not a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _typeshed import DataclassInstance

    Table = TypeVar("Table", bound=DataclassInstance)

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class ConfigError(Exception):
    """A setting is missing or malformed; the text names it and says what it wants."""


class Environment:
    """Environment variables without blanks around them, and which environment they are of."""

    def __init__(self, variables: Mapping[str, str], *, is_local: bool | None = None) -> None:
        """Take `variables`; unless `is_local` says it, HERA_ENVIRONMENT does."""
        self._variables = variables
        self.is_local = self.text("HERA_ENVIRONMENT") in {"", "local"} if is_local is None else is_local

    @property
    def is_production(self) -> bool:
        return self.text("HERA_ENVIRONMENT").startswith("production-")

    def treated_as(self, *, is_local: bool) -> Environment:
        """The same variables, with the defaults of a local server or those of a public one."""
        return Environment(self._variables, is_local=is_local)

    def text(self, name: str, default: str = "") -> str:
        return self._variables.get(name, default).strip()

    def is_set(self, name: str) -> bool:
        return name in self._variables

    def required(self, name: str, wants: str) -> str:
        value = self.text(name)
        if not value:
            raise ConfigError(f"{name} is not set: it wants {wants}.")
        return value

    def items(self, name: str) -> list[str]:
        """A comma list, without blanks."""
        return [item.strip() for item in self.text(name).split(",") if item.strip()]


class Kind(Protocol[T_co]):
    """A kind of value: how to read it, and what is taken where nothing is said."""

    def read(self, env: Environment, name: str) -> T_co:
        """The value of `name`.

        Raises:
            ConfigError: with one sentence that names the variable and says what it wants.
        """

    @property
    def default_text(self) -> str:
        """The default as docs/settings.md says it."""


@dataclass(frozen=True)
class Variable:
    """What docs/settings.md says of a variable."""

    name: str
    meaning: str
    default: str


@dataclass(frozen=True)
class Setting(Variable):
    """A variable that fills a field of a table."""

    kind: Kind[object]
    heading: str  # a new part of the page begins here; blank inside a part
    beside: tuple[Variable, ...]  # what belongs to this setting, and is read by its kind or outside of the table


def setting(
    name: str, kind: Kind[T], meaning: str, *, default: str = "", heading: str = "", beside: tuple[Variable, ...] = ()
) -> T:
    """A field of a table of settings. `default` is for the page, where the kind's own words do not say enough."""
    row = Setting(name, meaning, default or kind.default_text, kind, heading, beside)
    made: T = field(metadata={"setting": row})
    return made


def settings_of(table: type[DataclassInstance]) -> Iterator[tuple[str, Setting]]:
    """Each field's name with its setting, in the table's order."""
    for each in fields(table):
        yield each.name, each.metadata["setting"]


def read(table: type[Table], env: Environment) -> Table:
    """Fill a table, from its first setting to its last.

    Raises:
        ConfigError: with one sentence that names the first setting that is wrong.
    """
    return table(**{name: row.kind.read(env, row.name) for name, row in settings_of(table)})
