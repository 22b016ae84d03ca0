"""PythonQt's `object.connect('signal(types)', callable)`, and its trimming of arguments a slot does not take."""

from __future__ import annotations

import inspect
import re
import traceback
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from PySide6.QtCore import QMetaMethod, QMetaObject, QObject

from . import slot_failures


@dataclass(frozen=True)
class _Connection:
    signature: str
    slot: Callable
    signal: Any
    adapter: Callable


EVERY = 99
"""More arguments than any signal sends."""

_connections: weakref.WeakKeyDictionary[QObject, list[_Connection]] = weakref.WeakKeyDictionary()


def connect(sender: QObject, signal: str, *target: Any) -> bool:
    """`connect('clicked(bool)', f)` or `connect('clicked(bool)', receiver, 'setEnabled(bool)')`.

    Raises:
        ValueError: the object has no signal of exactly that signature; PythonQt only prints a warning and the panel
            stays dead, so a test has to fail.
        TypeError: the target cannot be called.
    """
    slot = _slot(target)
    if not callable(slot):
        raise TypeError(f"{slot!r} cannot be called")
    signature, bound, count = _resolve(sender, signal)
    adapter = _trimmed(slot, count)
    bound.connect(adapter)
    _connections.setdefault(sender, []).append(_Connection(signature, slot, bound, adapter))
    return True


def disconnect(sender: QObject, signal: str | None = None, *target: Any) -> bool:
    """Undo `connect`; without a target every slot of the signal, without a signal every slot. True if any was."""
    slot = _slot(target) if target else None
    signature = None if signal is None else _resolve(sender, signal)[0]
    made = _connections.get(sender, [])
    gone = [
        one
        for one in made
        if (signature is None or one.signature == signature) and (slot is None or one.slot == slot)
    ]
    for one in gone:
        one.signal.disconnect(one.adapter)
        made.remove(one)
    return bool(gone)


def _native_first(builtin: Callable, own: Callable) -> Callable:
    """PySide6's signals connect through `object.connect('2signal()', ...)` inside; those calls pass on to it."""

    def method(self: QObject, *arguments: Any) -> Any:
        if arguments and isinstance(arguments[0], str) and arguments[0][:1] in {"1", "2"}:
            return builtin(self, *arguments)
        return own(self, *arguments)

    return method


METHODS = {
    "connect": _native_first(QObject.connect, connect),
    "disconnect": _native_first(QObject.disconnect, disconnect),
}
"""The two methods as every Qt object is to have them; taken before Qt's own are hidden."""


def _slot(target: tuple[Any, ...]) -> Any:
    if len(target) == 1:
        return target[0]
    if len(target) == 2 and isinstance(target[0], QObject) and isinstance(target[1], str):
        return getattr(target[0], _parsed(target[1])[0])
    raise TypeError("connect(signal, callable) or connect(signal, receiver, slot)")


def _parsed(signature: str) -> tuple[str, str]:
    match = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", signature, re.DOTALL)
    if match is None:
        raise ValueError(f"'{signature}' is not a signature: write the name with its types, as in 'clicked(bool)'")
    return match.group(1), match.group(2).strip()


def _resolve(sender: QObject, signature: str) -> tuple[str, Any, int]:
    """The normalised signature, the bound signal and how many arguments it sends."""
    name, types = _parsed(signature)
    meta = sender.metaObject()
    methods = [meta.method(index) for index in range(meta.methodCount())]
    known = [
        one
        for one in methods
        if one.methodType() is QMetaMethod.MethodType.Signal and bytes(one.name()).decode() == name
    ]
    wanted = bytes(QMetaObject.normalizedSignature(f"{name}({types})")).decode()
    count = len(_split(types))
    # A signal of our Python stand-ins that sends a VTK object carries PyObject where Slicer's has a pointer type.
    found = [one for one in known if bytes(one.methodSignature()).decode() == wanted] or [
        one for one in known if "PyObject" in _types(one) and one.parameterCount() == count and "vtk" in types
    ]
    if not found:
        there = ", ".join(bytes(one.methodSignature()).decode() for one in known) or "none of that name"
        raise ValueError(f"{meta.className()} has no signal {wanted}; it has {there}")
    bound = getattr(sender, name)
    if len(known) > 1 and types and "PyObject" not in _types(found[0]):
        bound = _overload(bound, _split(types))
    return wanted, bound, count


def _types(method: QMetaMethod) -> str:
    return bytes(method.methodSignature()).decode()


def _split(types: str) -> list[str]:
    return [one.strip() for one in re.sub(r"<[^<>]*>", "", types).split(",")] if types else []


def _overload(bound: Any, types: list[str]) -> Any:
    try:
        return bound[types[0] if len(types) == 1 else tuple(types)]
    except (KeyError, IndexError):
        return bound  # a clone with fewer arguments: trimming does the same


def _trimmed(slot: Callable, sent: int) -> Callable:
    count = min(sent, _positional(slot))

    def adapter(*arguments: Any) -> Any:
        try:
            return slot(*arguments[:count])
        except Exception:
            slot_failures.append(traceback.format_exc())
            raise

    return adapter


def _positional(slot: Callable) -> int:
    """How many arguments PythonQt sees that the slot takes.

    It looks into plain functions and methods only: a `functools.partial`, an object that can be called and a method
    of Qt get every argument of the signal.
    """
    is_method = isinstance(slot, MethodType)
    function = slot.__func__ if is_method else slot
    if not isinstance(function, FunctionType) or function.__code__.co_flags & inspect.CO_VARARGS:
        return EVERY
    return function.__code__.co_argcount - is_method
