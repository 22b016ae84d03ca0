"""AC1 and AC2 against Gwet's published numbers and against the two-rater form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ratings import Rows, rows
from QualityFinetuneLib.quality.agreement.gwet import gwet_ac, observed_agreement
from QualityFinetuneLib.quality.agreement.ratings import ONE_CASE, TOO_FEW_RATERS, Ratings
from QualityFinetuneLib.quality.agreement.statistic import NO_SPREAD
from QualityFinetuneLib.quality.agreement.two import ONE_POSSIBLE, agreement
from QualityFinetuneLib.quality.agreement.weights import WEIGHT_KINDS, WeightKind

SCALE = (1, 2, 3, 4)
T_11 = 2.2009851600829
"""Student's t at 97.5 % with 11 degrees of freedom."""


@pytest.mark.parametrize(
    ("weight", "value", "error"),
    [
        # cac.raw4raters in the documentation of Gwet's irrCAC: AC1 and its standard error; AC2 from the same program.
        ("identity", 0.77544, 0.14295),
        ("linear", 0.85874, 0.11733),
        ("quadratic", 0.91400, 0.10396),
        ("ordinal", 0.89894, 0.10690),
    ],
)
def test_gwets_four_raters(canonical: Rows, weight: WeightKind, value: float, error: float) -> None:
    found = gwet_ac(Ratings.of(canonical), weight=weight)
    assert found.value == pytest.approx(value, abs=5e-6)
    assert found.low == pytest.approx(value - T_11 * error, abs=3e-5)
    assert found.high == 1.0


def test_observed_agreement_of_gwets_four_raters(canonical: Rows) -> None:
    assert observed_agreement(Ratings.of(canonical)).value == pytest.approx(0.81818, abs=5e-6)
    assert observed_agreement(Ratings.of(canonical), weight="quadratic").value == pytest.approx(0.97538, abs=5e-6)


@settings(max_examples=60)
@given(table=rows(raters=2, missing=False))
def test_with_two_raters_it_is_the_ac1_of_two(table: Rows) -> None:
    two = agreement([(first, second) for first, second in table], categories=SCALE).ac1
    many = gwet_ac(Ratings.of(table, scale=SCALE))
    assert many.value == pytest.approx(two.value, abs=1e-12)
    if two.low is not None and two.high is not None:
        assert (many.low, many.high) == (pytest.approx(two.low, abs=1e-9), pytest.approx(two.high, abs=1e-9))


@settings(max_examples=60)
@given(table=rows(), weight=st.sampled_from(WEIGHT_KINDS), order=st.randoms(use_true_random=False))
def test_neither_the_order_of_raters_nor_that_of_cases_matters(
    table: Rows, weight: WeightKind, order: object
) -> None:
    shuffled = [list(row) for row in table]
    for row in shuffled:
        order.shuffle(row)  # type: ignore[attr-defined] - within a case: AC asks how many, not who
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    first = gwet_ac(Ratings.of(table, scale=SCALE), weight=weight)
    second = gwet_ac(Ratings.of(shuffled, scale=SCALE), weight=weight)
    assert first.reason == second.reason
    for name in ("value", "low", "high"):
        assert getattr(first, name) == pytest.approx(getattr(second, name), abs=1e-9)


@settings(max_examples=60)
@given(table=rows(), names=st.permutations(SCALE))
def test_names_of_unordered_categories_do_not_matter(table: Rows, names: list[int]) -> None:
    renamed = [[None if rating is None else names[rating - 1] for rating in row] for row in table]
    first, second = (gwet_ac(Ratings.of(one, scale=SCALE)) for one in (table, renamed))
    assert first.value == pytest.approx(second.value, abs=1e-9)


@settings(max_examples=40)
@given(table=rows(), weight=st.sampled_from(WEIGHT_KINDS))
def test_turning_the_scale_round_does_not_matter(table: Rows, weight: WeightKind) -> None:
    turned = [[None if rating is None else 5 - rating for rating in row] for row in table]
    first, second = (gwet_ac(Ratings.of(one, scale=SCALE), weight=weight) for one in (table, turned))
    assert first.value == pytest.approx(second.value, abs=1e-9)


@settings(max_examples=40)
@given(column=st.lists(st.integers(1, 4), min_size=2, max_size=12), weight=st.sampled_from(WEIGHT_KINDS))
def test_complete_agreement_is_one(column: list[int], weight: WeightKind) -> None:
    found = gwet_ac(Ratings.of([[rating] * 3 for rating in column], scale=SCALE), weight=weight)
    assert found.value == pytest.approx(1.0)
    assert (found.low, found.reason) == (None, NO_SPREAD)


def test_the_interval_agrees_with_a_bootstrap_over_cases() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(1, 5, 60)
    noisy = np.clip(truth[:, None] + rng.integers(-1, 2, (60, 3)) * (rng.random((60, 3)) < 0.4), 1, 4)
    found = gwet_ac(Ratings(noisy.astype(float), SCALE), weight="linear")
    samples = [
        gwet_ac(Ratings(noisy[rng.integers(0, 60, 60)].astype(float), SCALE), weight="linear").value
        for _ in range(300)
    ]
    low, high = np.quantile(np.array(samples, dtype=float), [0.025, 0.975])
    assert (found.low, found.high) == (pytest.approx(low, abs=0.03), pytest.approx(high, abs=0.03))


@pytest.mark.parametrize("statistic", [gwet_ac, observed_agreement])
def test_too_few_ratings_give_a_reason(statistic: object) -> None:
    of = statistic  # both take ratings
    assert of(Ratings.of([[1, None], [2, None]])).reason == TOO_FEW_RATERS  # type: ignore[operator]
    assert of(Ratings.of([[1, 2], [2, None]])).reason == ONE_CASE  # type: ignore[operator]


def test_one_possible_category_says_nothing() -> None:
    assert gwet_ac(Ratings.of([[1, 1], [1, 1]])).reason == ONE_POSSIBLE
