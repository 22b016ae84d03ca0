"""How well answers about whole exams agree with what is known, with confidence intervals. Knows no torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import norm, rankdata

from ...cases.answers import answer_keys, position_of
from ...cases.tasks import Task
from ..protocol.jobs import Quality

FEWEST_FOR_INTERVAL = 10
"""Below this many cases a bootstrap says more about luck than about the model."""
_RESAMPLES = 1000
_CONFIDENCE = 0.95

Statistic = Callable[[np.ndarray, np.ndarray, np.ndarray | None], float | None]
"""Truth and prediction (cases, keys), probabilities (cases, outputs) to a number; None where it is undefined."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One case: what is known, what was predicted, and how sure the prediction is.

    Attributes:
        truth: numbers as in `CaseFiles.answer`; None is not known and does not count.
        predicted: the same of the prediction.
        probabilities: of each choice; None for values.
    """

    truth: tuple[float | None, ...]
    predicted: tuple[float | None, ...]
    probabilities: tuple[float, ...] | None = None
    quality: Quality | None = None


@dataclass(frozen=True, kw_only=True)
class Score:
    """One number over the cases of a stratum.

    Attributes:
        label: which label or value it is of; None for all together.
        lower: of the interval of 95 % confidence, None with too few cases; `upper` likewise.
        why: why there is no value, or no interval.
    """

    metric: str
    label: str | None
    stratum: Literal["all", "high", "low"]
    unit: str
    value: float | None
    lower: float | None = None
    upper: float | None = None
    cases: int = 0
    why: str | None = None


def accuracy(truth: np.ndarray, predicted: np.ndarray) -> float | None:
    """Share of answers that are right."""
    return float(np.mean(truth == predicted)) if truth.size else None


def quadratic_kappa(truth: np.ndarray, predicted: np.ndarray, *, grades: int) -> float | None:
    """Cohen's kappa with quadratic weights (Cohen, Psychol. Bull. 70:213, 1968) of grades counting from 0.

    None where truth and prediction are one and the same grade throughout, which leaves no chance to correct for.
    """
    if not truth.size:
        return None
    observed = np.zeros((grades, grades))
    np.add.at(observed, (truth.astype(int), predicted.astype(int)), 1.0)
    positions = np.arange(grades)
    weight = (positions[:, None] - positions) ** 2
    expected = observed.sum(1)[:, None] * observed.sum(0) / truth.size
    chance = float((weight * expected).sum())
    return 1.0 - float((weight * observed).sum()) / chance if chance > 0 else None


def area_under_curve(positive: np.ndarray, certainty: np.ndarray) -> float | None:
    """Area under the ROC curve as Mann and Whitney's U: ties count one half. None without both kinds of cases."""
    count = int(positive.sum())
    others = positive.size - count
    if count == 0 or others == 0:
        return None
    ranks = rankdata(certainty)
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * others))


def coefficient_of_determination(truth: np.ndarray, predicted: np.ndarray) -> float | None:
    """R squared, 1 - residual over total sum of squares about the mean; None where all values are alike."""
    spread = float(((truth - truth.mean()) ** 2).sum()) if truth.size else 0.0
    return 1.0 - float(((truth - predicted) ** 2).sum()) / spread if spread > 0 else None


def scores(task: Task, cases: Sequence[Answered], *, intervals: bool) -> list[Score]:
    """Every number of the task, over all cases and in each quality stratum that has cases.

    Args:
        task: says what kind of answers they are.
        cases: to be judged; those without a known answer do not count.
        intervals: also compute confidence intervals: Wilson's for shares, percentile bootstrap over cases for others.
    """
    strata: list[tuple[Literal["all", "high", "low"], list[Answered]]] = [("all", list(cases))]
    levels: tuple[Literal["high", "low"], ...] = ("high", "low")
    strata += [(name, [case for case in cases if case.quality == name]) for name in levels]
    return [
        score
        for stratum, members in strata
        if members or stratum == "all"
        for score in _of_stratum(task, members, stratum, intervals=intervals)
    ]


def _of_stratum(
    task: Task, cases: Sequence[Answered], stratum: Literal["all", "high", "low"], *, intervals: bool
) -> list[Score]:
    found = []
    for metric, label, unit, columns, statistic in _statistics(task):
        known = [case for case in cases if all(_is_known(case, column) for column in columns)]
        if len(columns) > 1:  # over several labels a case counts as far as it is known
            known = [case for case in cases if any(_is_known(case, column) for column in columns)]
        arrays = _arrays(task, known)
        value = statistic(*arrays) if known else None
        why = None if value is not None else "No case tells." if not known else "The cases are all alike in this."
        score = Score(metric=metric, label=label, stratum=stratum, unit=unit, value=value, cases=len(known), why=why)
        found.append(_with_interval(score, arrays, statistic) if intervals and value is not None else score)
    return found


