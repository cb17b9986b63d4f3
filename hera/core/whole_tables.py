"""Tables that are read as a whole and brought all or not at all: columns under any of their names, a sentence a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.utils import translation
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.resources import ModelResource

from hera.core import digits, languages
from hera.core.folding import folded

# As tables have them in each of the five languages.
_YES = frozenset(map(folded, ("1", "true", "yes", "x", "evet", "نعم", "هو", "بلی", "بله")))
_NO = frozenset(map(folded, ("", "0", "false", "no", "hayır", "لا", "نه", "نخیر")))
Row = dict[str, str]  # by column; what a short row lacks is not in it


class Unreadable(ValueError):  # noqa: N818  (named as the fact)
    """A table that cannot be brought; its arguments are sentences for whoever brought it.

    Where lines of it are refused, `counts` says how many others are new, and how many are there already.
    """

    def __init__(self, *told: str, counts: Mapping[str, int] | None = None) -> None:
        super().__init__(*told)
        self.counts = counts


class RowRefused(Exception):  # noqa: N818  (named as the fact)
    """A row that cannot be brought; the message is for whoever brought the table."""


class Line(Protocol):
    """A row as it was understood; `refusal` is empty, or says why it cannot be brought."""

    @property
    def refusal(self) -> str: ...


LineT = TypeVar("LineT", bound=Line)


@dataclass(frozen=True)
class Columns:
    """The columns that a kind of table may have.

    Args:
        names: as the code has them.
        shown: what they are called in the language that is active, each with its name of the code.
        lacking: a sentence with `%(known)s` if these columns do not do, else nothing.
    """

    names: Sequence[str]
    shown: Callable[[], Mapping[str, str]]
    lacking: Callable[[set[str]], str]

    def headings(self) -> dict[str, str]:
        """What they may be called, in any of the five languages, and as the code has them; folded."""
        found = {name: name for name in self.names}
        for code in languages.CODES:
            with translation.override(code):
                found |= {plain(text): name for text, name in self.shown().items()}
        return found

    def known(self) -> str:
        """What the columns are called in the language that is active."""
        called = {name: text for text, name in reversed(list(self.shown().items()))}
        return ", ".join(called.get(name, name) for name in self.names)

    def of(self, head: Sequence[str]) -> list[str]:
        """The columns under these headings.

        Raises:
            Unreadable: if one is not known or comes twice, or one that it wants is missing.
        """
        names = self.headings()
        columns = [names.get(plain(cell), "") for cell in head]
        known = {"known": self.known()}
        if unknown := [cell or "–" for cell, name in zip(head, columns, strict=True) if not name]:
            told = _("These columns are not known: %(unknown)s. Known are: %(known)s.")
            raise Unreadable(told % {**known, "unknown": ", ".join(unknown)})
        if len(set(columns)) < len(columns):
            raise Unreadable(_("A column comes twice."))
        if lacking := self.lacking(set(columns)):
            raise Unreadable(lacking % known)
        return columns


def understood(
    table: Sequence[Sequence[str]],
    lines: Sequence[int],
    columns: Columns,
    read: Callable[[list[Row]], list[LineT]],
    counts: Callable[[list[LineT]], Mapping[str, int]],
) -> tuple[list[list[str]], list[LineT]]:
    """A table with the columns' names of the code, all of whose rows can be brought; and what they were read as.

    Args:
        table: its first row is the head.
        lines: the number of each row's line in the file; none: they are the first ones.
        read: what rows are, in their order.
        counts: how many of the rows that are not refused are new, and how many are there already.

    Raises:
        Unreadable: if its columns are not right, or a row cannot be brought; with a sentence for each.
    """
    head, *rows = table or [[]]
    names = columns.of(head)
    numbers = lines[1:] or range(2, len(rows) + 2)
    if long := [number for number, row in zip(numbers, rows, strict=True) if len(row) > len(names)]:
        raise Unreadable(_("Line %(number)d has more cells than the first one has names.") % {"number": long[0]})
    found = read([dict(zip(names, row, strict=False)) for row in rows])
    if refused := [
        _("Line %(number)d: %(refusal)s") % {"number": number, "refusal": line.refusal}
        for number, line in zip(numbers, found, strict=True)
        if line.refusal
    ]:
        raise Unreadable(*refused, counts=counts([line for line in found if not line.refusal]))
    return [names, *map(list, rows)], found


def each_of(readers: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """What a row says, by what it is of.

    Raises:
        RowRefused: with all that is wrong with it, so that it is mended once.
    """
    read: dict[str, Any] = {}
    wrong = []
    for what, reader in readers.items():
        try:
            read[what] = reader()
        except RowRefused as why:
            wrong.append(str(why))
    if wrong:
        raise RowRefused(" ".join(wrong))
    return read


def rows_of(dataset: Any) -> list[Row]:
    """The rows of a table that was looked at, and is brought now."""
    return [dict(zip(dataset.headers or (), map(str, row), strict=False)) for row in dataset]


def is_yes(row: Row, column: str, called: str = "") -> bool:
    """Whether a cell says yes; an empty one says no.

    Args:
        called: what the column is called in the language that is active.

    Raises:
        RowRefused: if it says neither.
    """
    written = plain(digits.plain(row.get(column, "")))
    if written not in _YES | _NO:
        raise RowRefused(_("Write 1 or 0 for %(column)s.") % {"column": called or column})
    return written in _YES


def plain(name: str) -> str:
    """A name as it is compared: `bcg ` is `BCG`."""
    return folded(name)


class Shown(Field):  # type: ignore[misc]
    """A column of the preview."""

    def __init__(self, column_name: str, shown: Callable[[Any], Any]) -> None:
        super().__init__(column_name=column_name)
        self.shown = shown

    def export(self, instance: Any, **_kwargs: Any) -> str:
        return str(self.shown(instance))


class WholeTableResource(ModelResource):  # type: ignore[misc]
    """Part of a resource whose rows were all read in `before_import`, and are all kept in `after_import`.

    Its Meta extends this one's.
    """

    columns: Columns

    class Meta:
        import_id_fields = ()
        use_transactions = True
        report_skipped = True
        use_bulk = True  # no savepoint for each row

    def get_user_visible_fields(self) -> list[Field]:
        """The columns that a table may have."""
        return [Field(column_name=name) for name in self.columns.names]

    def import_instance(self, instance: Any, row: Any, **_kwargs: Any) -> None:
        """All of it was read with the table."""

    def validate_instance(self, *_args: Any, **_kwargs: Any) -> None:
        """It was, with the table."""

    def save_instance(self, *_args: Any, **_kwargs: Any) -> None:
        """All are kept at once, after the last row."""

    def save_m2m(self, *_args: Any, **_kwargs: Any) -> None:
        """There is none."""
