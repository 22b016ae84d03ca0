"""PythonQt's first rule: a Qt property wins over the method of the same name.

`widget.text` is the value; `widget.text()` calls a str and raises TypeError. `isChecked()` and `setText()` stay.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QMetaProperty, QObject

from .flags import OpaqueFlags
from .qt_classes import object_classes

_read = QObject.property
_write = QObject.setProperty


class PropertyFirst:
    """On an object the property's value; on the class still the method, so `QTimer.singleShot(0, f)` works."""

    def __init__(self, name: str, *, getter: Callable | None, setter: Callable | None, method: Any) -> None:
        self.name = name
        self.method = method
        self._getter = getter
        self._setter = setter
        self._reading: set[int] = set()

    def __get__(self, instance: QObject | None, owner: type | None = None) -> Any:
        if instance is None:
            return self.method if self.method is not None else self
        if id(instance) in self._reading:
            # Qt's C++ asks for an override of a virtual getter (sizeHint) while we read it: give it the method.
            return self.method.__get__(instance, owner)
        self._reading.add(id(instance))
        try:
            value = self._value(instance)
        finally:
            self._reading.discard(id(instance))
        return OpaqueFlags(value) if isinstance(value, enum.Flag) else value

    def __set__(self, instance: QObject, value: Any) -> None:
        value = value.unwrapped if isinstance(value, OpaqueFlags) else value
        if self._setter is not None:
            self._setter(instance, value)
        elif not _write(instance, self.name, value):
            raise AttributeError(f"Property '{self.name}' of {type(instance).__name__} does not accept {value!r}")

    def _value(self, instance: QObject) -> Any:
        return _read(instance, self.name) if self._getter is None else self._getter(instance)


class _ReadOnly(PropertyFirst):
    def __set__(self, instance: QObject, value: Any) -> None:
        raise AttributeError(f"Property '{self.name}' of {type(instance).__name__} is not writable")


def patch_properties() -> None:
    """Put every property of Qt's own classes before its method.

    All are collected before the first is placed, because a class inherits the methods it is described by.
    """
    placed = [
        (one, found.name(), _describe(one, found)) for one in object_classes() for found in _own_properties(one)
    ]
    for one, name, description in placed:
        setattr(one, name, description)
    QObject.name = PropertyFirst(  # PythonQt's alias
        "objectName", getter=None, setter=QObject.setObjectName, method=None
    )
    QObject.className = lambda self: self.metaObject().className()
    QObject.delete = QObject.deleteLater


def _own_properties(one: type) -> list[QMetaProperty]:
    """Properties that the class adds, and inherited ones whose method it defines again."""
    meta = one.staticMetaObject
    found = [meta.property(index) for index in range(meta.propertyCount())]
    added = meta.propertyOffset()
    return [each for index, each in enumerate(found) if index >= added or callable(one.__dict__.get(each.name()))]


def _describe(one: type, found: QMetaProperty) -> PropertyFirst:
    name = found.name()
    capital = name[0].upper() + name[1:]
    method = getattr(one, name, None)
    method = method if callable(method) else None
    # A method of the property's name may be something else (static QTimer.singleShot), so `isX` comes first.
    getter = getattr(one, f"is{capital}", None) or (method if _takes_no_argument(one, name) else None)
    kind = PropertyFirst if found.isWritable() else _ReadOnly
    return kind(name, getter=getter, setter=getattr(one, f"set{capital}", None), method=method)


def _takes_no_argument(one: type, name: str) -> bool:
    """True when the method can be the property's getter, told from Shiboken's signature."""
    from shiboken6.Shiboken import Object  # noqa: F401 - loads the signature support
    from shibokensupport.signature import get_signature

    method = getattr(one, name, None)
    try:
        signatures = get_signature(method)
    except (TypeError, ValueError):
        return False
    if signatures is None:
        return False
    several = signatures if isinstance(signatures, list) else [signatures]
    return any(
        all(each.default is not each.empty for key, each in one_of.parameters.items() if key != "self")
        and "self" in one_of.parameters
        for one_of in several
    )
