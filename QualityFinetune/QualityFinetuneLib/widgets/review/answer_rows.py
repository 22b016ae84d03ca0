"""Rows in which a reader answers: a choice, a label with yes and no, or a number with its unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import qt

from ...cases.tasks import Choice, Quantity
from ..i18n import tr as _

ROW_HEIGHT = 34
KEY_WIDTH, KEY_HEIGHT = 30, 22
NUMBER_WIDTH = 90


class ChoiceRow:
    """One of several answers that exclude each other.

    Args:
        chosen: called with the value, or None when it was taken back.
    """

    def __init__(self, choice: Choice, key: str, chosen: Callable[[float | None], None]) -> None:
        self.choice = choice
        self.key = key
        self._chosen = chosen
        self.widget, layout = _row()
        layout.addWidget(_plate(key), 0)
        self.button = _button(choice.name)
        self.button.connect("clicked(bool)", lambda on: self._chosen(float(choice.value) if on else None))
        layout.addWidget(self.button, 1)

    def show(self, value: float | None) -> None:
        """Show whether it is chosen, by a sign and not by a color alone."""
        _check(self.button, value == self.choice.value, self.choice.name)

    def press(self) -> None:
        """As its key does."""
        self.button.click()


class LabelRow:
    """Something that the exam has or has not.

    Args:
        chosen: called with 1, 0, or None when the answer was taken back.
    """

    def __init__(self, choice: Choice, key: str, chosen: Callable[[float | None], None]) -> None:
        self.choice = choice
        self.key = key
        self.widget, layout = _row()
        layout.addWidget(_plate(key), 0)
        title = qt.QLabel(choice.name)
        title.setTextFormat(qt.Qt.PlainText)
        title.setWordWrap(True)
        layout.addWidget(title, 1)
        self.yes, self.no = _button(_("Yes")), _button(_("No"))
        for button, value in ((self.yes, 1.0), (self.no, 0.0)):
            button.setAccessibleName(_("{item}: {answer}").format(item=choice.name, answer=button.text))
            button.connect("clicked(bool)", lambda on, value=value: chosen(value if on else None))
            layout.addWidget(button, 0)

    def show(self, value: float | None) -> None:
        """Show the answer; None shows neither."""
        _check(self.yes, value == 1, _("Yes"))
        _check(self.no, value == 0, _("No"), sign="✗")

    def press(self) -> None:
        """As its key does: yes first, then no."""
        (self.no if self.yes.isChecked() else self.yes).click()


class NumberRow:
    """A number with its unit. What cannot be read stays where it was typed, and `problem` says why.

    Args:
        entered: called with the number, or None for an empty or a wrong field.
        done: called when Enter is pressed.
    """

    def __init__(
        self,
        quantity: Quantity,
        key: str,
        entered: Callable[[float | None], None],
        done: Callable[[], None],
    ) -> None:
        self.quantity = quantity
        self.key = key
        self.problem = ""
        self._entered = entered
        self.widget, layout = _row()
        layout.addWidget(_plate(key), 0)
        title = qt.QLabel(quantity.name)
        title.setTextFormat(qt.Qt.PlainText)
        title.setWordWrap(True)
        layout.addWidget(title, 1)
        self.edit = qt.QLineEdit()
        self.edit.setMinimumHeight(ROW_HEIGHT)
        self.edit.setFixedWidth(NUMBER_WIDTH)
        self.edit.setAccessibleName(quantity.name)
        self.edit.setPlaceholderText(f"{quantity.lowest:g}–{quantity.highest:g}")
        self.edit.setToolTip(_("A number from {lowest} to {highest}.").format(
            lowest=f"{quantity.lowest:g}", highest=f"{quantity.highest:g}"
        ))  # fmt: skip
        self.edit.connect("textEdited(QString)", self._typed)
        self.edit.connect("returnPressed()", done)
        layout.addWidget(self.edit, 0)
        unit = qt.QLabel(quantity.unit)
        unit.setTextFormat(qt.Qt.PlainText)
        layout.addWidget(unit, 0)

    def show(self, value: float | None) -> None:
        """Show the number; what is just being typed is left alone."""
        if value is not None and read_number(self.edit.text) == value:
            return
        if value is None and self.problem:
            return
        self.problem = ""
        self.edit.setText("" if value is None else f"{value:g}")

    def forget(self) -> None:
        """Another case: what could not be read there does not belong here."""
        self.problem = ""
        self.edit.setText("")

    def press(self) -> None:
        """As its key does: type here."""
        self.edit.setFocus()
        self.edit.selectAll()

    def _typed(self, text: str) -> None:
        number = read_number(text)
        self.problem = self._problem(text, number)
        self._entered(None if self.problem else number)

    def _problem(self, text: str, number: float | None) -> str:
        if not text.strip():
            return ""
        quantity = self.quantity
        if number is None or not quantity.lowest <= number <= quantity.highest:
            return _("{name} has to be a number from {lowest} to {highest} {unit}.").format(
                name=quantity.name,
                lowest=f"{quantity.lowest:g}",
                highest=f"{quantity.highest:g}",
                unit=quantity.unit,
            )
        return ""


def read_number(text: str) -> float | None:
    """The number in a field; a decimal comma is understood. None for what is none."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _row() -> tuple[Any, Any]:
    widget = qt.QFrame()
    layout = qt.QHBoxLayout(widget)
    layout.setContentsMargins(0, 1, 0, 1)
    layout.setSpacing(8)
    return widget, layout


def _plate(key: str) -> Any:
    label = qt.QLabel(key)
    label.setProperty("role", "key")
    label.setAlignment(qt.Qt.AlignCenter)
    label.setFixedSize(KEY_WIDTH, KEY_HEIGHT)
    if not key:  # never the other way round: a label without a parent would open a window of its own
        label.setVisible(False)
    return label


def _button(text: str) -> Any:
    button = qt.QPushButton(_plain(text))
    button.setProperty("role", "answer")
    button.setCheckable(True)
    button.setMinimumHeight(ROW_HEIGHT)
    button.setAccessibleName(text)
    return button


def _check(button: Any, on: bool, text: str, *, sign: str = "✓") -> None:
    blocked = button.blockSignals(True)
    button.setChecked(on)
    button.setText(f"{sign} {_plain(text)}" if on else _plain(text))
    button.blockSignals(blocked)


def _plain(text: str) -> str:
    return text.replace("&", "&&")
