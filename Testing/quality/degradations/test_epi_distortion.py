"""Distortion by rectal gas: a dipole's field, signal conserved, in the direction of the patient."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.epi_distortion import EpiDistortion, dipole
from QualityFinetuneLib.quality.degradations.phase_encoding import phase_encoding

RNG = np.random.default_rng(0)
STEP = EpiDistortion(displacement_mm=6.0, gas_radius_mm=9.0)


def test_the_largest_displacement_at_the_height_of_the_gas_is_the_stated_one() -> None:
    r = np.linspace(0.0, 80.0, 20001)
    field = dipole(r, np.zeros_like(r), radius=14.0)
    assert field.max() == pytest.approx(1.0, abs=1e-6)
    assert 0.85 * 14.0 < r[field.argmax()] < 14.0


def test_far_away_it_is_the_field_of_a_dipole() -> None:
    r = np.array([60.0, 90.0, 120.0])
    beside, above = dipole(r, np.zeros(3), radius=10.0), dipole(r, r, radius=10.0)
    np.testing.assert_allclose(above / beside, -2.0)
    np.testing.assert_allclose(beside[0] / beside[2], 8.0, rtol=1e-3)
    magic = dipole(r, r / np.sqrt(3.0), radius=10.0)
    np.testing.assert_allclose(magic, 0.0, atol=1e-12)


@pytest.mark.parametrize("stated", ["AP", "LR"])
def test_signal_along_phase_encoding_is_conserved(volume, stated) -> None:
    turned = volume.phase_encoded(phase_encoding(stated=stated, headers={}))
    found = STEP(turned, RNG).voxels
    np.testing.assert_allclose(found.sum(axis=1), turned.voxels.sum(axis=1), rtol=1e-9, atol=1e-6)
    assert np.abs(found - turned.voxels).max() > 100.0


def test_a_positive_displacement_goes_to_the_back_of_the_patient(make_volume) -> None:
    voxels = np.zeros((1, 80, 21))
    voxels[0, 46] = 1.0  # a thin sheet in front of the gas, whose middle is at line 70
    given = make_volume(voxels)
    for amount, sign in ((4.0, 1.0), (-4.0, -1.0)):
        found = EpiDistortion(displacement_mm=amount)(given, RNG).voxels[0, :, 10]
        moved = np.average(np.arange(80), weights=found) - 46
        assert moved * sign > 0.3


def test_tissue_piles_up_where_it_is_squeezed(volume) -> None:
    found = STEP(volume.with_voxels(np.ones_like(volume.voxels)), RNG).voxels
    assert found.max() > 1.3
    assert found.min() < 0.8


def test_gas_may_lie_elsewhere(volume) -> None:
    there = EpiDistortion(displacement_mm=6.0, gas_offset_mm=(0.0, 0.0, 30.0))
    assert np.abs(there(volume, RNG).voxels - STEP(volume, RNG).voxels).max() > 10.0
