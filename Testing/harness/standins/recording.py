"""Base of the stand-ins whose work cannot be imitated: each call is kept, so that a test can read what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def recorded(name: str, *, keeps: str | None = None) -> Callable:
    """A method that notes its call in `calls`; with `keeps` its argument is what that name's method returns."""

    def method(self: Any, *arguments: Any) -> None:
        self.__dict__.setdefault("_calls", []).append((name, arguments))
        if keeps is not None:
            self.__dict__.setdefault("_kept", {})[keeps] = arguments[0]

    return method


def kept(name: str, otherwise: Any = None) -> Callable:
    """A method that returns what was last given to the `recorded` method that keeps it."""

    def method(self: Any) -> Any:
        return self.__dict__.get("_kept", {}).get(name, otherwise)

    return method


class Recording:
    """Mixed into a widget class; `calls` lists (method, arguments) in order."""

    @property
    def calls(self) -> list[tuple[str, tuple[Any, ...]]]:
        """What was asked of this widget."""
        return self.__dict__.setdefault("_calls", [])

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """Arguments of every call of one method, in order."""
        return [arguments for method, arguments in self.calls if method == name]
