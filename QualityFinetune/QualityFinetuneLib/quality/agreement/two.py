"""How far two ratings of each case agree: percent agreement, Cohen's kappa and Gwet's AC1.

Percent agreement carries a Wilson interval, kappa the asymptotic one of Fleiss, Cohen and Everitt (1969), AC1 that of
Gwet. Where a statistic is not defined it is None and says why; it is never a number that looks like a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .statistic import Statistic, around, check_confidence

Weights = Literal["none", "linear", "quadratic"]
Pair = tuple[int | bool | None, int | bool | None]

NO_PAIRS = "No case was rated by both."
ONE_PAIR = "One case rated by both is too few."
ONE_CATEGORY = "Every rating by both is the same, so agreement by chance is complete and kappa is not defined."
ONE_CHOICE = "One of the two gave every case the same rating, so kappa is 0 whatever the other chose."
ONE_POSSIBLE = "There is only one category, so agreement says nothing."


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Agreement over the cases that both rated.

    Attributes:
        n: cases rated by both; `incomplete` those rated by one only.
        categories: the scale, in ascending order.
        table: counts, one row for each category of the first rating, one column for each of the second.
        observed: share of cases with the same rating, 0 to 1.
        kappa: Cohen's kappa; `kappa_linear` and `kappa_quadratic` weighted by the distance between categories.
        ac1: Gwet's first-order agreement coefficient.
    """

    n: int
    incomplete: int
    confidence: float
    categories: tuple[int, ...]
    table: tuple[tuple[int, ...], ...]
    observed: Statistic
    kappa: Statistic
    kappa_linear: Statistic
    kappa_quadratic: Statistic
    ac1: Statistic


def agreement(
    pairs: Iterable[Pair], *, categories: Sequence[int | bool] | None = None, confidence: float = 0.95
) -> Agreement:
    """Agreement between the first and the second rating of each case.

    Args:
        pairs: two ratings a case; a case where one of them is None is counted as incomplete and left out.
        categories: the whole scale, also what nobody chose: AC1 depends on their number. By default those found.
        confidence: level of the intervals, between 0 and 1.

    Raises:
        ValueError: for a rating outside `categories`, or a confidence outside 0 to 1.
    """
    check_confidence(confidence)
    every = list(pairs)
    both = [(int(one), int(other)) for one, other in every if one is not None and other is not None]
    found = {rating for pair in both for rating in pair}
    scale = tuple(sorted(found if categories is None else {int(category) for category in categories}))
    if not found <= set(scale):
        raise ValueError(f"ratings {sorted(found - set(scale))} are not among the categories {list(scale)}")
    table = _table(both, scale)
    return Agreement(
        n=len(both),
        incomplete=len(every) - len(both),
        confidence=confidence,
        categories=scale,
        table=tuple(tuple(int(count) for count in row) for row in table),
        observed=percent_agreement(table, confidence=confidence),
        kappa=cohen_kappa(table, scale, confidence=confidence),
        kappa_linear=cohen_kappa(table, scale, weights="linear", confidence=confidence),
        kappa_quadratic=cohen_kappa(table, scale, weights="quadratic", confidence=confidence),
        ac1=gwet_ac1(table, confidence=confidence),
    )


def percent_agreement(table: np.ndarray, *, confidence: float = 0.95) -> Statistic:
    """Share on the diagonal of a square table of counts, with Wilson's interval."""
    from statsmodels.stats.proportion import proportion_confint

    n = int(table.sum())
    if n == 0:
        return Statistic(reason=NO_PAIRS)
    same = int(np.trace(table))
    low, high = proportion_confint(same, n, alpha=1 - confidence, method="wilson")
    share = same / n  # rounding can put a bound a hair to its wrong side at 0 and 1
    return Statistic(value=share, low=min(share, float(low)), high=max(share, float(high)))


def cohen_kappa(
    table: np.ndarray, categories: Sequence[int], *, weights: Weights = "none", confidence: float = 0.95
) -> Statistic:
    """Cohen's kappa of a square table of counts, weighted by the difference of the categories' values if asked.

    Value and variance are those of statsmodels (Fleiss, Cohen and Everitt 1969); the interval is cut at -1 and 1.
    """
    from scipy import stats
    from statsmodels.stats.inter_rater import cohens_kappa

    reason = _too_few(table)
    used = (table.sum(axis=0) + table.sum(axis=1)) > 0
    if reason is None and used.sum() < 2:
        reason = ONE_CATEGORY
    if reason is not None:
        return Statistic(reason=reason)
    # Categories that nobody chose change neither kappa nor its variance, but would divide zero by zero.
    kept = table[np.ix_(used, used)]
    options: dict[str, Any] = {}
    if weights != "none":
        options = {"wt": weights, "weights": np.asarray(categories, dtype=float)[used]}
    with np.errstate(divide="ignore", invalid="ignore"):  # of its z test, which is not used, where the variance is 0
        result = cohens_kappa(kept, **options)
    value, variance = float(result.kappa), float(result.var_kappa)
    if min((kept.sum(axis=axis) > 0).sum() for axis in (0, 1)) < 2:
        return Statistic(value=0.0, reason=ONE_CHOICE)
    return around(value, variance, float(stats.norm.ppf((1 + confidence) / 2)))


def gwet_ac1(table: np.ndarray, *, confidence: float = 0.95) -> Statistic:
    """Gwet's AC1 of a square table of counts, one row and column for each category of the scale.

    AC1 = (pa - pe) / (1 - pe) with pe = sum_k pi_k (1 - pi_k) / (q - 1), pi_k the mean of both readers' shares of
    category k and q the number of categories (Gwet, Br J Math Stat Psychol 2008;61:29). Variance over the cases and
    t interval with n - 1 degrees of freedom (Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, ch. 5).
    """
    from scipy import stats

    reason = _too_few(table) or (ONE_POSSIBLE if len(table) < 2 else None)
    if reason is not None:
        return Statistic(reason=reason)
    n, q = float(table.sum()), len(table)
    shares = (table.sum(axis=0) + table.sum(axis=1)) / (2 * n)
    chance = float((shares * (1 - shares)).sum() / (q - 1))
    observed = float(np.trace(table) / n)
    value = (observed - chance) / (1 - chance)
    # What one case of each cell of the table contributes.
    agrees = (np.eye(q) - chance) / (1 - chance)
    chances = ((1 - shares)[:, None] + (1 - shares)[None, :]) / (2 * (q - 1))
    contribution = agrees - 2 * (1 - value) * (chances - chance) / (1 - chance)
    variance = float((table * (contribution - value) ** 2).sum() / (n * (n - 1)))
    return around(value, variance, float(stats.t.ppf((1 + confidence) / 2, n - 1)))


def _table(both: list[tuple[int, int]], scale: tuple[int, ...]) -> np.ndarray:
    table = np.zeros((len(scale), len(scale)), dtype=int)
    for one, other in both:
        table[scale.index(one), scale.index(other)] += 1
    return table


def _too_few(table: np.ndarray) -> str | None:
    return {0: NO_PAIRS, 1: ONE_PAIR}.get(int(table.sum()))
