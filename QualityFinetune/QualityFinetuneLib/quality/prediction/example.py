"""What a predictor learns from: the measures of one series, and the quality that it is known to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Values = Mapping[str, float | None]
"""Measure to value; None or NaN where there is none."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One series of known quality.

    Attributes:
        patient: whose series it is; a patient is never on both sides of a validation.
        artefact: the simulated fault, `none` for a series as it was acquired, None where nobody knows.
    """

    patient: str
    target: float
    values: Values
    artefact: str | None = None
