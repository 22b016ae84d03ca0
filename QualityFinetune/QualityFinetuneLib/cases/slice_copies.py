"""Slices that were stored twice: the same file in two folders, or the same picture under new identifiers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..common.errors import ErrorCode, UserError
from . import messages
from .found import ImportMessage
from .headers import Slice
from .pixels import volume_of


def with_other_pixels(place: list[Slice], told: list[ImportMessage]) -> list[Slice]:
    """The slices at one position, each picture once."""
    kept: list[tuple[Slice, np.ndarray]] = []
    for one in place:
        try:
            picture = volume_of([one])
        except UserError:
            return place  # Left as they are: the position is refused with the reason that matters.
        if any(np.array_equal(picture, other) for _, other in kept):
            told.append(_copies([one]))
        else:
            kept.append((one, picture))
    return [one for one, _ in kept]


def without_copies(members: list[Slice], told: list[ImportMessage]) -> list[Slice]:
    """Each slice once: the same instance may lie in two folders, or under two file names."""
    kept: dict[tuple[object, ...], Slice] = {}
    copies: list[Slice] = []
    for one in sorted(members, key=lambda s: (str(s.path), s.frame or 0)):
        if kept.setdefault((one.instance, one.position_mm), one) is not one:
            copies.append(one)
    if copies:
        told.append(_copies(copies))
    return list(kept.values())


def _copies(copies: Sequence[Slice]) -> ImportMessage:
    first = copies[0]
    files = "A file" if len(copies) == 1 else f"{len(copies)} files"
    return messages.warning(
        first.path,
        ErrorCode.CONFLICT,
        f"{files} of the series {called(first)} {'was' if len(copies) == 1 else 'were'} left out.",
        f"{first.path.name} is a copy of a slice that was already found."
        if len(copies) == 1
        else f"They are copies of slices that were already found, for example {first.path.name}.",
        "Nothing needs to be done; each slice was used once.",
    )


def called(one: Slice) -> str:
    """How messages call the series of a slice."""
    return one.label or f"number {one.series_number if one.series_number is not None else 'unknown'}"
