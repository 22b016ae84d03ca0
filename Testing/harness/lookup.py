"""What an object answers when it is asked for an attribute: PythonQt's `connect`, enum values, nothing of Qt 6."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject

from .qt_classes import object_classes, wrapped_classes
from .signals import METHODS

QT6_ONLY = {
    "QCheckBox": {"checkStateChanged"},
    "QStyleHints": {"colorScheme", "setColorScheme", "colorSchemeChanged"},
    "QSinglePointEvent": {"position", "globalPosition", "scenePosition", "points"},
}
"""Members that the classes of Slicer's Qt 5.15 lack."""


def patch_lookup() -> None:
    """Replace the attribute lookup of Qt objects.

    PySide6 answers `object.connect`, and every signal, in the lookup of QObject (and of a few classes with one of
    their own) before it looks at the class, so that lookup is the one place for all three.
    """
    absent = {one: QT6_ONLY[one.__name__] for one in wrapped_classes() if one.__name__ in QT6_ONLY}
    for one in object_classes():
        if "__getattribute__" in one.__dict__:
            one.__getattribute__ = _lookup(one.__getattribute__, absent)
    for one, names in absent.items():
        if not issubclass(one, QObject):
            for name in names:
                setattr(one, name, _Absent(name))


def _lookup(builtin: Callable, absent: dict[type, set[str]]) -> Callable:
    every_absent = set().union(*absent.values())

    def lookup(self: QObject, name: str) -> Any:
        if (method := METHODS.get(name)) is not None:
            return method.__get__(self)
        if name in every_absent and any(name in absent.get(one, ()) for one in type(self).__mro__):
            raise AttributeError(_sentence(type(self), name))
        try:
            return builtin(self, name)
        except AttributeError:
            found = getattr(type(self), name, None)
            if isinstance(found, enum.Enum):  # PythonQt finds `box.Ok` as well as `QMessageBox.Ok`
                return found
            raise

    return lookup


class _Absent:
    """A member of a class that is no QObject (an event), hidden; `hasattr` says so too."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(_sentence(owner, self._name))


def _sentence(one: type, name: str) -> str:
    return f"{one.__name__} has no attribute '{name}' in Slicer's Qt 5.15"
