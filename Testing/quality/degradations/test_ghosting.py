"""Ghosting: copies where they belong, as bright as stated, and no energy gained or lost."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import jv

from QualityFinetuneLib.quality.degradations.ghosting import Ghosting, modulation_of
from QualityFinetuneLib.quality.degradations.phase_encoding import phase_encoding


def bar(lines: int = 80, samples: int = 12) -> np.ndarray:
    voxels = np.zeros((2, lines, samples))
    voxels[:, 38:42] = 100.0
    return voxels


def test_the_first_ghost_lies_at_the_stated_distance_with_the_stated_level(make_volume) -> None:
    step = Ghosting(level_db=-20.0, displacement_mm=20.0, irregularity=0.0)
    profile = step(make_volume(bar()), np.random.default_rng(0)).voxels[0, :, 5]
    assert profile[58:62].mean() / profile[38:42].mean() == pytest.approx(0.1, rel=1e-3)
    assert profile[18:22].mean() / profile[38:42].mean() == pytest.approx(0.1, rel=1e-3)
    np.testing.assert_allclose(profile[45:55], 0.0, atol=1e-9)


@pytest.mark.parametrize("level_db", [-40.0, -20.0, -6.0, 0.0])
def test_the_modulation_solves_the_ratio_of_bessel_functions(level_db) -> None:
    b = modulation_of(level_db)
    assert jv(1, b) / jv(0, b) == pytest.approx(10 ** (level_db / 20), rel=1e-6)


def test_energy_is_kept(make_volume, blobs) -> None:
    given = make_volume(blobs)
    ghosted = Ghosting(level_db=-6.0, displacement_mm=9.0, irregularity=0.7)(given, np.random.default_rng(1)).voxels
    assert np.sum(ghosted**2) == pytest.approx(np.sum(blobs**2), rel=1e-9)


@pytest.mark.parametrize(("stated", "axis"), [("AP", 1), ("LR", 2)])
def test_ghosts_follow_the_direction_of_phase_encoding_in_the_patient(volume, stated, axis) -> None:
    turned = volume.phase_encoded(phase_encoding(stated=stated, headers={}))
    step = Ghosting(level_db=-10.0, displacement_mm=30.0, irregularity=0.0)
    back = step(turned, np.random.default_rng(0)).phase_encoded(phase_encoding(stated="AP", headers={}))
    air = (volume.voxels == 0).all(axis=0)
    ghost = np.where(air, back.voxels.mean(axis=0), 0.0)
    ends = (ghost[:3].mean(), ghost[:, :3].mean())
    assert (ends[0] > 5 * ends[1]) if axis == 1 else (ends[1] > 5 * ends[0])


def test_only_the_rectum_pulsates_when_asked(volume) -> None:
    step = Ghosting(level_db=-6.0, displacement_mm=15.0, source="rectum", source_radius_mm=6.0)
    changed = np.abs(step(volume, np.random.default_rng(0)).voxels - volume.voxels)
    _, _, f = volume.frame.offsets_mm(np.asarray(volume.landmarks.rectum_mm))
    beside = np.broadcast_to(np.abs(f) > 25.0, changed.shape)
    assert changed[beside].max() < 0.1 < changed[~beside].max()
