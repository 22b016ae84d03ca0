"""A signal without Qt: presenters tell panels, and tests listen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Signal:
    """Calls every connected function, in the order they were connected."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., Any]] = []

    def connect(self, listener: Callable[..., Any]) -> None:
        """Call `listener` on each `emit`."""
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[..., Any]) -> None:
        """Stop calling `listener`; unknown ones are ignored."""
        self._listeners = [known for known in self._listeners if known != listener]

    def emit(self, *arguments: Any) -> None:
        """Call the listeners; one that disconnects itself or others meanwhile does no harm."""
        for listener in tuple(self._listeners):
            listener(*arguments)