def _statistics(task: Task) -> list[tuple[str, str | None, str, tuple[int, ...], Statistic]]:
    """Metric, label, unit, columns that must be known, and how it is computed."""
    count = len(task.choices)
    if task.answer == "classes":
        return [
            ("accuracy", None, "", (0,), lambda t, p, _: accuracy(t[:, 0], p[:, 0])),
            ("macro_auc", None, "", (0,), lambda t, _, q: _mean_auc(_one_hot(t, count), q)),
        ]
    if task.answer == "grades":
        return [
            ("quadratic_kappa", None, "", (0,), lambda t, p, _: quadratic_kappa(t[:, 0], p[:, 0], grades=count)),
            ("accuracy", None, "", (0,), lambda t, p, _: accuracy(t[:, 0], p[:, 0])),
            ("mean_absolute_error", None, "grades", (0,), lambda t, p, _: _mean_error(t[:, 0], p[:, 0])),
            ("macro_auc", None, "", (0,), lambda t, _, q: _mean_auc(_higher(t, count), _tails(q))),
        ]
    keys = answer_keys(task)
    if task.answer == "labels":
        every = tuple(range(count))
        return [
            ("macro_auc", None, "", every, lambda t, _, q: _mean_auc(t, q)),
            ("accuracy", None, "", every, lambda t, p, _: accuracy(t[~np.isnan(t)], p[~np.isnan(t)])),
            *(("auc", key, "", (k,), _label_auc(k)) for k, key in enumerate(keys)),
            *(("accuracy", key, "", (k,), _label_accuracy(k)) for k, key in enumerate(keys)),
        ]
    several = len(keys) > 1
    rows: list[tuple[str, str | None, str, tuple[int, ...], Statistic]] = []
    for column, value in enumerate(task.values):
        label = value.short if several else None
        rows += [
            ("mean_absolute_error", label, value.unit, (column,), _value(column, _mean_error)),
            ("bias", label, value.unit, (column,), _value(column, lambda t, p: float((p - t).mean()))),
            ("r2", label, "", (column,), _value(column, coefficient_of_determination)),
        ]
    return rows


def _with_interval(
    score: Score, arrays: tuple[np.ndarray, np.ndarray, np.ndarray | None], statistic: Statistic
) -> Score:
    truth, predicted, probabilities = arrays
    if score.metric == "accuracy" and truth.shape[1] == 1:
        lower, upper = wilson(float(np.sum(truth == predicted)), score.cases)
        return replace(score, lower=lower, upper=upper)
    if score.cases < FEWEST_FOR_INTERVAL:
        return replace(score, why=f"No interval is given for fewer than {FEWEST_FOR_INTERVAL} cases.")
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(_RESAMPLES):
        rows = random.integers(0, len(truth), len(truth))
        value = statistic(truth[rows], predicted[rows], None if probabilities is None else probabilities[rows])
        if value is not None:
            drawn.append(value)
    if len(drawn) < 0.9 * _RESAMPLES:
        return replace(score, why="No interval is given: too many samples of these cases are all alike.")
    tail = (1 - _CONFIDENCE) / 2
    lower, upper = (float(bound) for bound in np.quantile(drawn, [tail, 1 - tail]))
    return replace(score, lower=lower, upper=upper)


def wilson(hits: float, count: int, *, confidence: float = _CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson, J. Am. Stat. Assoc. 22:209, 1927)."""
    z = float(norm.ppf((1 + confidence) / 2))
    share = hits / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def _is_known(case: Answered, column: int) -> bool:
    return case.truth[column] is not None and case.predicted[column] is not None


def _arrays(task: Task, cases: Sequence[Answered]) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    def numbers(row: tuple[float | None, ...]) -> list[float]:
        if task.answer in ("classes", "grades"):
            return [math.nan if one is None else position_of(task, one) for one in row]
        return [math.nan if one is None else one for one in row]

    keys = len(answer_keys(task))
    truth = np.array([numbers(case.truth) for case in cases], dtype=float).reshape(-1, keys)
    predicted = np.array([numbers(case.predicted) for case in cases], dtype=float).reshape(-1, keys)
    if any(case.probabilities is None for case in cases):
        return truth, predicted, None
    return truth, predicted, np.array([case.probabilities for case in cases], dtype=float)


def _mean_error(truth: np.ndarray, predicted: np.ndarray) -> float:
    return float(np.abs(predicted - truth).mean())


def _mean_auc(positives: np.ndarray, certainty: np.ndarray | None) -> float | None:
    """Mean over the columns that have both kinds of cases; what is NaN in `positives` does not count."""
    if certainty is None:
        return None
    found = []
    for positive, sure in zip(positives.T, certainty.T, strict=True):
        known = ~np.isnan(positive)
        found.append(area_under_curve(positive[known] > 0.5, sure[known]))
    areas = [area for area in found if area is not None]
    return float(np.mean(areas)) if areas else None


def _one_hot(truth: np.ndarray, count: int) -> np.ndarray:
    return (truth == np.arange(count)).astype(float)


def _higher(truth: np.ndarray, count: int) -> np.ndarray:
    return (truth > np.arange(count - 1)).astype(float)


def _tails(probabilities: np.ndarray | None) -> np.ndarray | None:
    """Probability of a grade higher than k, for k = 0 ... grades - 2."""
    if probabilities is None:
        return None
    return np.cumsum(probabilities[:, ::-1], axis=1)[:, ::-1][:, 1:]


def _label_auc(column: int) -> Statistic:
    return lambda t, _, q: None if q is None else area_under_curve(t[:, column] > 0.5, q[:, column])


def _label_accuracy(column: int) -> Statistic:
    return lambda t, p, _: accuracy(t[:, column], p[:, column])


def _value(column: int, measure: Callable[[np.ndarray, np.ndarray], float | None]) -> Statistic:
    return lambda t, p, _: measure(t[:, column], p[:, column])
