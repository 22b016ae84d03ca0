"""Weighted showings: right shares, nobody left out, the same again for the same seed, whatever came before."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.engine.protocol.jobs import QualityWeights, TrainOptions
from QualityFinetuneLib.engine.worker.sampling import case_weights, weighted_order

WEIGHTS = st.lists(st.floats(0.05, 20.0), min_size=1, max_size=9)


@given(weights=WEIGHTS, count=st.integers(1, 120))
@settings(deadline=None, max_examples=40)
def test_each_case_is_shown_by_its_weight_give_or_take_two(weights: list[float], count: int) -> None:
    shown = Counter(case for case, _ in weighted_order(weights, start=0, count=count, seed=3))
    for case, weight in enumerate(weights):
        # Once in each stretch of 1 / p showings; stretches of different cases begin at different times.
        assert abs(shown[case] - count * weight / sum(weights)) < 1 + len(weights) / 2


@given(weights=WEIGHTS)
@settings(deadline=None, max_examples=40)
def test_every_case_appears(weights: list[float]) -> None:
    enough = int(2 * sum(weights) / min(weights)) + 2 * len(weights)
    assert {case for case, _ in weighted_order(weights, start=0, count=enough, seed=5)} == set(range(len(weights)))


@given(weights=WEIGHTS, start=st.integers(0, 50), count=st.integers(1, 50))
@settings(deadline=None, max_examples=40)
def test_an_epoch_is_a_piece_of_one_endless_sequence(weights: list[float], start: int, count: int) -> None:
    whole = weighted_order(weights, start=0, count=start + count, seed=7)
    assert weighted_order(weights, start=start, count=count, seed=7) == whole[start:]
    seen: Counter[int] = Counter()
    for case, before in whole:
        assert before == seen[case]
        seen[case] += 1


def test_alike_weights_show_each_case_once_in_a_turn() -> None:
    for turn in range(4):
        shown = weighted_order([2.0] * 6, start=6 * turn, count=6, seed=1)
        assert sorted(case for case, _ in shown) == list(range(6))


def test_another_seed_gives_another_order() -> None:
    first, second = (weighted_order([1.0, 2.0, 3.0], start=0, count=12, seed=seed) for seed in (0, 1))
    assert first != second


def case(quality: str | None = None, *kinds: str) -> SimpleNamespace:
    return SimpleNamespace(case=SimpleNamespace(quality=quality), kinds=frozenset(kinds))


OBJECTIVE = SimpleNamespace(kinds=lambda one: one.kinds)


def test_uniform_has_no_weights() -> None:
    assert case_weights([case()], TrainOptions(), OBJECTIVE) is None


def test_classes_that_exclude_each_other_are_shown_equally_often() -> None:
    cases = [case(None, "lesion")] * 2 + [case(None, "background")] * 8
    weights = case_weights(cases, TrainOptions(sampling="class_balanced"), OBJECTIVE)
    assert sum(weights[:2]) == pytest.approx(sum(weights[2:]))


def test_a_case_counts_by_the_rarest_thing_in_it() -> None:
    cases = [case(None, "gland", "lesion"), case(None, "gland"), case(None, "gland")]
    assert case_weights(cases, TrainOptions(sampling="class_balanced"), OBJECTIVE) == pytest.approx((1, 1 / 3, 1 / 3))


def test_quality_weighs_as_asked_and_the_unrated_count_one() -> None:
    options = TrainOptions(sampling="quality_weighted", quality_weights=QualityWeights(high=3.0, low=0.5))
    assert case_weights([case("high"), case("low"), case()], options, OBJECTIVE) == (3.0, 0.5, 1.0)
