"""Fleiss' kappa of many raters, with Gwet's extension to missing ratings, weights and an interval."""

from __future__ import annotations

from .gwet import shares_and_pairs
from .ratings import ONE_RATING, Ratings
from .statistic import TINY, Statistic, check_confidence, over_cases
from .weights import WeightKind, weights


def fleiss_kappa(ratings: Ratings, *, weight: WeightKind = "identity", confidence: float = 0.95) -> Statistic:
    """Fleiss' kappa (Psychol Bull 1971;76:378).

    (pa - pe) / (1 - pe) with pe = sum_kl w_kl pi_k pi_l. statsmodels has the value where every case has the same
    number of ratings and no weights; a test holds both equal. Variance over the cases (Gwet, Handbook of Inter-Rater
    Reliability, 4th ed. 2014, ch. 5), which unlike Fleiss' own does not assume that there is no agreement.
    """
    check_confidence(confidence)
    if (reason := ratings.problem()) is not None:
        return Statistic(reason=reason)
    weighted = weights(ratings.scale, weight)
    shares, agrees, pairable = shares_and_pairs(ratings, weighted)
    pi = shares.mean(axis=0)
    chance = float(pi @ weighted @ pi)
    if 1 - chance < TINY:
        return Statistic(reason=ONE_RATING)
    value = (float(agrees[pairable].mean()) - chance) / (1 - chance)
    own = (len(shares) / pairable.sum()) * (agrees - chance * pairable) / (1 - chance)
    by_chance = shares @ weighted @ pi
    contributions = own - 2 * (1 - value) * (by_chance - chance) / (1 - chance)
    return over_cases(value, contributions, confidence=confidence)
