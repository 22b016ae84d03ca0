"""Numbers of answers against published examples and independent implementations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

from QualityFinetuneLib.cases.tasks import Task, load_task
from QualityFinetuneLib.engine.worker.answer_scores import (
    FEWEST_FOR_INTERVAL,
    Answered,
    Score,
    accuracy,
    area_under_curve,
    coefficient_of_determination,
    quadratic_kappa,
    scores,
    wilson,
)

PI_RADS, VOLUME = load_task("pi_rads"), load_task("prostate_volume")
GRADES = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30)


def own(answer: str, names: str) -> Task:
    choices = [{"value": k, "name": name, "short": name} for k, name in enumerate(names)]
    return Task.model_validate(
        {"name": "own", "title": "Own", "roles": ["t2w"], "answer": answer, "choices": choices}
    )


def of(found: list[Score], metric: str, *, stratum: str = "all", label: str | None = None) -> Score:
    (one,) = [s for s in found if (s.metric, s.stratum, s.label) == (metric, stratum, label)]
    return one


@given(GRADES)
def test_kappa_is_that_of_statsmodels(pairs: list[tuple[int, int]]) -> None:
    truth, predicted = (np.array(column) for column in zip(*pairs, strict=True))
    table = np.zeros((5, 5))
    np.add.at(table, (truth, predicted), 1)
    found = quadratic_kappa(truth, predicted, grades=5)
    if found is None:
        assert (truth == truth[0]).all() and (predicted == truth[0]).all()
    else:
        with np.errstate(all="ignore"):
            assert found == pytest.approx(cohens_kappa(table, wt="quadratic").kappa, abs=1e-9)


def test_kappa_is_weighted_quadratically() -> None:
    """Worked by hand: the squared distances sum to 2 and 8, and to 8 by chance."""
    truth = np.array([0, 0, 1, 1, 2, 2])
    near, far = np.array([0, 1, 1, 0, 2, 2]), np.array([0, 2, 1, 1, 2, 0])
    assert quadratic_kappa(truth, near, grades=3) == pytest.approx(1 - 2 / 8)
    assert quadratic_kappa(truth, far, grades=3) == pytest.approx(1 - 8 / 8)
    assert accuracy(truth, near) == accuracy(truth, far)


def test_kappa_of_perfect_answers_is_one_and_of_a_constant_one_zero() -> None:
    truth = np.array([0, 1, 2, 3, 3])
    assert quadratic_kappa(truth, truth, grades=4) == 1.0
    assert quadratic_kappa(truth, np.full(5, 2), grades=4) == pytest.approx(0.0)
    assert quadratic_kappa(np.full(5, 2), np.full(5, 2), grades=4) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=25))
def test_area_is_that_of_mann_and_whitney(rows: list[tuple[bool, int]]) -> None:
    positive, certainty = (np.array(column) for column in zip(*rows, strict=True))
    found = area_under_curve(positive, certainty.astype(float))
    if positive.all() or not positive.any():
        assert found is None
        return
    u = mannwhitneyu(certainty[positive], certainty[~positive]).statistic
    assert found == pytest.approx(u / (positive.sum() * (~positive).sum()))


def test_more_certainty_for_positive_cases_gives_a_larger_area() -> None:
    """Swapping truth and certainty, as upstream does, would not."""
    positive = np.array([False, False, True, True])
    assert area_under_curve(positive, np.array([0.1, 0.2, 0.7, 0.9])) == 1.0
    assert area_under_curve(positive, np.array([0.9, 0.7, 0.2, 0.1])) == 0.0


@given(st.integers(1, 60), st.data())
def test_wilson_is_that_of_statsmodels(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    assert wilson(hits, count) == pytest.approx(proportion_confint(hits, count, method="wilson"), abs=1e-12)


def test_r_squared_of_a_line_is_one_and_of_the_mean_zero() -> None:
    truth = np.array([20.0, 40.0, 60.0])
    assert coefficient_of_determination(truth, truth) == 1.0
    assert coefficient_of_determination(truth, np.full(3, 40.0)) == 0.0
    assert coefficient_of_determination(truth, truth[::-1]) == -3.0
    assert coefficient_of_determination(np.full(3, 40.0), truth) is None


def graded(truth: float | None, predicted: float, quality: str | None = None) -> Answered:
    certainty = np.full(4, 0.1)
    certainty[int(predicted) - 2] = 0.7
    return Answered(truth=(truth,), predicted=(predicted,), probabilities=tuple(certainty), quality=quality)  # type: ignore[arg-type]


def test_grades_are_told_in_all_and_by_quality() -> None:
    cases = [graded(2, 2, "high"), graded(5, 4, "high"), graded(3, 3, "low"), graded(4, 2, "low"), graded(5, 5)]
    found = scores(PI_RADS, cases, intervals=True)
    assert of(found, "accuracy").value == pytest.approx(3 / 5)
    assert of(found, "accuracy").cases == 5
    assert of(found, "mean_absolute_error", stratum="low").value == 1.0
    assert of(found, "mean_absolute_error").unit == "grades"
    assert of(found, "accuracy", stratum="high").value == 0.5
    assert of(found, "accuracy", stratum="high").lower == pytest.approx(wilson(1, 2)[0])
    kappa = of(found, "quadratic_kappa")
    assert kappa.value is not None and kappa.lower is None and "fewer than 10" in str(kappa.why)


def test_grades_count_by_place_not_by_value() -> None:
    """PI-RADS 2 is the first grade; kappa and error are those of 0 ... 3."""
    found = scores(PI_RADS, [graded(2, 3), graded(5, 5), graded(4, 4)], intervals=False)
    assert of(found, "quadratic_kappa").value == pytest.approx(
        quadratic_kappa(np.array([0, 3, 2]), np.array([1, 3, 2]), grades=4)
    )


def test_enough_cases_have_an_interval_around_the_value() -> None:
    random = np.random.default_rng(1)
    cases = [graded(g, int(np.clip(g + random.integers(-1, 2), 2, 5))) for g in random.integers(2, 6, 40).tolist()]
    for score in scores(PI_RADS, cases, intervals=True):
        assert score.value is not None and score.lower is not None and score.upper is not None
        assert score.lower <= score.value <= score.upper
        assert score.upper > score.lower
    again = scores(PI_RADS, cases, intervals=True)
    assert again == scores(PI_RADS, cases, intervals=True)


def test_the_bootstrap_is_as_wide_as_theory_says() -> None:
    """Mean absolute error is a mean: its interval must be near mean ± 1.96 standard errors."""
    random = np.random.default_rng(2)
    truth = random.uniform(20, 100, 200)
    predicted = truth + random.normal(0, 8, 200)
    cases = [Answered(truth=(t,), predicted=(p,)) for t, p in zip(truth.tolist(), predicted.tolist(), strict=True)]
    score = of(scores(VOLUME, cases, intervals=True), "mean_absolute_error")
    errors = np.abs(predicted - truth)
    half = 1.96 * errors.std(ddof=1) / np.sqrt(200)
    assert score.lower == pytest.approx(errors.mean() - half, abs=0.15 * half)
    assert score.upper == pytest.approx(errors.mean() + half, abs=0.15 * half)


def test_volumes_are_told_with_unit_and_bias() -> None:
    found = scores(VOLUME, [Answered(truth=(t,), predicted=(t + 5,)) for t in (20.0, 40.0)], intervals=True)
    assert (of(found, "mean_absolute_error").value, of(found, "mean_absolute_error").unit) == (5.0, "ml")
    assert of(found, "bias").value == 5.0
    assert of(found, "r2").value == pytest.approx(1 - 50 / 200)


def test_what_nobody_knows_does_not_count() -> None:
    found = scores(PI_RADS, [graded(None, 2), graded(4, 4), graded(2, 2)], intervals=False)
    assert of(found, "accuracy").cases == 2
    assert of(found, "accuracy").value == 1.0
    nothing = scores(PI_RADS, [graded(None, 2)], intervals=True)
    assert all(score.value is None and score.why for score in nothing)
    assert FEWEST_FOR_INTERVAL == 10


def test_cases_all_alike_leave_kappa_open_with_a_reason() -> None:
    found = scores(PI_RADS, [graded(4, 4), graded(4, 4)], intervals=True)
    assert of(found, "quadratic_kappa").value is None
    assert "alike" in str(of(found, "quadratic_kappa").why)
    assert of(found, "accuracy").value == 1.0


def test_labels_are_told_each_and_together() -> None:
    task = own("labels", "AB")
    rows = [
        ((1.0, 0.0), (1.0, 0.0), (0.9, 0.2)),
        ((0.0, 1.0), (1.0, 1.0), (0.6, 0.8)),
        ((0.0, None), (0.0, 1.0), (0.3, 0.7)),
    ]
    cases = [Answered(truth=t, predicted=p, probabilities=q) for t, p, q in rows]
    found = scores(task, cases, intervals=False)
    assert of(found, "accuracy").value == pytest.approx(4 / 5)
    assert of(found, "accuracy", label="A").value == pytest.approx(2 / 3)
    assert of(found, "accuracy", label="B").cases == 2
    assert of(found, "auc", label="A").value == 1.0
    assert of(found, "macro_auc").value == 1.0


def test_classes_are_judged_one_against_the_rest() -> None:
    task = own("classes", "ABC")
    cases = [
        Answered(truth=(0.0,), predicted=(0.0,), probabilities=(0.6, 0.3, 0.1)),
        Answered(truth=(1.0,), predicted=(0.0,), probabilities=(0.5, 0.4, 0.1)),
        Answered(truth=(0.0,), predicted=(0.0,), probabilities=(0.8, 0.1, 0.1)),
    ]
    found = scores(task, cases, intervals=False)
    assert of(found, "accuracy").value == pytest.approx(2 / 3)
    # C never occurs, so the mean is over A and B, each of which ranks perfectly.
    assert of(found, "macro_auc").value == 1.0
