"""Limits of agreement against the worked example of Bland and Altman 1986."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.quality.agreement.bland_altman import TOO_FEW_PAIRS, bland_altman
from QualityFinetuneLib.quality.agreement.statistic import NO_SPREAD

# Bland and Altman 1986, table 1: peak expiratory flow (l/min), first measurement with each of two meters.
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]
TWO_SD = math.erf(math.sqrt(2))
"""The paper takes two standard deviations, not 1.96."""

measurements = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))


def test_peak_flow_of_the_paper() -> None:
    found = bland_altman(zip(LARGE, MINI, strict=True), coverage=TWO_SD)
    assert found.n == 17
    assert found.bias.value == pytest.approx(-2.1, abs=0.05)
    assert found.sd == pytest.approx(38.8, abs=0.05)
    assert (found.bias.low, found.bias.high) == (pytest.approx(-22.0, abs=0.1), pytest.approx(17.8, abs=0.1))
    # The paper works on with the rounded -2.1 and 38.8.
    assert found.lower.value == pytest.approx(-79.7, abs=0.1)
    assert found.upper.value == pytest.approx(75.5, abs=0.15)
    assert (found.lower.low, found.lower.high) == (pytest.approx(-114.3, abs=0.3), pytest.approx(-45.1, abs=0.3))
    assert (found.upper.low, found.upper.high) == (pytest.approx(40.9, abs=0.3), pytest.approx(110.1, abs=0.3))


@given(pairs=st.lists(st.tuples(measurements, measurements), min_size=2, max_size=20))
def test_the_other_way_round_everything_changes_its_sign(pairs: list[tuple[float, float]]) -> None:
    one, other = bland_altman(pairs), bland_altman([(b, a) for a, b in pairs])
    assert one.bias.value == pytest.approx(-other.bias.value, abs=1e-9)  # type: ignore[operator]
    assert one.lower.value == pytest.approx(-other.upper.value, abs=1e-9)  # type: ignore[operator]
    if one.sd:
        assert one.lower.low == pytest.approx(-other.upper.high, abs=1e-9)  # type: ignore[operator]
        assert one.lower.value < one.bias.value < one.upper.value  # type: ignore[operator]


@given(pairs=st.lists(st.tuples(measurements, measurements), min_size=2, max_size=20), shift=measurements)
def test_a_constant_difference_moves_the_bias_only(pairs: list[tuple[float, float]], shift: float) -> None:
    plain, moved = bland_altman(pairs), bland_altman([(a + shift, b) for a, b in pairs])
    assert moved.bias.value == pytest.approx((plain.bias.value or 0) + shift, abs=1e-6)
    assert moved.sd == pytest.approx(plain.sd, abs=1e-6)


def test_equal_measurements_have_no_interval() -> None:
    found = bland_altman([(1, 1), (2, 2), (5, 5)])
    assert (found.bias.value, found.bias.reason, found.upper.value) == (0.0, NO_SPREAD, 0.0)


def test_missing_measurements_are_left_out() -> None:
    found = bland_altman([(1, 2), (None, 3), (math.nan, 3), (4, 4)])
    assert found.n == 2
    assert bland_altman([(1, 2), (None, 3)]).bias.reason == TOO_FEW_PAIRS
    with pytest.raises(ValueError, match="confidence"):
        bland_altman([], coverage=2)


def test_it_is_that_of_statsmodels_plot() -> None:
    # statsmodels draws the same limits (mean_diff_plot): mean of differences -/+ 1.96 standard deviations.
    found = bland_altman(zip(LARGE, MINI, strict=True))
    assert found.upper.value - found.bias.value == pytest.approx(1.959964 * found.sd, rel=1e-6)  # type: ignore[operator]
