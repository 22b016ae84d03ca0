"""Robust statistics against distributions whose parameters are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.statistics import (
    MAD_TO_SD,
    RAYLEIGH_SMALLER_HALF,
    median_absolute_deviation,
    noise_of,
    positive,
    smaller_half_mean,
    two_classes,
)


def test_the_noise_of_normal_numbers_is_their_deviation_even_among_outliers() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 3, 200_000).astype(np.float32)
    assert noise_of(noise) == pytest.approx(3, rel=0.01)
    noise[:10_000] += 500
    assert noise_of(noise) == pytest.approx(3, rel=0.08)
    assert noise_of(noise[:0]) == 0


def test_the_factor_for_air_is_that_of_scipys_rayleigh_distribution() -> None:
    air = stats.rayleigh.rvs(scale=7, size=400_000, random_state=0).astype(np.float32)
    assert smaller_half_mean(np.abs(air - np.median(air))) / RAYLEIGH_SMALLER_HALF == pytest.approx(7, rel=0.01)


def test_the_median_absolute_deviation_agrees_with_scipy() -> None:
    values = np.random.default_rng(0).gamma(2, 2, 1001)
    assert median_absolute_deviation(values) * MAD_TO_SD == pytest.approx(
        stats.median_abs_deviation(values, scale="normal"), rel=1e-6
    )


def test_two_tissues_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(100, 5, 5000), rng.normal(300, 10, 5000)]).astype(np.float32)
    found = two_classes(values)
    assert found.dark_mean == pytest.approx(100, abs=1) and found.bright_mean == pytest.approx(300, abs=1)
    assert found.dark_sd == pytest.approx(5, rel=0.1) and found.distance == pytest.approx(200, abs=2)


@pytest.mark.parametrize("values", [np.zeros(0), np.full(9, 4.0)])
def test_one_grey_level_has_no_two_classes(values: np.ndarray) -> None:
    with pytest.raises(Undefined, match="same value"):
        two_classes(values.astype(np.float32))


@pytest.mark.parametrize("number", [0.0, -1.0, np.nan])
def test_what_divides_must_be_above_zero(number: float) -> None:
    with pytest.raises(Undefined, match="because"):
        positive(number, "because")
