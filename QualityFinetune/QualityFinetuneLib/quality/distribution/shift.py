"""Compare the quality of the cases that a model was trained on with those where it is used, and say it in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .measures import MeasureShift, Values, measure_shifts
from .scores import ScoreShift, score_shift
from .thresholds import ShiftThresholds

Verdict = Literal["alike", "different", "unclear"]


@dataclass(frozen=True, kw_only=True)
class CaseSet:
    """Cases to compare.

    Attributes:
        name: what to call the set in a sentence, e.g. `training set`.
        scores: score of each case, None where it is not rated.
        measures: measured numbers of each case, where there are any.
    """

    name: str
    scores: Sequence[int | None]
    measures: Sequence[Values] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class QualityShift:
    """Two sets compared.

    Attributes:
        verdict: `different` when a difference reaches its threshold and is not easily chance; `unclear` when one
            reaches it but may be chance, or too few cases are rated; else `alike`.
        warnings: one plain sentence each; empty when the sets are alike.
    """

    first: str
    second: str
    scores: ScoreShift
    measures: tuple[MeasureShift, ...]
    thresholds: ShiftThresholds
    verdict: Verdict
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Finding:
    clear: bool
    sentence: str


def quality_shift(
    first: CaseSet,
    second: CaseSet,
    *,
    scale: Sequence[int],
    high_from: int,
    thresholds: ShiftThresholds | None = None,
    seed: int = 0,
) -> QualityShift:
    """Compare two sets.

    Args:
        first: the set that the second is held against, e.g. what a model was trained on.
        second: e.g. where it is used.
        scale: every possible score.
        high_from: score from which a case is of high quality.
        thresholds: from which difference on to warn; None takes the defaults.
        seed: of the resampling.
    """
    limits = thresholds or ShiftThresholds()
    scores = score_shift(first.scores, second.scores, scale=scale, high_from=high_from, seed=seed)
    measures = tuple(measure_shifts(first.measures, second.measures))
    found = [*_about_scores(scores, first, second, limits), *_about_measures(measures, first, second, limits)]
    few = [*_too_few(first, limits), *_too_few(second, limits)]
    clear = any(one.clear for one in found) and not few
    verdict: Verdict = "different" if clear else "unclear" if found or few else "alike"
    return QualityShift(
        first=first.name,
        second=second.name,
        scores=scores,
        measures=measures,
        thresholds=limits,
        verdict=verdict,
        warnings=(*(one.sentence for one in found), *few, *_advice(verdict, second)),
    )


def _about_scores(scores: ScoreShift, first: CaseSet, second: CaseSet, limits: ShiftThresholds) -> Iterator[_Finding]:
    (in_first, in_second), share = scores.high, scores.high_share.value
    if in_first is not None and in_second is not None and share is not None and abs(share) >= limits.high_share:
        clear = scores.high_chance is not None and scores.high_chance <= limits.chance
        yield _Finding(
            clear=clear,
            sentence=f"Image quality is {'lower' if share < 0 else 'higher'} in the {second.name}: {in_second:.0%} "
            f"of its rated cases are of high quality, against {in_first:.0%} of the {first.name}{_maybe(clear)}.",
        )
    apart, moved = scores.total_variation.value, scores.wasserstein.value
    if apart is not None and moved is not None and (apart >= limits.total_variation or moved >= limits.wasserstein):
        clear = scores.chance is not None and scores.chance <= limits.chance
        yield _Finding(
            clear=clear,
            sentence=f"Scores are distributed differently: {apart:.0%} of the cases would need another score for the "
            f"sets to be alike, which moves a case by {moved:.1f} points on average{_maybe(clear)}.",
        )


def _about_measures(
    measures: Sequence[MeasureShift], first: CaseSet, second: CaseSet, limits: ShiftThresholds
) -> Iterator[_Finding]:
    # With many measures some differ by chance: the limit is shared out among them (Bonferroni).
    tested = sum(one.chance is not None for one in measures)
    for one in measures:
        apart, spread = one.difference.value, one.kolmogorov_smirnov
        far = apart is not None and abs(apart) >= limits.standardised_difference
        if spread is None or one.chance is None or not (far or spread >= limits.kolmogorov_smirnov):
            continue
        clear = one.chance <= limits.chance / tested
        old, new = (f"{mean:.4g}" for mean in one.means if mean is not None)
        size = "" if apart is None else f", {abs(apart):.1f} standard deviations apart"
        yield _Finding(
            clear=clear,
            sentence=f"The measure {one.name} differs: {new} on average in the {second.name}, {old} in the "
            f"{first.name}{size}{_maybe(clear)}.",
        )


def _too_few(of: CaseSet, limits: ShiftThresholds) -> Iterator[str]:
    rated = sum(score is not None for score in of.scores)
    if rated < limits.fewest_cases:
        yield (
            f"Only {rated} of the {len(of.scores)} cases of the {of.name} are rated; rate at least "
            f"{limits.fewest_cases} to compare."
        )


def _advice(verdict: Verdict, second: CaseSet) -> Iterator[str]:
    if verdict == "different":
        yield (
            f"A model may do better or worse on the {second.name} than it did in training: check its results there, "
            "by quality, before relying on them."
        )


def _maybe(clear: bool) -> str:
    return "" if clear else " (this may be chance)"
