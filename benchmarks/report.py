"""Tables as Markdown, so that they can be pasted into docs/performance.md."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""

    def add(self, *values: object) -> None:
        self.rows.append([_text(value) for value in values])

    def __str__(self) -> str:
        lines = [f"### {self.title}", ""]
        lines += [_line(self.columns), _line(["---"] * len(self.columns)), *map(_line, self.rows)]
        return "\n".join([*lines, "", self.note]).rstrip() + "\n"


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}" if value < 10 else f"{value:.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
