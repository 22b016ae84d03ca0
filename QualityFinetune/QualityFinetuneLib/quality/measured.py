"""What a measure of the headers gives, and how its values are told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .checks import TechnicalCheck
from .series_headers import SeriesHeaders


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the headers tell.

    Attributes:
        values: all of them must lie within the limits; empty when nothing is known.
        found: the same for a reader, with units, or why it is unknown.
        bound: True when the true value is known to be no larger, but not how large it is.
    """

    values: tuple[float, ...] = ()
    found: str
    bound: bool = False


Read = Callable[[Sequence[SeriesHeaders], TechnicalCheck], Measured]


def number(value: float) -> str:
    """A value with two decimals at most, as a reader writes it."""
    return f"{round(value, 2):g}"


def each(read: Callable[[SeriesHeaders], float | None], what: str, unit: str) -> Read:
    """A measure that every series has for itself; different values are all listed."""

    def measure(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
        values = [value for one in series if (value := read(one)) is not None]
        if not values:
            return Measured(found=f"The {what} is not in the headers.")
        silent = len(series) - len(values)
        note = f" (not stated for {silent} of {len(series)} series)" if silent else ""
        return Measured(values=distinct(values), found=f"{listed(values)} {unit}{note}")

    return measure


def distinct(values: Sequence[float]) -> tuple[float, ...]:
    """Each value once, ascending."""
    return tuple(sorted(set(values)))


def listed(values: Sequence[float]) -> str:
    """The values as a reader lists them: "50, 400 and 800"."""
    *most, last = dict.fromkeys(number(value) for value in sorted(values))
    return f"{', '.join(most)} and {last}" if most else last
