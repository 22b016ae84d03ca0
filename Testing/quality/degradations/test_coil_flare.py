"""The flare is brightest at the coil and falls as that of a loop."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.quality.degradations.coil_flare import CoilFlare

RNG = np.random.default_rng(0)


def test_endorectal_brightness_falls_with_the_distance_from_the_rectum(volume) -> None:
    flat = volume.with_voxels(np.ones_like(volume.voxels))
    flare = CoilFlare(gain_db=20.0, radius_mm=15.0)(flat, RNG).voxels
    s, p, f = volume.frame.offsets_mm(np.asarray(volume.landmarks.rectum_mm))
    r = np.sqrt(s**2 + p**2 + f**2)
    np.testing.assert_allclose(flare, 1.0 + 9.0 / (1.0 + (r / 15.0) ** 2) ** 1.5)


def test_on_the_axis_the_law_is_that_of_biot_and_savart() -> None:
    radius, z = 15.0, np.linspace(0.0, 60.0, 13)
    angles = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    ring = np.stack([radius * np.cos(angles), radius * np.sin(angles), np.zeros_like(angles)], axis=1)
    current = np.stack([-np.sin(angles), np.cos(angles), np.zeros_like(angles)], axis=1)
    field = []
    for height in z:
        to = np.array([0.0, 0.0, height]) - ring
        field.append(np.sum(np.cross(current, to)[:, 2] / np.linalg.norm(to, axis=1) ** 3))
    np.testing.assert_allclose(np.array(field) / field[0], (1.0 + (z / radius) ** 2) ** -1.5, rtol=1e-9)


@pytest.mark.parametrize("coil", ["endorectal", "surface"])
def test_the_back_is_brighter_than_the_front(volume, coil) -> None:
    flare = CoilFlare(gain_db=12.0, coil=coil)(volume.with_voxels(np.ones_like(volume.voxels)), RNG).voxels
    assert flare[:, -1].mean() > flare[:, 0].mean() > 1.0
