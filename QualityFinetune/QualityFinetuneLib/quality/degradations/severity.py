"""From a severity between 0 and 1 to physical parameters, by tables that anyone can read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

Severity = Annotated[float, Field(ge=0.0, le=1.0)]

GRADES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""The severities at which a table states a parameter; between them it is interpolated."""

Row = tuple[float, float, float, float, float]


def at_severity(table: Mapping[str, Row], severity: float) -> dict[str, float]:
    """The parameters of `table` at a severity from 0 (identity) to 1.

    Linear between grades; a parameter in dB (its name ends in `_db`) linear in amplitude, because from no ghost at
    all (minus infinity) to a visible one there is no straight line in dB.
    """
    return {
        name: float(f"{_interpolated(row, severity, decibel=name.endswith('_db')):.6g}")
        for name, row in table.items()
    }


def amplitude(level_db: float) -> float:
    """Amplitude ratio of a level in dB: 20 dB is a factor of 10."""
    return math.inf if level_db == math.inf else 10.0 ** (level_db / 20.0)


def decibel(ratio: float) -> float:
    """Level in dB of an amplitude ratio."""
    return -math.inf if ratio <= 0.0 else 20.0 * math.log10(ratio)


def _interpolated(row: Row, severity: float, *, decibel: bool) -> float:
    place = severity * (len(GRADES) - 1)
    left = min(int(place), len(GRADES) - 2)
    share = place - left
    low, high = row[left], row[left + 1]
    if share == 0.0 or low == high:
        return low
    if share == 1.0:
        return high
    if not decibel:
        return low + share * (high - low)
    # A signal-to-noise ratio falls from infinity: interpolate the noise, which rises from nothing.
    sign = -1.0 if high < low else 1.0
    return sign * _decibel((1.0 - share) * amplitude(sign * low) + share * amplitude(sign * high))


_decibel = decibel
