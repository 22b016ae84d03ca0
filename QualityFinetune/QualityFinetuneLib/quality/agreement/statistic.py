"""A statistic with its confidence interval, or the reason why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

NO_SPREAD = "Every case contributes the same, so these cases give no interval."
TINY = 1e-12
"""A variance below it is rounding, as in complete agreement."""


@dataclass(frozen=True, kw_only=True)
class Statistic:
    """A statistic with its confidence interval.

    `value` is None where the statistic is not defined, `low` and `high` are None where the interval is not; `reason`
    says why in both cases.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def around(value: float, variance: float, quantile: float, *, least: float = -1.0, most: float = 1.0) -> Statistic:
    """`value` with `quantile` standard errors to either side, cut at `least` and `most`."""
    if variance < TINY:
        return Statistic(value=value, reason=NO_SPREAD)
    half = quantile * math.sqrt(variance)
    # With missing ratings a statistic may itself lie below its end.
    return Statistic(value=value, low=min(value, max(least, value - half)), high=max(value, min(most, value + half)))


def over_cases(
    value: float, contributions: np.ndarray, *, confidence: float, least: float = -1.0, most: float = 1.0
) -> Statistic:
    """`value` with the t interval that its linearised contributions, one a case (n,), give.

    Variance sum (x_i - value)^2 / (n (n - 1)), n - 1 degrees of freedom (Gwet, Handbook of Inter-Rater Reliability,
    4th ed. 2014, ch. 5).
    """
    from scipy import stats

    n = len(contributions)
    variance = float(((contributions - value) ** 2).sum() / (n * (n - 1)))
    return around(value, variance, float(stats.t.ppf((1 + confidence) / 2, n - 1)), least=least, most=most)


def check_confidence(confidence: float) -> None:
    """Refuse a level outside 0 to 1 (ValueError)."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
