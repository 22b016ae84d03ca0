"""Transforms keep energy; shifts and turns are those of SciPy on smooth pictures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from QualityFinetuneLib.quality.degradations.kspace import line_numbers, rotated, shifted, to_image, to_kspace


@pytest.mark.parametrize("shape", [(3, 16, 20), (2, 15, 9), (1, 1, 8)])
def test_energy_is_kept_and_the_way_back_is_exact(shape) -> None:
    slices = np.random.default_rng(0).uniform(size=shape)
    lines = to_kspace(slices)
    assert np.sum(np.abs(lines) ** 2) == pytest.approx(np.sum(slices**2))
    np.testing.assert_allclose(to_image(lines), slices, atol=1e-12)


@pytest.mark.parametrize("count", [7, 8])
def test_the_centre_of_kspace_is_line_zero(count) -> None:
    lines = to_kspace(np.ones((count, count)))
    centre = int(np.flatnonzero(line_numbers(count) == 0)[0])
    assert np.argmax(np.abs(lines)) == centre * count + centre


def test_a_shift_by_whole_pixels_is_a_roll() -> None:
    slices = np.random.default_rng(1).uniform(size=(2, 12, 10))
    moved = to_image(shifted(to_kspace(slices), phase_px=3, frequency_px=-2))
    np.testing.assert_allclose(moved.real, np.roll(slices, (3, -2), (1, 2)), atol=1e-12)


@pytest.mark.parametrize("degrees", [-15.0, 3.0, 20.0])
def test_turning_agrees_with_scipy_and_loses_no_detail(blobs, degrees) -> None:
    plane = blobs[2]
    ours = rotated(plane, degrees=degrees, spacing_mm=(1.0, 1.0))
    theirs = ndimage.rotate(plane, degrees, reshape=False, order=5, mode="nearest")
    middle = (slice(14, 34), slice(10, 30))
    assert np.corrcoef(ours[middle].ravel(), theirs[middle].ravel())[0, 1] > 0.99
    back = rotated(ours, degrees=-degrees, spacing_mm=(1.0, 1.0))
    assert np.abs(back - plane)[middle].max() < 0.1 * np.ptp(plane)


def test_turning_is_physical_where_pixels_are_oblong() -> None:
    y, x = np.mgrid[-24:24, -32:32].astype(float)
    bar = np.exp(-((y * 2.0) ** 2) / 50.0 - (x * 1.0) ** 2 / 400.0)
    turned = rotated(bar, degrees=15.0, spacing_mm=(2.0, 1.0))
    yy, xx, cross = (np.sum(turned * v) / turned.sum() for v in ((2 * y) ** 2, x**2, 2 * y * x))
    angle = 0.5 * np.degrees(np.arctan2(2 * cross, xx - yy))
    assert abs(angle) == pytest.approx(15.0, abs=0.5)


def test_turning_by_nothing_is_nothing(blobs) -> None:
    assert rotated(blobs[0], degrees=0.0, spacing_mm=(1.0, 1.0)) is not None
    np.testing.assert_array_equal(rotated(blobs[0], degrees=0.0, spacing_mm=(1.0, 1.0)), blobs[0])
