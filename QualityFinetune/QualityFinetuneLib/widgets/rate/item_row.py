"""One item of the form as a row: its words on the left, two large buttons on the right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import qt

from ...quality.form import Item
from ...workflow.unsaved_form import Answer
from ..i18n import tr as _

BUTTON_WIDTH = 62
BUTTON_HEIGHT = 36
KEY_WIDTH, KEY_HEIGHT = 30, 22
DIFFERS = "≠"


class ItemRow:
    """A yes-or-no item. The chosen answer carries a sign and a frame, so that it does not depend on color.

    Args:
        item: what is asked.
        answered: called with the item and the value when the reader chooses.
    """

    def __init__(self, item: Item, answered: Callable[[Item, Answer], None]) -> None:
        self.item = item
        self.plain_note = item.help
        self._answered = answered
        self.widget = qt.QFrame()
        self.widget.setObjectName(f"item_{item.id}")
        layout = qt.QHBoxLayout(self.widget)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(6)
        self.key = _key(item)
        layout.addWidget(self.key, 0)
        words = qt.QVBoxLayout()
        words.setSpacing(0)
        self.title = _label(_title(item))
        self.title.setToolTip(item.help)
        self.note = _label(item.help)
        self.note.setProperty("role", "muted")
        words.addWidget(self.title)
        words.addWidget(self.note)
        layout.addLayout(words, 1)
        self.yes = self._button(_("Yes"), True)
        self.no = self._button(_("No"), False)
        layout.addWidget(self.yes, 0)
        layout.addWidget(self.no, 0)

    def show_value(self, value: Answer) -> None:
        """Show the answer; None shows neither."""
        for button, of_button, plain, chosen in (
            (self.yes, True, _("Yes"), _("✓ Yes")),
            (self.no, False, _("No"), _("✗ No")),
        ):
            on = value is of_button
            blocked = button.blockSignals(True)
            button.setChecked(on)
            button.setText(chosen if on else plain)
            button.blockSignals(blocked)

    def show_note(self, text: str, *, rich: bool = False) -> None:
        """Show what the headers or other readers say under the item's words."""
        self.note.setTextFormat(qt.Qt.RichText if rich else qt.Qt.PlainText)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def mark(self, on: bool) -> None:
        """Mark an item on which readers differ, by a sign and not by a color alone."""
        self.title.setText(f"{DIFFERS} {_title(self.item)}" if on else _title(self.item))

    def _button(self, text: str, value: bool) -> Any:
        button = qt.QPushButton(text)
        button.setObjectName(f"{'yes' if value else 'no'}_{self.item.id}")
        button.setProperty("role", "answer")
        button.setCheckable(True)
        button.setMinimumSize(BUTTON_WIDTH, BUTTON_HEIGHT)
        button.setAccessibleName(_("{item}: {answer}").format(item=self.item.label, answer=text))
        button.connect("clicked(bool)", lambda checked: self._answered(self.item, value if checked else None))
        return button


class ChoiceRow:
    """An item with more than two answers, as a list to choose from."""

    def __init__(self, item: Item, answered: Callable[[Item, Answer], None]) -> None:
        self.item = item
        self._answered = answered
        self._values: list[Answer] = [None, *item.allowed]
        self.widget = qt.QFrame()
        layout = qt.QHBoxLayout(self.widget)
        layout.setContentsMargins(0, 2, 0, 2)
        words = qt.QVBoxLayout()
        words.setSpacing(0)
        self.title = _label(_title(item))
        self.title.setToolTip(item.help)
        self.note = _label("")
        self.note.setProperty("role", "muted")
        self.note.setVisible(False)
        words.addWidget(self.title)
        words.addWidget(self.note)
        layout.addLayout(words, 1)
        self.combo = qt.QComboBox()
        self.combo.setAccessibleName(item.label)
        self.combo.setMinimumHeight(BUTTON_HEIGHT)
        for value in self._values:
            self.combo.addItem(_("Choose …") if value is None else item.shown(value))
        self.title.setBuddy(self.combo)
        self.combo.connect("currentIndexChanged(int)", lambda index: answered(item, self._values[index]))
        layout.addWidget(self.combo, 0)

    def show_value(self, value: Answer) -> None:
        """Show the answer; None shows the invitation to choose."""
        blocked = self.combo.blockSignals(True)
        self.combo.setCurrentIndex(self._values.index(value))
        self.combo.blockSignals(blocked)

    def show_note(self, text: str, *, rich: bool = False) -> None:
        """Show what other readers chose under the item's words."""
        self.note.setTextFormat(qt.Qt.RichText if rich else qt.Qt.PlainText)
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def mark(self, on: bool) -> None:
        """Mark an item on which readers differ, by a sign and not by a color alone."""
        self.title.setText(f"{DIFFERS} {_title(self.item)}" if on else _title(self.item))


def _key(item: Item) -> Any:
    """The key as a small plate, all of one width so that the words below each other begin in line."""
    label = qt.QLabel((item.key or "").replace("Shift+", "⇧"))
    label.setProperty("role", "key")
    label.setAlignment(qt.Qt.AlignCenter)
    label.setFixedSize(KEY_WIDTH, KEY_HEIGHT)
    label.setToolTip(_("Press {key} to answer: yes first, then no.").format(key=item.key or "–"))
    if item.key is None:  # never the other way round: a label without a parent would open a window of its own
        label.setVisible(False)
    return label


def _title(item: Item) -> str:
    return item.label if item.verified else f"{item.label} *"


def _label(text: str) -> Any:
    label = qt.QLabel(text)
    label.setWordWrap(True)
    return label
