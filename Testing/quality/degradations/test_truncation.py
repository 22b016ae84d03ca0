"""Truncation is convolution with a sinc (Dirichlet kernel), and MONAI's Gibbs noise where both are defined."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import diric

from QualityFinetuneLib.quality.degradations.truncation import Truncation

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("lines", "percent"), [(64, 50.0), (63, 50.0), (80, 30.0)])
def test_a_point_becomes_the_dirichlet_kernel(make_volume, lines, percent) -> None:
    voxels = np.zeros((1, lines, 8))
    voxels[0, lines // 2] = 1.0
    found = Truncation(phase_percent=percent)(make_volume(voxels), RNG).voxels[0, :, 3]
    kept = 2 * int(lines * percent / 200.0) + 1
    kernel = diric(2 * np.pi * (np.arange(lines) - lines // 2) / lines, kept) * kept / lines
    np.testing.assert_allclose(found, np.abs(kernel), atol=1e-12)


def test_an_edge_rings_by_nine_percent(make_volume) -> None:
    voxels = np.full((1, 256, 8), 100.0)
    voxels[0, 64:192] = 200.0
    found = Truncation(phase_percent=30.0)(make_volume(voxels), RNG).voxels[0, :, 2]
    assert (found.max() - 200.0) / 100.0 == pytest.approx(0.0895, abs=0.01)  # Wilbraham and Gibbs


def test_energy_falls_by_what_is_cut_off(make_volume, blobs) -> None:
    given = make_volume(blobs)
    found = Truncation(phase_percent=40.0, frequency_percent=60.0)(given, RNG).voxels
    lines = np.fft.fft2(blobs, norm="ortho")
    ky, kx = (np.abs(np.rint(np.fft.fftfreq(n) * n)) <= n * p / 200 for n, p in ((48, 40.0), (40, 60.0)))
    assert np.sum(found**2) == pytest.approx(np.sum(np.abs(lines[:, ky[:, None] & kx[None, :]]) ** 2))


@pytest.mark.parametrize("alpha", [0.3, 0.6])
def test_along_one_axis_it_is_the_gibbs_noise_of_monai(make_volume, alpha) -> None:
    monai = pytest.importorskip("monai.transforms")
    profile = 100.0 + 10.0 * np.random.default_rng(2).standard_normal(65)
    plane = np.repeat(profile[:, None], 65, axis=1)
    theirs = np.asarray(monai.GibbsNoise(alpha=alpha)(plane[None].astype(np.float32)))[0]
    # MONAI keeps samples within a radius of (1 - alpha) times half the diagonal of k-space.
    radius = (1 - alpha) * np.sqrt(2 * 32.5**2)
    ours = Truncation(phase_percent=min(100.0, radius / 65 * 200.0))(make_volume(plane[None]), RNG).voxels[0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)


def test_all_lines_are_kept_at_100_percent(make_volume, blobs) -> None:
    given = make_volume(blobs)
    np.testing.assert_allclose(Truncation.degraded(Truncation(phase_percent=100.0), given, RNG).voxels, blobs)
