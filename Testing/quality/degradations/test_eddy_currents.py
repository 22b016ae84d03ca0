"""Eddy currents move each b-value by its own affine displacement along phase encoding."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.eddy_currents import EddyCurrents


def middle_of(voxels: np.ndarray) -> float:
    profile = voxels.sum(axis=(0, 2))
    return float(np.average(np.arange(len(profile)), weights=profile))


def test_a_shift_grows_with_the_root_of_b(make_volume) -> None:
    voxels = np.zeros((2, 60, 8))
    voxels[:, 28:32] = 1.0
    moved = []
    for b_value in (0.0, 200.0, 800.0):
        given = make_volume(voxels, b_value=b_value, highest_b=800.0)
        found = EddyCurrents(shift_mm=6.0)(given, np.random.default_rng(1)).voxels
        np.testing.assert_allclose(found.sum(axis=1), voxels.sum(axis=1))
        moved.append(abs(middle_of(found) - middle_of(voxels)))
    assert moved[0] == pytest.approx(0.0, abs=1e-9)
    assert moved[2] == pytest.approx(2 * moved[1])
    assert 0.7 * 6.0 <= moved[2] <= 6.0


def test_scaling_keeps_the_signal_and_changes_the_width(make_volume) -> None:
    voxels = np.zeros((1, 100, 4))
    voxels[0, 30:70] = 1.0
    found = EddyCurrents(scale_percent=20.0)(make_volume(voxels), np.random.default_rng(0)).voxels[0, :, 0]
    assert found.sum() == pytest.approx(40.0)
    assert found[45:55].mean() != pytest.approx(1.0, abs=0.1)
    assert middle_of(found[None, :, None]) == pytest.approx(49.5, abs=0.2)


def test_shear_moves_both_sides_apart(make_volume) -> None:
    voxels = np.zeros((1, 60, 41))
    voxels[0, 28:32] = 1.0
    found = EddyCurrents(shear_deg=8.0)(make_volume(voxels), np.random.default_rng(0)).voxels
    left, right = (middle_of(found[:, :, n : n + 1]) for n in (0, 40))
    assert abs(right - left) == pytest.approx(np.tan(np.deg2rad(8.0)) * 40, rel=0.31)
    assert (left + right) / 2 == pytest.approx(29.5, abs=0.5)
