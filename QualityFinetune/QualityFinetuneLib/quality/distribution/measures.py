"""Measured numbers of two sets of cases: how far they are apart, measure by measure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from ..agreement.statistic import TINY, Statistic, check_confidence

TOO_FEW_VALUES = "It needs two measured cases in each set."
NO_VARIATION = "All cases of both sets have the same value."

Values = Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class MeasureShift:
    """One measure in two sets.

    Attributes:
        n: measured cases of the first and the second set.
        missing: cases without a value, NaN included.
        means: of the first and the second set; None without values.
        difference: Hedges' g, second minus first mean in pooled standard deviations, with its interval.
        kolmogorov_smirnov: largest difference of the cumulative shares, 0 to 1; `chance` its two-sided p value.
    """

    name: str
    n: tuple[int, int]
    missing: tuple[int, int]
    means: tuple[float | None, float | None]
    difference: Statistic
    kolmogorov_smirnov: float | None
    chance: float | None


def measure_shifts(
    first: Iterable[Values], second: Iterable[Values], *, confidence: float = 0.95
) -> list[MeasureShift]:
    """For every measure that any case has, in alphabetical order.

    Args:
        first: one mapping of measure to value for each case of a set; None or NaN where there is no value.
        second: the same of the other set.
        confidence: level of the intervals.
    """
    check_confidence(confidence)
    one, other = list(first), list(second)
    names = sorted({name for case in (*one, *other) for name in case})
    return [
        _shift(name, _values(name, one), _values(name, other), (len(one), len(other)), confidence) for name in names
    ]


def _shift(name: str, a: np.ndarray, b: np.ndarray, cases: tuple[int, int], confidence: float) -> MeasureShift:
    from scipy import stats

    enough = min(len(a), len(b)) >= 2
    tested = stats.ks_2samp(a, b) if enough else None
    return MeasureShift(
        name=name,
        n=(len(a), len(b)),
        missing=(cases[0] - len(a), cases[1] - len(b)),
        means=(_mean(a), _mean(b)),
        difference=_hedges(a, b, confidence) if enough else Statistic(reason=TOO_FEW_VALUES),
        kolmogorov_smirnov=float(tested.statistic) if tested else None,
        chance=float(tested.pvalue) if tested else None,
    )


def _values(name: str, cases: list[Values]) -> np.ndarray:
    given = (case.get(name) for case in cases)
    return np.array([value for value in given if value is not None and math.isfinite(value)], dtype=float)


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _hedges(a: np.ndarray, b: np.ndarray, confidence: float) -> Statistic:
    """Standardised difference of means as statsmodels corrects it for small sets (Hedges and Olkin 1985)."""
    from scipy import stats
    from statsmodels.stats.meta_analysis import effectsize_smd

    if a.std() < TINY and b.std() < TINY:
        apart = abs(a.mean() - b.mean()) > TINY
        return Statistic(reason="Neither set varies, but they differ." if apart else NO_VARIATION)
    value, variance = effectsize_smd(b.mean(), b.std(ddof=1), len(b), a.mean(), a.std(ddof=1), len(a))
    half = float(stats.norm.ppf((1 + confidence) / 2)) * math.sqrt(float(variance))
    return Statistic(value=float(value), low=float(value) - half, high=float(value) + half)
