"""What the simulated scanner does, against laws of its physics."""

from __future__ import annotations

import numpy as np
import pytest

from QualityFinetuneLib.cases.simulated import scanner


@pytest.fixture
def square() -> np.ndarray:
    volume = np.zeros((3, 64, 64), dtype=np.float32)
    volume[:, 20:44, 24:40] = 100.0
    return volume


def test_noise_on_an_empty_background_follows_the_rayleigh_mean(square: np.ndarray) -> None:
    noisy = scanner.with_noise(square, np.random.default_rng(0), snr=10.0)
    sigma = np.percentile(square, 95.0) / 10.0
    assert noisy[square == 0].mean() == pytest.approx(sigma * np.sqrt(np.pi / 2.0), rel=0.03)
    assert noisy.min() >= 0.0


def test_no_motion_changes_nothing_and_motion_keeps_the_energy_of_k_space(square: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    assert scanner.with_motion(square, rng, shift_px=0.0) is square
    moved = scanner.with_motion(square, rng, shift_px=2.0)
    assert np.abs(moved - square).max() > 5.0
    assert (moved**2).sum() == pytest.approx((square**2).sum(), rel=1e-4)  # Parseval: phase ramps lose no energy


def test_less_resolution_blurs_edges_and_keeps_the_mean(square: np.ndarray) -> None:
    assert scanner.with_resolution(square, share=1.0) is square
    blurred = scanner.with_resolution(square, share=0.4)
    assert np.abs(np.diff(blurred, axis=2)).max() < 0.7 * np.abs(np.diff(square, axis=2)).max()
    assert blurred.mean() == pytest.approx(square.mean(), rel=0.05)


def test_bias_is_smooth_and_positive() -> None:
    field = scanner.with_bias(np.ones((8, 32, 32), dtype=np.float32), np.random.default_rng(2), strength=0.15)
    assert field.min() > 0.0
    assert field.std() > 0.01
    assert np.abs(np.diff(field, axis=2)).max() < 0.05


def test_thin_planes_are_averaged_into_slices() -> None:
    planes = np.repeat(np.array([0.0, 10.0, 20.0, 40.0], dtype=np.float32)[:, None, None], 8, axis=1).repeat(
        8, axis=2
    )
    np.testing.assert_allclose(scanner.through_plane(planes, samples=2)[:, 4, 4], [5.0, 30.0], rtol=1e-5)
