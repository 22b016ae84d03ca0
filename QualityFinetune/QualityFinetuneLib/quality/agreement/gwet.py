"""Agreement of many raters with missing ratings: observed agreement, and Gwet's AC1 and AC2."""

from __future__ import annotations

import numpy as np

from .ratings import Ratings
from .statistic import Statistic, check_confidence, over_cases
from .two import ONE_POSSIBLE
from .weights import WeightKind, weights


def observed_agreement(ratings: Ratings, *, weight: WeightKind = "identity", confidence: float = 0.95) -> Statistic:
    """Share of pairs of raters who agree, averaged over the cases with two ratings or more; t interval over cases."""
    check_confidence(confidence)
    if (reason := ratings.problem()) is not None:
        return Statistic(reason=reason)
    shares = agreeing_pairs(ratings.pairable, weights(ratings.scale, weight))
    return over_cases(float(shares.mean()), shares, confidence=confidence, least=0.0)


def gwet_ac(ratings: Ratings, *, weight: WeightKind = "identity", confidence: float = 0.95) -> Statistic:
    """Gwet's AC1, or AC2 with a weight other than identity.

    (pa - pe) / (1 - pe) with pe = T sum_k pi_k (1 - pi_k) / (q (q - 1)), T the sum of all weights and pi_k the mean
    share of category k over the rated cases. Cases with one rating count for pi_k only. Variance over the cases
    (Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, ch. 4 and 5).
    """
    check_confidence(confidence)
    reason = ratings.problem() or (ONE_POSSIBLE if len(ratings.scale) < 2 else None)
    if reason is not None:
        return Statistic(reason=reason)
    weighted = weights(ratings.scale, weight)
    shares, agrees, pairable = shares_and_pairs(ratings, weighted)
    n, q = shares.shape
    pi = shares.mean(axis=0)
    factor = float(weighted.sum()) / (q * (q - 1))
    chance = factor * float((pi * (1 - pi)).sum())
    observed = float(agrees[pairable].mean())
    value = (observed - chance) / (1 - chance)
    own = (n / pairable.sum()) * (agrees - chance * pairable) / (1 - chance)
    by_chance = factor * shares @ (1 - pi)
    contributions = own - 2 * (1 - value) * (by_chance - chance) / (1 - chance)
    return over_cases(value, contributions, confidence=confidence)


def agreeing_pairs(ratings: Ratings, weighted: np.ndarray) -> np.ndarray:
    """Weighted share of agreeing pairs in each case (n,); every case has two ratings or more."""
    counts = ratings.counts
    raters = counts.sum(axis=1)
    agreeing: np.ndarray = (counts * (counts @ weighted - 1)).sum(axis=1) / (raters * (raters - 1))
    return agreeing


def shares_and_pairs(ratings: Ratings, weighted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the rated cases: shares of categories (n, q), agreeing pairs (n,; 0 with one rating), two or more (n,)."""
    rated = Ratings(ratings.values[ratings.raters_of_case >= 1], ratings.scale)
    counts, pairable = rated.counts, rated.raters_of_case >= 2
    agrees = np.zeros(len(counts))
    agrees[pairable] = agreeing_pairs(rated.pairable, weighted)
    return counts / counts.sum(axis=1, keepdims=True), agrees, pairable
