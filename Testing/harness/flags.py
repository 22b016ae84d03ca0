"""Flags read back from a property: PythonQt hands out an opaque wrapper, not a number."""

from __future__ import annotations

import enum


class OpaqueFlags:
    """Can be given back to a property, and that is all: no comparing, no `&`, no `int()`."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("unwrapped",)

    def __init__(self, flags: enum.Flag) -> None:
        self.unwrapped = flags

    def __repr__(self) -> str:
        return f"<flags of type {type(self.unwrapped).__name__}, opaque as in PythonQt>"

    def _refuse(self, *_: object) -> bool:
        raise TypeError(f"{self!r} cannot be compared, combined or tested; keep the state in your own class")

    __eq__ = __ne__ = __bool__ = __and__ = __rand__ = __or__ = __ror__ = __invert__ = __int__ = __index__ = _refuse  # type: ignore[assignment]
