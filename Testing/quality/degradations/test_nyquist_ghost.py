"""The N/2 ghost lies half a field of view away and is as bright as the tangent of the phase."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.nyquist_ghost import NyquistGhost

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("phase_deg", [5.0, 20.0])
def test_the_ghost_is_displaced_by_half_the_field_of_view(make_volume, phase_deg) -> None:
    voxels = np.zeros((1, 64, 16))
    voxels[0, 10:14, 4:12] = 100.0
    found = NyquistGhost(phase_deg=phase_deg)(make_volume(voxels), RNG).voxels[0]
    ghost = np.roll(voxels[0], 32, axis=0)
    np.testing.assert_allclose(
        found, np.cos(np.deg2rad(phase_deg)) * voxels[0] + np.sin(np.deg2rad(phase_deg)) * ghost, atol=1e-9
    )
    assert found[44].max() / found[12].max() == pytest.approx(np.tan(np.deg2rad(phase_deg)))


@pytest.mark.parametrize("lines", [48, 47])
def test_energy_is_kept(make_volume, blobs, lines) -> None:
    given = make_volume(blobs[:, :lines])
    found = NyquistGhost(phase_deg=17.0)(given, RNG).voxels
    assert np.sum(found**2) == pytest.approx(np.sum(given.voxels**2), rel=1e-9)


def test_a_delay_makes_the_ghost_stronger_on_one_side(make_volume) -> None:
    voxels = np.zeros((1, 64, 33))
    voxels[0, 10:14] = 100.0
    found = NyquistGhost(phase_deg=10.0, delay_deg=8.0)(make_volume(voxels), RNG).voxels[0, 44]
    assert found[-1] > 2 * found[0]
    np.testing.assert_allclose(found[-1], 100.0 * np.sin(np.deg2rad(18.0)))
