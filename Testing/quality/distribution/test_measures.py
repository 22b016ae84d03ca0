from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from QualityFinetuneLib.quality.distribution.measures import (
    NO_VARIATION,
    TOO_FEW_VALUES,
    MeasureShift,
    measure_shifts,
)

values = st.lists(st.integers(-50, 50).map(float), min_size=2, max_size=12)


def one(first: list[float], second: list[float]) -> MeasureShift:
    (found,) = measure_shifts([{"snr": value} for value in first], [{"snr": value} for value in second])
    return found


@settings(max_examples=40)
@given(first=values, second=values)
def test_distances_are_those_of_scipy_and_of_hedges(first: list[float], second: list[float]) -> None:
    found = one(first, second)
    assert found.kolmogorov_smirnov == pytest.approx(stats.ks_2samp(first, second).statistic)
    assert found.means == (pytest.approx(np.mean(first)), pytest.approx(np.mean(second)))
    n, m = len(first), len(second)
    pooled = math.sqrt(((n - 1) * np.var(first, ddof=1) + (m - 1) * np.var(second, ddof=1)) / (n + m - 2))
    if pooled == 0:
        assert found.difference.value is None and found.difference.reason
        return
    correction = 1 - 3 / (4 * (n + m) - 9)
    assert found.difference.value == pytest.approx(correction * (np.mean(second) - np.mean(first)) / pooled)
    back = one(second, first)
    assert back.difference.value == pytest.approx(-found.difference.value, abs=1e-9)  # type: ignore[operator]


@settings(max_examples=30)
@given(first=values, second=values, factor=st.floats(0.1, 10), offset=st.integers(-9, 9))
def test_another_unit_changes_no_distance(
    first: list[float], second: list[float], factor: float, offset: int
) -> None:
    plain = one(first, second)
    scaled = one([value * factor + offset for value in first], [value * factor + offset for value in second])
    assert scaled.kolmogorov_smirnov == pytest.approx(plain.kolmogorov_smirnov, abs=0.2)  # ties may break by rounding
    if plain.difference.value is not None:
        assert scaled.difference.value == pytest.approx(plain.difference.value, abs=1e-6)


def test_missing_values_are_counted_and_left_out() -> None:
    first = [{"snr": 1.0, "cnr": 2.0}, {"snr": None}, {"snr": math.nan}, {"snr": 3.0}]
    cnr, snr = measure_shifts(first, [{"snr": 2.0}, {"snr": 5.0}])
    assert (snr.name, snr.n, snr.missing) == ("snr", (2, 2), (2, 0))
    assert (cnr.n, cnr.missing, cnr.means) == ((1, 0), (3, 2), (2.0, None))
    assert (cnr.difference.reason, cnr.kolmogorov_smirnov) == (TOO_FEW_VALUES, None)


def test_constant_measures_have_no_standardised_difference() -> None:
    assert one([2, 2], [2, 2]).difference.reason == NO_VARIATION
    apart = one([2, 2], [3, 3])
    assert apart.difference.value is None and apart.kolmogorov_smirnov == 1.0
    assert measure_shifts([], []) == []
