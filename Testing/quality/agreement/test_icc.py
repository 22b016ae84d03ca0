"""Intraclass correlation against Shrout and Fleiss 1979, pingouin and a mixed model written down as sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from QualityFinetuneLib.quality.agreement.icc import ALL_SAME, ICC_FORMS, NO_LIMITS, NO_VARIANCE, TOO_FEW, icc
from QualityFinetuneLib.quality.agreement.ratings import Ratings
from QualityFinetuneLib.quality.agreement.statistic import NO_SPREAD

# Shrout and Fleiss 1979, table 2: six targets, four judges; table 4 gives the coefficients with two digits.
# Intervals: psych::ICC in R, and pingouin, for the same data.
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
PUBLISHED = {
    "icc_1_1": (0.17, -0.133, 0.723),
    "icc_2_1": (0.29, 0.019, 0.761),
    "icc_3_1": (0.71, 0.342, 0.946),
    "icc_1_k": (0.44, -0.884, 0.912),
    "icc_2_k": (0.62, 0.071, 0.927),
    "icc_3_k": (0.91, 0.676, 0.986),
}

tables = st.integers(2, 4).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 4), min_size=k, max_size=k), min_size=3, max_size=10)
)


def _close(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else one == pytest.approx(other, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("form", ICC_FORMS)
def test_shrout_and_fleiss(form: str) -> None:
    found = icc(Ratings.of(SHROUT_FLEISS))[form]  # type: ignore[index]
    value, low, high = PUBLISHED[form]
    assert found.value == pytest.approx(value, abs=5e-3)
    assert (found.low, found.high) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_a_case_that_one_reader_left_out_is_left_out() -> None:
    assert icc(Ratings.of([*SHROUT_FLEISS, [5, None, 5, 5]])) == icc(Ratings.of(SHROUT_FLEISS))


@settings(max_examples=60)
@given(table=tables)
def test_the_raters_can_change_places(table: list[list[int]]) -> None:
    first, second = icc(Ratings.of(table)), icc(Ratings.of([row[::-1] for row in table][::-1]))
    for form in ICC_FORMS:
        assert _close(first[form].value, second[form].value)
        one = first[form]
        assert (one.value is None or one.low is None) == (one.reason is not None)
        if one.low is not None and one.high is not None and one.value is not None:
            assert one.low <= one.value + 1e-9 and one.value <= one.high + 1e-9


@settings(max_examples=40)
@given(table=tables, factor=st.integers(1, 5), offset=st.integers(-9, 9))
def test_another_unit_changes_nothing(table: list[list[int]], factor: int, offset: int) -> None:
    scaled = [[factor * rating + offset for rating in row] for row in table]
    first, second = icc(Ratings.of(table)), icc(Ratings.of(scaled))
    for form in ICC_FORMS:
        assert _close(first[form].value, second[form].value)


@settings(max_examples=40)
@given(table=tables, biases=st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_a_readers_bias_counts_in_forms_1_and_2_but_not_in_3(table: list[list[int]], biases: list[int]) -> None:
    biased = [[rating + biases[place] for place, rating in enumerate(row)] for row in table]
    plain, moved = icc(Ratings.of(table)), icc(Ratings.of(biased))
    assert plain["icc_3_1"].value == pytest.approx(moved["icc_3_1"].value, abs=1e-9)


def test_a_bias_lowers_absolute_agreement() -> None:
    found = icc(Ratings.of([[value, value + 2] for value in (1, 2, 3, 5)]))
    assert found["icc_3_1"].value == pytest.approx(1.0)
    assert found["icc_2_1"].value is not None and found["icc_2_1"].value < 0.7


@given(column=st.lists(st.integers(0, 5), min_size=2, max_size=9).filter(lambda found: len(set(found)) > 1))
def test_complete_agreement_is_one_without_a_false_interval(column: list[int]) -> None:
    for found in icc(Ratings.of([[rating] * 3 for rating in column])).values():
        assert found.value == pytest.approx(1.0)
        assert (found.low, found.reason) == (None, NO_SPREAD)


def test_what_has_no_coefficient_has_a_reason() -> None:
    assert {found.reason for found in icc(Ratings.of([[1, 2]])).values()} == {TOO_FEW}
    assert {found.reason for found in icc(Ratings.of([[1], [2]])).values()} == {TOO_FEW}
    assert {found.reason for found in icc(Ratings.of([[2, 2], [2, 2]])).values()} == {ALL_SAME}
    assert icc(Ratings.of([[0, 0], [0, 1], [1, 0]]))["icc_2_k"].reason == NO_VARIANCE


def test_an_interval_that_would_not_hold_its_value_is_not_given() -> None:
    reasons = {
        found.reason
        for table in ([[0, 1], [1, 0], [1, 1]], [[0, 3], [3, 0], [2, 2], [1, 1]], [[0, 0], [0, 1], [1, 0], [1, 1]])
        for found in icc(Ratings.of(table)).values()
    }
    assert reasons & {NO_LIMITS}


def test_it_is_that_of_pingouin() -> None:
    reason = "pingouin (GPL, an oracle only) is not installed"
    pingouin: Any = pytest.importorskip("pingouin", reason=reason)
    import pandas as pd

    rng = np.random.default_rng(1)
    table = rng.normal(size=(12, 1)) * 2 + rng.normal(size=(12, 3))
    long = pd.DataFrame(
        [(case, rater, table[case, rater]) for case in range(12) for rater in range(3)],
        columns=["case", "rater", "score"],
    )
    reference = pingouin.intraclass_corr(long, "case", "rater", "score")
    found = icc(Ratings(table, ()))
    for form, (_, row) in zip(ICC_FORMS, reference.iterrows(), strict=True):
        assert found[form].value == pytest.approx(row["ICC"], abs=1e-9)
        interval = next(row[name] for name in ("CI95", "CI95%") if name in row)
        assert [found[form].low, found[form].high] == pytest.approx(list(interval), abs=6e-3)
