"""Intraclass correlation: six forms with exact F intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .ratings import Ratings
from .statistic import NO_SPREAD, TINY, Statistic, check_confidence

IccForm = Literal["icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k"]
ICC_FORMS: tuple[IccForm, ...] = ("icc_1_1", "icc_2_1", "icc_3_1", "icc_1_k", "icc_2_k", "icc_3_k")

TOO_FEW = "It needs two cases that every reader rated."
NO_VARIANCE = "The variances estimated from these few cases cancel out."
NO_LIMITS = "So few cases with so little agreement give no interval."
NOTHING = 1e-9
"""A share of variance below it is rounding."""
ALL_SAME = "The cases do not differ, so there is no variance between them to compare with."


@dataclass(frozen=True, kw_only=True)
class _MeanSquares:
    """Mean squares of the two-way layout of n cases by k raters (Shrout and Fleiss 1979, table 1)."""

    n: int
    k: int
    cases: float
    raters: float
    within: float
    error: float


def icc(ratings: Ratings, *, confidence: float = 0.95) -> dict[IccForm, Statistic]:
    """Every form of Shrout and Fleiss (Psychol Bull 1979;86:420), over the cases that every rater rated.

    1: each case has raters of its own. 2: the same raters, a sample of all. 3: the same raters, the only ones of
    interest. 1 and 2 count raters' biases as disagreement, 3 does not. `k`: of the mean of the k raters.
    """
    check_confidence(confidence)
    values = ratings.complete.values
    if values.shape[0] < 2 or values.shape[1] < 2:
        return {form: Statistic(reason=TOO_FEW) for form in ICC_FORMS}
    ms = _mean_squares(values)
    if ms.cases < TINY:
        return {form: Statistic(reason=ALL_SAME) for form in ICC_FORMS}
    first = _from_f(ms.cases, ms.within, ms, ms.n * (ms.k - 1), confidence)
    third = _from_f(ms.cases, ms.error, ms, (ms.n - 1) * (ms.k - 1), confidence)
    second = _second(ms, confidence)
    return {
        "icc_1_1": first,
        "icc_2_1": second,
        "icc_3_1": third,
        "icc_1_k": _of_the_mean(first, ms.k),
        "icc_2_k": _of_the_mean(second, ms.k),
        "icc_3_k": _of_the_mean(third, ms.k),
    }


def _mean_squares(values: np.ndarray) -> _MeanSquares:
    n, k = values.shape
    mean = values.mean()
    by_case, by_rater = values.mean(axis=1), values.mean(axis=0)
    cases = k * float(((by_case - mean) ** 2).sum()) / (n - 1)
    raters = n * float(((by_rater - mean) ** 2).sum()) / (k - 1)
    within = float(((values - by_case[:, None]) ** 2).sum()) / (n * (k - 1))
    residual = values - by_case[:, None] - by_rater[None, :] + mean
    error = float((residual**2).sum()) / ((n - 1) * (k - 1))
    return _MeanSquares(n=n, k=k, cases=cases, raters=raters, within=within, error=error)


def _from_f(between: float, within: float, ms: _MeanSquares, freedom: float, confidence: float) -> Statistic:
    """Forms 1 and 3: (B - W) / (B + (k - 1) W), and the same of the limits of B / W."""
    from scipy import stats

    value = (between - within) / (between + (ms.k - 1) * within)
    if within < TINY:
        return Statistic(value=value, reason=NO_SPREAD)
    ratio, tail = between / within, (1 + confidence) / 2
    low = ratio / float(stats.f.ppf(tail, ms.n - 1, freedom))
    high = ratio * float(stats.f.ppf(tail, freedom, ms.n - 1))
    return Statistic(value=value, low=(low - 1) / (low + ms.k - 1), high=(high - 1) / (high + ms.k - 1))


def _second(ms: _MeanSquares, confidence: float) -> Statistic:
    """Form 2; the interval with Satterthwaite's degrees of freedom (Shrout and Fleiss 1979, p. 424)."""
    from scipy import stats

    n, k = ms.n, ms.k
    value = (ms.cases - ms.error) / (ms.cases + (k - 1) * ms.error + k * (ms.raters - ms.error) / n)
    if ms.error < TINY:
        return Statistic(value=value, reason=NO_SPREAD)
    ratio = ms.raters / ms.error
    part = n * (1 + (k - 1) * value) - k * value
    freedom = (k - 1) * (n - 1) * (k * value * ratio + part) ** 2 / ((n - 1) * (k * value * ratio) ** 2 + part**2)
    tail = (1 + confidence) / 2
    lower, upper = float(stats.f.ppf(tail, n - 1, freedom)), float(stats.f.ppf(tail, freedom, n - 1))
    rest = k * ms.raters + (k * n - k - n) * ms.error
    low = n * (ms.cases - lower * ms.error) / (lower * rest + n * ms.cases)
    high = n * (upper * ms.cases - ms.error) / (rest + n * upper * ms.cases)
    if not low <= value <= high <= 1:
        return Statistic(value=value, reason=NO_LIMITS)
    return Statistic(value=value, low=low, high=high)


def _of_the_mean(single: Statistic, k: int) -> Statistic:
    """Spearman and Brown: of the mean of k raters, from that of one."""

    def stepped(value: float | None) -> float | None:
        if value is None or 1 + (k - 1) * value < NOTHING:
            return None
        return k * value / (1 + (k - 1) * value)

    value, low, high = stepped(single.value), stepped(single.low), stepped(single.high)
    if value is None:
        return Statistic(reason=single.reason or NO_VARIANCE)
    if low is None or high is None:
        return Statistic(value=value, reason=single.reason or NO_LIMITS)
    return Statistic(value=value, low=low, high=high)
