"""Single DICOM values as numbers, words and vectors, whatever a damaged or careless header holds."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class NoSliceError(Exception):
    """The image does not say what a slice has to say; the text is one sentence for the user."""


def vector(value: Any, length: int, name: str) -> tuple[Any, ...]:
    """`length` finite numbers.

    Raises:
        NoSliceError: when there are others or none.
    """
    try:
        numbers = tuple(float(v) for v in value)
    except (TypeError, ValueError):
        numbers = ()
    if len(numbers) != length or not all(math.isfinite(v) and abs(v) < 1e5 for v in numbers):
        raise NoSliceError(f"It does not state its {name} in the patient.")
    return numbers


def orientation_of(value: Any) -> tuple[float, ...]:
    """Two unit vectors at right angles, as six numbers; NoSliceError when they are not."""
    numbers = vector(value, 6, "orientation")
    along_row, along_column = np.array(numbers[:3]), np.array(numbers[3:])
    lengths = np.linalg.norm(along_row), np.linalg.norm(along_column)
    if max(abs(length - 1) for length in lengths) > 0.01 or abs(along_row @ along_column) > 0.01:
        raise NoSliceError("Its row and column directions are not at right angles.")
    return numbers


def spacing_of(value: Any) -> tuple[float, float]:
    """Two positive lengths in mm; NoSliceError when they are not."""
    numbers = vector(value, 2, "pixel spacing")
    if min(numbers) <= 0:
        raise NoSliceError("Its pixel spacing is not a positive length.")
    return numbers[0], numbers[1]


def words_of(value: Any) -> tuple[str, ...]:
    """One or several coded words in capitals; nothing when all are empty."""
    if value is None:
        return ()
    words = [str(v).strip().upper() for v in ([value] if isinstance(value, str) else value)]
    return tuple(words) if any(words) else ()


def number_of(value: Any) -> float | None:
    """A finite number, or None."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def integer_of(value: Any) -> int | None:
    """The whole part of a finite number, or None."""
    number = number_of(value)
    return int(number) if number is not None else None


def seconds_of(value: Any) -> float | None:
    """Seconds since midnight of a DICOM time HHMMSS.FFFFFF, or None."""
    text = str(value if value is not None else "").replace(":", "").strip()
    if len(text) < 6 or not text[:6].isdigit():
        return None
    seconds = number_of(text[4:])
    return None if seconds is None else int(text[:2]) * 3600 + int(text[2:4]) * 60 + seconds


def first_of(value: Any, otherwise: Any) -> Any:
    """`value` unless it is None."""
    return otherwise if value is None else value
