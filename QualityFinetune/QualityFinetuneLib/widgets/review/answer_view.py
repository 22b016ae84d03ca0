"""The rows of one task's answer, made from its YAML."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ...cases.tasks import Task
from ..i18n import tr as _
from ..keys import KeyBinding
from .answer_rows import ChoiceRow, LabelRow, NumberRow

Numbers = tuple[float | None, ...]
NUMBER_KEYS = ("N", "M", "K", "J")
"""Into the first field, the second ...; digits are typed there, and Slicer's views take other letters."""


class AnswerView:
    """Fills `layout` with the rows of a task.

    Args:
        entered: called with every number of the answer when one of them changed.
        done: called when Enter is pressed in a field.
    """

    def __init__(self, layout: Any, *, entered: Callable[[Numbers], None], done: Callable[[], None]) -> None:
        self.rows: list[ChoiceRow | LabelRow | NumberRow] = []
        self._layout = layout
        self._entered = entered
        self._done = done
        self._task: Task | None = None
        self._numbers: Numbers = ()
        self._of: object = None

    @property
    def problem(self) -> str:
        """Why what is typed is no answer; empty where it is."""
        return next((row.problem for row in self.rows if isinstance(row, NumberRow) and row.problem), "")

    def show(self, task: Task, numbers: Numbers, *, of: object) -> None:
        """Show an answer; `of` tells one case and reader from another. The same task again keeps its rows."""
        if task != self._task:
            self._make(task)
        if of != self._of:
            self._of = of
            for row in self.rows:
                if isinstance(row, NumberRow):
                    row.forget()
        self._numbers = numbers
        for index, row in enumerate(self.rows):
            row.show(numbers[0] if isinstance(row, ChoiceRow) else numbers[index])

    def bindings(self) -> list[KeyBinding]:
        """A key for each row that has one."""
        return [KeyBinding(key=row.key, text=_words(row), action=row.press) for row in self.rows if row.key]

    def focus(self) -> None:
        """Where numbers are asked for, type into the first field at once."""
        if self.rows and isinstance(self.rows[0], NumberRow):
            self.rows[0].press()

    def _make(self, task: Task) -> None:
        for row in self.rows:
            self._layout.removeWidget(row.widget)
            row.widget.setParent(None)
            row.widget.deleteLater()
        self._task = task
        self.rows = rows_of(task, self._set, self._done)
        for row in self.rows:
            self._layout.addWidget(row.widget)

    def _set(self, index: int, number: float | None) -> None:
        self._numbers = (*self._numbers[:index], number, *self._numbers[index + 1 :])
        self._entered(self._numbers)


def rows_of(
    task: Task, set_number: Callable[[int, float | None], None], done: Callable[[], None]
) -> list[ChoiceRow | LabelRow | NumberRow]:
    """A row for each choice, label or number of the task; `set_number` is told its place and value."""
    if task.answer == "values":
        keys = [*NUMBER_KEYS, *[""] * len(task.values)]
        return [
            NumberRow(value, key, partial(set_number, index), done)
            for index, (value, key) in enumerate(zip(task.values, keys, strict=False))
        ]
    if task.answer == "labels":
        return [
            LabelRow(choice, key, partial(set_number, index))
            for index, (choice, key) in enumerate(zip(task.choices, _counted(len(task.choices)), strict=True))
        ]
    return [
        ChoiceRow(choice, key, partial(set_number, 0))
        for choice, key in zip(task.choices, choice_keys(task), strict=True)
    ]


def choice_keys(task: Task) -> list[str]:
    """The digit that a reader would press: the value itself where every value has one digit, else the place."""
    values = [choice.value for choice in task.choices]
    if all(0 <= value <= 9 for value in values):
        return [str(value) for value in values]
    return _counted(len(values))


def _counted(count: int) -> list[str]:
    return [str(place) if place <= 9 else "" for place in range(1, count + 1)]


def _words(row: ChoiceRow | LabelRow | NumberRow) -> str:
    if isinstance(row, NumberRow):
        return _("Type the number: {name}").format(name=row.quantity.name)
    if isinstance(row, LabelRow):
        return _("{name}: yes, then no").format(name=row.choice.name)
    return row.choice.name
