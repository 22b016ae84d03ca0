"""Krippendorff's alpha against his own example, the package krippendorff, and Gwet's standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.ratings import Rows, rows
from QualityFinetuneLib.quality.agreement.krippendorff import Level, krippendorff_alpha
from QualityFinetuneLib.quality.agreement.ratings import ONE_RATING, TOO_FEW_RATERS, Ratings

LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")


# Krippendorff 2011, section D: four observers, twelve units, missing data.
@pytest.mark.parametrize(("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorffs_own_example(canonical: Rows, level: Level, alpha: float) -> None:
    assert krippendorff_alpha(Ratings.of(canonical), level=level).value == pytest.approx(alpha, abs=5e-4)


# Standard errors of Gwet's irrCAC for the same data; t at 97.5 % with 10 degrees of freedom.
@pytest.mark.parametrize(("level", "alpha", "error"), [("nominal", 0.74342, 0.14557), ("interval", 0.84911, 0.12913)])
def test_the_interval_is_gwets(canonical: Rows, level: Level, alpha: float, error: float) -> None:
    found = krippendorff_alpha(Ratings.of(canonical), level=level)
    assert found.value == pytest.approx(alpha, abs=5e-6)
    assert found.low == pytest.approx(alpha - 2.2281388519649385 * error, abs=1.5e-4)


def by_hand(table: Rows, level: Level) -> float | None:
    """Alpha from the coincidences of every pair of values, as the paper writes it down."""
    cases = [[rating for rating in row if rating is not None] for row in table]
    cases = [case for case in cases if len(case) > 1]
    values = [rating for case in cases for rating in case]

    def distance(a: int, b: int) -> float:
        if level == "nominal":
            return float(a != b)
        if level == "interval":
            return float((a - b) ** 2)
        low, high = sorted((a, b))
        between = sum(values.count(g) for g in range(low, high + 1))
        return float((between - (values.count(a) + values.count(b)) / 2) ** 2)

    observed = sum(distance(a, b) / (len(case) - 1) for case in cases for a in case for b in case) / len(values)
    expected = sum(distance(a, b) for a in values for b in values) / (len(values) * (len(values) - 1))
    return None if expected == 0 else 1 - observed / expected


@settings(max_examples=80)
@given(table=rows(), level=st.sampled_from(LEVELS))
def test_it_is_one_minus_observed_over_expected_disagreement(table: Rows, level: Level) -> None:
    found = krippendorff_alpha(Ratings.of(table, scale=(1, 2, 3, 4)), level=level)
    if found.value is None:
        few = sum(sum(rating is not None for rating in row) > 1 for row in table) < 2
        assert few or (found.reason == ONE_RATING and by_hand(table, level) is None)
    else:
        assert found.value == pytest.approx(by_hand(table, level), abs=1e-9)


@settings(max_examples=60)
@given(table=rows(), level=st.sampled_from(LEVELS))
def test_it_is_that_of_the_package_krippendorff(table: Rows, level: Level) -> None:
    reference = pytest.importorskip("krippendorff", reason="krippendorff (GPL, an oracle only) is not installed")
    found = krippendorff_alpha(Ratings.of(table), level=level)
    if found.value is not None:
        data = np.array([[np.nan if rating is None else rating for rating in row] for row in table], dtype=float).T
        assert found.value == pytest.approx(reference.alpha(data, level_of_measurement=level), abs=1e-9)


@settings(max_examples=40)
@given(table=rows(), level=st.sampled_from(LEVELS))
def test_the_order_of_raters_and_cases_and_the_direction_of_the_scale_do_not_matter(
    table: Rows, level: Level
) -> None:
    moved = [[None if rating is None else 5 - rating for rating in row[::-1]] for row in table][::-1]
    first, second = (krippendorff_alpha(Ratings.of(one, scale=(1, 2, 3, 4)), level=level) for one in (table, moved))
    assert first.value == pytest.approx(second.value, abs=1e-9)


@given(column=st.lists(st.integers(1, 4), min_size=2, max_size=9).filter(lambda found: len(set(found)) > 1))
def test_complete_agreement_is_one(column: list[int]) -> None:
    for level in LEVELS:
        assert krippendorff_alpha(Ratings.of([[one] * 3 for one in column]), level=level).value == pytest.approx(1)


def test_what_has_no_alpha_has_a_reason() -> None:
    assert krippendorff_alpha(Ratings.of([[1, None]])).reason == TOO_FEW_RATERS
    for level in LEVELS:
        assert krippendorff_alpha(Ratings.of([[2, 2], [2, 2]], scale=(1, 2)), level=level).reason == ONE_RATING
        assert krippendorff_alpha(Ratings.of([[2, 2], [2, 2]]), level=level).reason == ONE_RATING
