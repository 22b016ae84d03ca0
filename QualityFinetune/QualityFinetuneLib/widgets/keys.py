"""Keys of one mode: alive while its panel is shown, silent while somebody types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import qt


@dataclass(frozen=True, kw_only=True)
class KeyBinding:
    """One key, what it does in words, and the function that does it."""

    key: str
    text: str
    action: Callable[[], None]


class KeyMode:
    """The shortcuts of one panel. Nothing exists between `off` and `on`, so two panels may use the same key.

    Args:
        window: the widget in whose window the keys work: Slicer's main window, so that they also work in a view.
    """

    def __init__(self, window: Any) -> None:
        self._window = window
        self._shortcuts: list[Any] = []
        self.bindings: tuple[KeyBinding, ...] = ()

    @property
    def active(self) -> bool:
        """True between `on` and `off`."""
        return bool(self._shortcuts)

    def on(self, bindings: Sequence[KeyBinding]) -> None:
        """Listen to these keys, and to no others."""
        self.off()
        self.bindings = tuple(bindings)
        for binding in self.bindings:
            shortcut = qt.QShortcut(qt.QKeySequence(binding.key), self._window)
            act = _unless_typing(self._window, binding.action)
            shortcut.connect("activated()", act)
            self._shortcuts.append((shortcut, act))

    def off(self) -> None:
        """Listen to nothing."""
        for shortcut, act in self._shortcuts:
            shortcut.setEnabled(False)
            shortcut.disconnect("activated()", act)
            shortcut.deleteLater()
        self._shortcuts = []
        self.bindings = ()


def is_text_field(widget: Any) -> bool:
    """True for a widget that takes letters: a line, a text, a spin box, an editable combo box."""
    if widget is None or getattr(widget, "readOnly", False):
        return False
    if any(hasattr(widget, name) for name in ("cursorPosition", "textCursor", "cleanText")):
        return True
    return bool(getattr(widget, "editable", False))


def _unless_typing(window: Any, action: Callable[[], None]) -> Callable[[], None]:
    def act() -> None:
        if not is_text_field(window.focusWidget()):
            action()

    return act
