"""Signal, air and padding are told apart, and air is only what shows noise."""

from __future__ import annotations

import numpy as np
import pytest

from fixtures.measure_phantom import NOISE, SPACING_MM, Truth, rician
from QualityFinetuneLib.quality.measures.foreground import (
    ALL_TISSUE,
    FILTERED,
    LITTLE_AIR,
    PADDED,
    regions_of,
)

ZYX = SPACING_MM[::-1]


def test_body_and_air_are_found_where_they_are(truth: Truth) -> None:
    regions = regions_of(rician(truth[0], NOISE).astype(np.float32), ZYX)
    body = truth[0] > 0
    assert regions.valid.all() and regions.background is not None
    assert np.mean(regions.signal == body) > 0.97
    assert not (regions.background & body).any() and regions.background.sum() > 0.8 * (~body).sum()


def test_padding_is_neither_signal_nor_air(truth: Truth) -> None:
    values = rician(truth[0], NOISE).astype(np.float32)
    values[:, :12], values[:, :, -9:] = 0, 0
    regions = regions_of(values, ZYX)
    assert not regions.valid[:, :12].any() and not regions.valid[:, :, -9:].any()
    assert regions.valid[:, 12:, :-9].all() and regions.background is not None
    assert not (regions.background & ~regions.valid).any()


def test_air_that_the_scanner_masked_shows_no_noise(truth: Truth) -> None:
    values = rician(truth[0], NOISE)
    values[truth[0] == 0] = 0
    regions = regions_of(values.astype(np.float32), ZYX)
    assert regions.background is None and regions.no_background == PADDED
    assert np.array_equal(regions.signal, truth[0] > 0)


def test_muscle_is_not_air(truth: Truth) -> None:
    values = rician(np.maximum(truth[0], 90), NOISE).astype(np.float32)
    regions = regions_of(values, ZYX)
    assert regions.background is None and regions.no_background == ALL_TISSUE
    assert regions.signal.mean() > 0.99


@pytest.mark.parametrize("factor", [1e-3, 1.0, 1e5])
def test_the_division_does_not_depend_on_the_scale_of_grey_levels(factor: float, truth: Truth) -> None:
    values = rician(truth[0], NOISE)
    one, other = (regions_of((values * f).astype(np.float32), ZYX) for f in (1.0, factor))
    assert np.mean(one.signal == other.signal) > 0.9999


def test_filtered_or_little_air_has_its_own_words(truth: Truth) -> None:
    values = rician(truth[0], NOISE).astype(np.float32)
    smooth = np.where(truth[0] > 0, values, 5 + 0.1 * values)
    assert regions_of(smooth.astype(np.float32), ZYX).no_background == FILTERED
    filled = values.copy()
    filled[truth[0] == 0] = 90
    filled[:, :9, :11] = rician(np.zeros((6, 9, 11)), NOISE)
    assert regions_of(filled, ZYX).no_background == LITTLE_AIR


def test_a_volume_of_padding_has_no_signal() -> None:
    regions = regions_of(np.zeros((2, 20, 20), np.float32), ZYX)
    assert not regions.signal.any() and regions.no_background == PADDED
    assert regions_of(-np.random.default_rng(0).random((2, 20, 20)).astype(np.float32), ZYX).background is None
