"""Krippendorff's alpha: any number of raters, missing ratings, nominal, ordinal or interval scale."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .ratings import ONE_RATING, Ratings
from .statistic import TINY, Statistic, check_confidence, over_cases

Level = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(ratings: Ratings, *, level: Level = "nominal", confidence: float = 0.95) -> Statistic:
    """Krippendorff's alpha = 1 - observed / expected disagreement, over the cases with two ratings or more.

    Value as in Krippendorff, Computing Krippendorff's Alpha-Reliability (2011). The interval is the t interval over
    cases of its linearised form (Gwet, Handbook of Inter-Rater Reliability, 4th ed. 2014, ch. 5); distances of the
    ordinal metric, which depend on the ratings, are taken as given in it.
    """
    check_confidence(confidence)
    if (reason := ratings.problem()) is not None:
        return Statistic(reason=reason)
    counts = ratings.pairable.counts.astype(float)
    distance = distances(ratings.scale, counts.sum(axis=0), level)
    if distance.max() < TINY:
        return Statistic(reason=ONE_RATING)
    weighted = 1 - distance / distance.max()
    raters = counts.sum(axis=1)
    mean_raters = float(raters.mean())
    pi = counts.mean(axis=0) / mean_raters
    chance = float(pi @ weighted @ pi)
    if 1 - chance < TINY:
        return Statistic(reason=ONE_RATING)
    pairs = (counts * (counts @ weighted - 1)).sum(axis=1) / (mean_raters * (raters - 1))
    observed = float(pairs.mean())
    small = 1 / float(raters.sum())
    corrected = (1 - small) * observed + small
    value = (corrected - chance) / (1 - chance)
    linear = (observed - chance) / (1 - chance)
    surplus = (raters - mean_raters) / mean_raters
    own = (pairs - corrected * surplus - chance) / (1 - chance)
    by_chance = counts @ weighted @ pi / mean_raters - chance * surplus
    contributions = own - 2 * (1 - linear) * (by_chance - chance) / (1 - chance)
    return over_cases(value, contributions + (value - linear), confidence=confidence)


def distances(scale: tuple[int, ...], totals: np.ndarray, level: Level) -> np.ndarray:
    """Krippendorff's squared metric differences (q, q) between the categories of the scale.

    Args:
        scale: ascending categories.
        totals: how often each was chosen in cases with two ratings or more (q,); the ordinal metric counts them.
        level: of the scale.
    """
    q = len(scale)
    if level == "nominal":
        return 1 - np.eye(q)
    if level == "interval":
        values = np.asarray(scale, dtype=float)
        return np.asarray((values[:, None] - values[None, :]) ** 2)
    # Ratings from the one to the other, those at both ends counted half: middle of each category on the ranked line.
    middle = np.cumsum(totals) - totals / 2
    return np.asarray((middle[:, None] - middle[None, :]) ** 2)
