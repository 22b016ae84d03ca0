"""Bland and Altman's limits of agreement between two measurements of each case."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .statistic import NO_SPREAD, Statistic, check_confidence

TOO_FEW_PAIRS = "It needs two cases that were measured twice."


@dataclass(frozen=True, kw_only=True)
class BlandAltman:
    """First minus second measurement.

    Attributes:
        n: cases with both.
        bias: mean difference with its t interval.
        sd: standard deviation of the differences.
        lower: limit below which 2.5 % of differences are expected (at `coverage` 0.95), with its interval;
            `upper` the same above.
        coverage: share of differences expected between the limits.
    """

    n: int
    bias: Statistic
    sd: float | None
    lower: Statistic
    upper: Statistic
    coverage: float


def bland_altman(
    pairs: Iterable[tuple[float | None, float | None]], *, coverage: float = 0.95, confidence: float = 0.95
) -> BlandAltman:
    """Bias and limits of agreement (Bland and Altman, Lancet 1986;327:307).

    Limits are bias -/+ z sd; their standard error is that of the paper, sd sqrt(3 / n), with t and n - 1 degrees of
    freedom. They assume roughly normal differences: on a scale of few steps read them as a rough guide.

    Args:
        pairs: two measurements a case, in the same unit; a case with a missing (None or NaN) one is left out.
        coverage: share of the differences between the limits.
        confidence: level of the intervals.
    """
    from scipy import stats

    check_confidence(confidence)
    check_confidence(coverage)
    both = [(float(a), float(b)) for a, b in pairs if a is not None and b is not None]
    differences = np.array([a - b for a, b in both if not math.isnan(a - b)])
    n = len(differences)
    if n < 2:
        missing = Statistic(reason=TOO_FEW_PAIRS)
        return BlandAltman(n=n, bias=missing, sd=None, lower=missing, upper=missing, coverage=coverage)
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    quantile = float(stats.t.ppf((1 + confidence) / 2, n - 1))
    reach = float(stats.norm.ppf((1 + coverage) / 2)) * sd

    def at(value: float, error: float) -> Statistic:
        if sd == 0:
            return Statistic(value=value, reason=NO_SPREAD)
        return Statistic(value=value, low=value - quantile * error, high=value + quantile * error)

    of_limit = sd * math.sqrt(3 / n)
    return BlandAltman(
        n=n,
        bias=at(mean, sd / math.sqrt(n)),
        sd=sd,
        lower=at(mean - reach, of_limit),
        upper=at(mean + reach, of_limit),
        coverage=coverage,
    )
