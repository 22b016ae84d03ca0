"""The PySide6 classes that carry the imitation: all of the Qt modules that Slicer's `qt` merges into one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import ModuleType

from PySide6 import QtCore, QtGui, QtNetwork, QtTest, QtUiTools, QtWidgets
from shiboken6 import Shiboken

MODULES: tuple[ModuleType, ...] = (QtCore, QtGui, QtWidgets, QtUiTools, QtNetwork, QtTest)


def public_names(module: ModuleType) -> Iterator[str]:
    """Names of a Qt module. PySide6 makes its classes when they are asked for, so `vars()` would miss most."""
    return (name for name in dir(module) if not name.startswith("_"))


@cache
def wrapped_classes() -> tuple[type, ...]:
    """Every class of Qt's C++ that PySide6 wraps, bases before what derives from them."""
    found = {
        thing
        for module in MODULES
        for name in public_names(module)
        if isinstance(thing := getattr(module, name), type) and issubclass(thing, Shiboken.Object)
    }
    return tuple(sorted(found, key=lambda one: (len(one.__mro__), one.__module__, one.__name__)))


@cache
def object_classes() -> tuple[type, ...]:
    """The wrapped classes that have properties and signals: QObject and what derives from it."""
    return tuple(one for one in wrapped_classes() if issubclass(one, QtCore.QObject))


def is_stand_in(one: type) -> bool:
    """True for the harness's imitations of ctk's and qMRML's classes, which are C++ classes in Slicer."""
    return one.__module__.startswith("harness.")


def is_qt_own(thing: object) -> bool:
    """True for an object of a class that is C++ in Slicer, False for one of a Python class derived from it."""
    return type(thing).__module__.startswith("PySide6.") or is_stand_in(type(thing))
