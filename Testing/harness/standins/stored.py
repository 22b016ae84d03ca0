"""Properties of a stand-in: a value kept on the object, a `setX` method, and the signal that tells of a change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Property


def stored(
    kind: type, name: str, default: Any, *, tells: str | None = None, then: str | None = None
) -> tuple[Property, Callable]:
    """A Qt property and its setter, for a class body: `decimals, setDecimals = stored(int, "decimals", 2)`.

    Args:
        kind: type of the value; numbers are converted to it.
        default: value before any is set; a list is copied for each object.
        tells: name of the signal emitted with the new value.
        then: name of the method called after a change, before the signal.
    """
    key = f"_{name}"

    def get(self: Any) -> Any:
        return self.__dict__.setdefault(key, list(default) if isinstance(default, list | tuple) else default)

    def put(self: Any, value: Any) -> None:
        value = kind(value) if kind in (int, float, bool, str) else value
        if get(self) == value:
            return
        self.__dict__[key] = value
        if then is not None:
            getattr(self, then)()
        if tells is not None:
            getattr(self, tells).emit(value)

    return Property(kind if kind in (int, float, bool, str) else "QVariant", get, put), put


def parent_among(arguments: tuple[Any, ...]) -> Any:
    """The parent widget among a constructor's arguments; C++ overloads take it first or last."""
    from PySide6.QtWidgets import QWidget

    return next((one for one in arguments if isinstance(one, QWidget)), None)


def text_among(arguments: tuple[Any, ...], otherwise: str = "") -> str:
    """The text among a constructor's arguments."""
    return next((one for one in arguments if isinstance(one, str)), otherwise)
