"""Scores of a set of cases, and the distance between the scores of two sets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..agreement.statistic import Statistic, check_confidence

NOTHING_RATED = "One of the sets has no rated case."
RESAMPLES = 2000


@dataclass(frozen=True, kw_only=True)
class ScoreDistribution:
    """How many cases of a set have each score.

    Attributes:
        counts: by score, for the whole scale in ascending order.
        unrated: cases without a score.
    """

    counts: dict[int, int]
    unrated: int

    @property
    def rated(self) -> int:
        """Cases with a score."""
        return sum(self.counts.values())

    @property
    def shares(self) -> dict[int, float | None]:
        """Share of the rated cases by score; None where nothing is rated."""
        return {score: count / self.rated if self.rated else None for score, count in self.counts.items()}

    def at_least(self, threshold: int) -> int:
        """How many cases reach a score."""
        return sum(count for score, count in self.counts.items() if score >= threshold)


@dataclass(frozen=True, kw_only=True)
class ScoreShift:
    """How far the scores of a second set are from those of a first.

    Attributes:
        total_variation: half the sum of the differences of shares, 0 (alike) to 1 (no score in common).
        wasserstein: mean distance in points of the score that cases would have to move, 0 if alike.
        chance: probability of a total variation at least as large if cases were dealt to the two sets at random.
        high: share of high quality in the first and the second set; None where nothing is rated.
        high_share: second minus first of these shares.
        high_chance: probability that the shares differ that much by chance (Fisher's exact test).
    """

    first: ScoreDistribution
    second: ScoreDistribution
    total_variation: Statistic
    wasserstein: Statistic
    chance: float | None
    high: tuple[float | None, float | None]
    high_share: Statistic
    high_chance: float | None


def score_distribution(scores: Iterable[int | None], *, scale: Sequence[int]) -> ScoreDistribution:
    """Count scores; one outside `scale` widens it, so that no case is lost."""
    given = list(scores)
    known = [score for score in given if score is not None]
    return ScoreDistribution(
        counts={score: known.count(score) for score in sorted({*scale, *known})}, unrated=len(given) - len(known)
    )


def score_shift(
    first: Iterable[int | None],
    second: Iterable[int | None],
    *,
    scale: Sequence[int],
    high_from: int,
    confidence: float = 0.95,
    seed: int = 0,
) -> ScoreShift:
    """Distance of two sets of scores; intervals by bootstrap over cases, chance by dealing them out again.

    Both distances of small sets are above 0 even if the sets were drawn from one: read them with their chance.

    Args:
        first: scores of one set, e.g. that a model was trained on; None for a case without one.
        second: of the other, e.g. where it is used.
        scale: every possible score.
        high_from: score from which a case is of high quality.
        confidence: level of the intervals.
        seed: of the resampling.
    """
    from scipy import stats

    check_confidence(confidence)
    one, other = list(first), list(second)
    known = sorted({*scale, *(score for score in (*one, *other) if score is not None)})
    a, b = score_distribution(one, scale=known), score_distribution(other, scale=known)
    if not a.rated or not b.rated:
        missing = Statistic(reason=NOTHING_RATED)
        return ScoreShift(
            first=a, second=b, total_variation=missing, wasserstein=missing, chance=None,
            high=(_high(a, high_from), _high(b, high_from)), high_share=missing, high_chance=None,
        )  # fmt: skip
    counts = [np.array(list(of.counts.values())) for of in (a, b)]
    gaps = np.diff(np.array(known, dtype=float))
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(n.sum(), n / n.sum(), size=RESAMPLES) for n in counts]
    dealt = rng.multivariate_hypergeometric(counts[0] + counts[1], int(counts[0].sum()), size=RESAMPLES)
    observed = float(_total_variation(counts[0], counts[1]))
    by_chance = _total_variation(dealt, counts[0] + counts[1] - dealt)
    high = [[of.at_least(high_from), of.rated - of.at_least(high_from)] for of in (a, b)]
    return ScoreShift(
        first=a,
        second=b,
        total_variation=_bootstrapped(observed, _total_variation(drawn[0], drawn[1]), confidence),
        wasserstein=_bootstrapped(
            float(_wasserstein(counts[0], counts[1], gaps)), _wasserstein(drawn[0], drawn[1], gaps), confidence
        ),
        chance=float(((by_chance >= observed - 1e-12).sum() + 1) / (RESAMPLES + 1)),
        high=(_high(a, high_from), _high(b, high_from)),
        high_share=_difference_of_shares(high, confidence),
        high_chance=float(stats.fisher_exact(high).pvalue),
    )


def _high(scores: ScoreDistribution, high_from: int) -> float | None:
    return scores.at_least(high_from) / scores.rated if scores.rated else None


def _total_variation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of counts (..., q), one result for each leading place."""
    return np.asarray(np.abs(_shares(a) - _shares(b)).sum(axis=-1) / 2)


def _wasserstein(a: np.ndarray, b: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Area between the cumulative shares; `gaps` (q - 1,) are the distances of neighbouring scores."""
    cumulated = np.abs(np.cumsum(_shares(a) - _shares(b), axis=-1))[..., :-1]
    return np.asarray(cumulated @ gaps)


def _shares(counts: np.ndarray) -> np.ndarray:
    return np.asarray(counts / counts.sum(axis=-1, keepdims=True))


def _bootstrapped(value: float, samples: np.ndarray, confidence: float) -> Statistic:
    low, high = np.quantile(samples, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Statistic(value=value, low=min(value, float(low)), high=max(value, float(high)))


def _difference_of_shares(high: list[list[int]], confidence: float) -> Statistic:
    """Second minus first, with Newcombe's interval."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    (count_first, rest_first), (count, rest) = high
    n, n_first = count + rest, count_first + rest_first
    low, up = confint_proportions_2indep(
        count, n, count_first, n_first, method="newcomb", compare="diff", alpha=1 - confidence
    )
    value = count / n - count_first / n_first
    return Statistic(value=value, low=min(value, float(low)), high=max(value, float(up)))
