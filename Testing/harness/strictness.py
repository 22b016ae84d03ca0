"""What Slicer refuses or the user would see, and PySide6 allows: new attributes on Qt objects, constructor keywords,
a label shown before it has a parent."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Property, SignalInstance
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from .qt_classes import is_qt_own, is_stand_in, wrapped_classes

PARTS = (QLabel, QPushButton, QToolButton, QCheckBox, QComboBox, QLineEdit)
"""Parts of a panel. Shown without a parent, each opens a window of its own, which flashes up on the screen."""

MAY_BE_A_WINDOW = "harnessMayBeAWindow"


def patch_strictness() -> None:
    """Refuse what a real Slicer refuses."""
    for part in PARTS:
        part.setVisible = _inside_a_panel(QWidget.setVisible)
    for one in wrapped_classes():
        # Each wrapped class carries its own slot for both, so a patch of the base alone would not be seen.
        if "__setattr__" in one.__dict__:
            one.__setattr__ = _assign
        if "__init__" in one.__dict__:
            one.__init__ = _without_keywords(one.__init__, one.__name__)


def _assign(self: Any, name: str, value: Any) -> None:
    """Python's own rule for assignment, less the new names; CPython lets no patch call the replaced slot itself."""
    description = inspect.getattr_static(type(self), name, None)
    if hasattr(description, "__set__"):
        description.__set__(self, value)
    elif isinstance(description, Property):  # a stand-in's own; PySide6 sets it where no patch can reach
        if description.fset is None:
            raise AttributeError(f"Property '{name}' of {type(self).__name__} is not writable")
        description.fset(self, value)
    elif isinstance(value, SignalInstance):  # PySide6 keeps a signal on the object when it is first asked for
        self.__dict__[name] = value
    elif is_qt_own(self) and not (is_stand_in(type(self)) and name.startswith("_")):
        raise AttributeError(
            f"'{name}' does not exist on {type(self).__name__} and creating new attributes on C++ objects "
            "is not allowed"
        )
    else:
        self.__dict__[name] = value


def _inside_a_panel(builtin: Callable) -> Callable:
    def show_or_hide(self: Any, visible: bool) -> None:
        if visible and self.parent() is None and not self.property(MAY_BE_A_WINDOW):
            raise RuntimeError(f"this {type(self).__name__} has no parent yet and would open a window of its own")
        builtin(self, visible)

    return show_or_hide


def _without_keywords(builtin: Callable, name: str) -> Callable:
    def construct(self: Any, *arguments: Any, **keywords: Any) -> None:
        if keywords:
            raise ValueError(f"{name} takes no keyword arguments (it was given {', '.join(keywords)})")
        builtin(self, *arguments)

    return construct
