"""Local motion: the gland is blurred, what lies far away and off its lines stays as it was."""

from __future__ import annotations

import numpy as np

from QualityFinetuneLib.quality.degradations.local_motion import LocalMotion
from QualityFinetuneLib.quality.degradations.phase_encoding import phase_encoding


def change(before, after) -> np.ndarray:
    return np.abs(after.voxels - before.voxels)


def test_the_gland_changes_and_columns_beside_it_hardly(volume) -> None:
    moved = LocalMotion(shift_mm=3.0, radius_mm=9.0)(volume, np.random.default_rng(0))
    changed = change(volume, moved)
    s, p, f = volume.frame.offsets_mm(np.zeros(3))
    inside = np.sqrt(s**2 + p**2 + f**2) < 8.0
    beside = np.broadcast_to(np.abs(f) > 9.0 * 2.5 + 1.5, changed.shape)
    assert changed[inside].mean() > 30.0
    np.testing.assert_allclose(changed[beside], 0.0, atol=1e-9)


def test_ghosts_leave_the_region_along_phase_encoding_only(volume) -> None:
    for stated, axis in (("AP", 1), ("LR", 2)):
        turned = volume.phase_encoded(phase_encoding(stated=stated, headers={}))
        after = LocalMotion(shift_mm=4.0, radius_mm=6.0, averages=1)(turned, np.random.default_rng(0))
        back = after.phase_encoded(volume_encoding())
        changed = change(volume, back).max(axis=0)
        rows, columns = (np.flatnonzero(changed.max(axis=a) > 1.0) for a in (1, 0))
        extents = (np.ptp(rows), np.ptp(columns))
        assert extents[axis - 1] > 1.5 * extents[2 - axis]


def volume_encoding():
    return phase_encoding(stated="AP", headers={})


def test_slices_that_the_region_does_not_reach_stay(make_volume) -> None:
    voxels = np.random.default_rng(0).uniform(1, 2, (12, 24, 24))
    given = make_volume(voxels, (10.0, 2.0, 2.0))
    after = LocalMotion(shift_mm=4.0, radius_mm=8.0)(given, np.random.default_rng(0))
    np.testing.assert_array_equal(after.voxels[0], voxels[0])
    assert np.abs(after.voxels[6] - voxels[6]).max() > 0.01
