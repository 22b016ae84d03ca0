"""Load a panel's .ui file and reach its widgets by name."""

from __future__ import annotations

from typing import Any

import slicer

from ..common.resources import RESOURCES


class Ui:
    """A loaded .ui file: `widget` is its top widget, every named child is an attribute.

    Kept beside, never on, the Qt object: PythonQt refuses new attributes there.
    """

    def __init__(self, name: str) -> None:
        self.widget = slicer.util.loadUI(str(RESOURCES / "UI" / f"{name}.ui"))
        self._children = slicer.util.childWidgetVariables(self.widget)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_children"], name)


def fill_choices(combo: Any, choices: list[tuple[str, Any]], *, current: Any = None) -> list[Any]:
    """Put (text, value) pairs into a combo box without telling its listeners; returns the values by index."""
    blocked = combo.blockSignals(True)
    combo.clear()
    values = [value for _text, value in choices]
    for text, _value in choices:
        combo.addItem(text)
    if current in values:
        combo.setCurrentIndex(values.index(current))
    combo.blockSignals(blocked)
    return values


def set_quietly(widget: Any, setter: str, *arguments: Any) -> None:
    """Call `widget.<setter>(...)` without telling its listeners."""
    blocked = widget.blockSignals(True)
    getattr(widget, setter)(*arguments)
    widget.blockSignals(blocked)


def restyle(widget: Any) -> None:
    """Let a changed dynamic property take effect in the style sheet."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
