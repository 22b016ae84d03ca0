"""The grey range a volume is first shown with."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.scene.window_level import ADC_RANGE, grey_range


def _exam(inside: float, border: float) -> np.ndarray:
    voxels = np.full((4, 40, 40), float(border))
    voxels[:, 10:30, 10:30] = np.linspace(0.5, 1.0, 400).reshape(20, 20) * inside
    return voxels


def test_bright_fat_at_the_border_does_not_darken_the_gland():
    low, high = grey_range(_exam(300, border=5000), Role.T2W)
    assert high < 310
    assert low >= 140


def test_adc_in_usual_units_has_one_fixed_range():
    assert grey_range(_exam(1800, border=0), Role.ADC) == ADC_RANGE


def test_adc_in_other_units_is_judged_by_its_values():
    low, high = grey_range(_exam(1.8e-3, border=0), Role.ADC)
    assert 0 < low < high < 2e-3


@pytest.mark.parametrize("voxels", [np.zeros((3, 8, 8)), np.full((3, 8, 8), np.nan), np.full((3, 8, 8), 7.0)])
def test_empty_and_flat_volumes_have_a_range_too(voxels):
    low, high = grey_range(voxels, Role.HBV)
    assert high > low


def test_high_b_shows_single_bright_spots():
    voxels = _exam(100, border=0)
    voxels[2, 20, 20:24] = 1000
    assert grey_range(voxels, Role.HBV)[1] >= 100
