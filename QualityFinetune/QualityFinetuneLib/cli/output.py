"""Where a command's words go: a person reads text, a script reads one JSON document on stdout."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..common.errors import UserError

_current: ContextVar[Output | None] = ContextVar("output", default=None)


class Output:
    """Text for people on stdout, or with `json_only` on stderr, where it does not disturb the JSON.

    Args:
        json_only: the user asked for `--json`.
    """

    def __init__(self, *, json_only: bool = False) -> None:
        self.json_only = json_only
        self.errors = Console(stderr=True, highlight=False)
        self.text = self.errors if json_only else Console(highlight=False)
        _current.set(self)

    def say(self, text: str) -> None:
        """One line or paragraph; markup is not interpreted, so names of cases are shown as they are."""
        self.text.print(escape(text), soft_wrap=True)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; None is shown as a dash."""
        table = Table(title=escape(title), title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_shown(cell) for cell in row))
        self.text.print(table)

    def warn(self, what: str, why: str, next: str) -> None:
        """Something to know about though the command goes on."""
        self.errors.print(f"[yellow]Note[/]  {escape(what)} {escape(why)} {escape(next)}", soft_wrap=True)

    def fail(self, error: UserError) -> None:
        """What, why, what next; as JSON too where that was asked for."""
        if self.json_only:
            self.document({"error": error.as_dict()})
        self.errors.print(f"[bold red]Error[/]  {escape(error.what)}", soft_wrap=True)
        self.errors.print(f"[bold]Why[/]    {escape(error.why)}", soft_wrap=True)
        self.errors.print(f"[bold]Next[/]   {escape(error.next)}", soft_wrap=True)

    def document(self, content: Mapping[str, Any]) -> None:
        """The one JSON document, when it was asked for; nothing otherwise."""
        if self.json_only:
            print(json.dumps(to_jsonable_python(content, inf_nan_mode="null"), indent=2))


def current_output() -> Output:
    """The output of the command that runs now."""
    return _current.get() or Output()


def forget_output() -> None:
    """Before a new command: an earlier one's wish for JSON does not bind it."""
    _current.set(None)


def _shown(cell: object) -> str:
    if cell is None:
        return "–"
    return escape(f"{cell:.3f}" if isinstance(cell, float) else str(cell))
