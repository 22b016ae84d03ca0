"""Distances of scores against scipy, by their laws, and by drawing both sets from one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from QualityFinetuneLib.quality.distribution.scores import NOTHING_RATED, ScoreShift, score_distribution, score_shift

SCALE = (1, 2, 3)
sets = st.lists(st.one_of(st.sampled_from(SCALE), st.none()), min_size=1, max_size=15)


def shift(first: list[int | None], second: list[int | None], **options: int) -> ScoreShift:
    return score_shift(first, second, **({"scale": SCALE, "high_from": 2} | options))  # type: ignore[arg-type]


def test_cases_are_counted_and_none_is_lost() -> None:
    found = score_distribution([1, 3, 3, None, 5], scale=SCALE)
    assert found.counts == {1: 1, 2: 0, 3: 2, 5: 1}
    assert (found.rated, found.unrated, found.at_least(3)) == (4, 1, 3)
    assert found.shares[3] == 0.5
    assert score_distribution([None], scale=SCALE).shares == {1: None, 2: None, 3: None}


@settings(max_examples=40)
@given(first=sets, second=sets)
def test_distances_are_those_of_scipy_and_do_not_depend_on_the_order(
    first: list[int | None], second: list[int | None]
) -> None:
    found, back = shift(first, second), shift(second, first)
    a, b = ([score for score in one if score is not None] for one in (first, second))
    if not a or not b:
        assert found.total_variation.reason == found.wasserstein.reason == NOTHING_RATED
        assert found.chance is None
        return
    assert found.wasserstein.value == pytest.approx(stats.wasserstein_distance(a, b))
    by_hand = sum(abs(a.count(score) / len(a) - b.count(score) / len(b)) for score in SCALE) / 2
    assert found.total_variation.value == pytest.approx(by_hand)
    assert back.wasserstein.value == pytest.approx(found.wasserstein.value)
    assert back.high_share.value == pytest.approx(-(found.high_share.value or 0))
    for one in (found.total_variation, found.wasserstein, found.high_share):
        assert one.low is not None and one.value is not None and one.high is not None
        assert one.low <= one.value <= one.high


@given(scores=st.lists(st.sampled_from(SCALE), min_size=1, max_size=15))
def test_a_set_is_at_no_distance_from_itself(scores: list[int]) -> None:
    found = shift(list(scores), list(scores))
    assert (found.total_variation.value, found.wasserstein.value, found.high_share.value) == (0.0, 0.0, 0.0)
    assert found.chance == 1.0


def test_sets_without_a_common_score_are_as_far_apart_as_can_be() -> None:
    found = shift([1] * 10, [3] * 12)
    assert (found.total_variation.value, found.wasserstein.value) == (1.0, 2.0)
    assert (found.high, found.high_share.value) == ((0.0, 1.0), 1.0)
    assert found.chance is not None and found.chance < 0.001
    assert found.high_chance == pytest.approx(stats.fisher_exact([[0, 10], [12, 0]]).pvalue)


def test_the_wasserstein_distance_goes_by_the_values_of_the_scale() -> None:
    assert shift([0], [10], scale=(0, 1, 10)).wasserstein.value == pytest.approx(10)  # type: ignore[arg-type]


def test_two_sets_drawn_from_one_are_rarely_called_different() -> None:
    rng = np.random.default_rng(3)
    chances = []
    for _ in range(60):
        first, second = rng.choice(SCALE, 20, p=[0.3, 0.4, 0.3]), rng.choice(SCALE, 15, p=[0.3, 0.4, 0.3])
        chances.append(shift([int(one) for one in first], [int(one) for one in second]).chance or 0)
    assert np.mean(np.array(chances) <= 0.05) <= 0.15
    assert np.mean(chances) == pytest.approx(0.55, abs=0.15)


def test_the_same_seed_gives_the_same_numbers() -> None:
    first, second = [1, 2, 3, 3, 2], [1, 1, 2, 3]
    assert shift(first, second, seed=5) == shift(first, second, seed=5)
