"""Noise: the statistics of Rice and Rayleigh, and those of MONAI with the same standard deviation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from QualityFinetuneLib.quality.degradations.noise import AdcNoise, Noise, with_rician_noise


def test_air_is_rayleigh_and_bright_tissue_nearly_gaussian() -> None:
    rng = np.random.default_rng(0)
    air = with_rician_noise(np.zeros(200_000), rng, sigma=5.0)
    assert air.mean() == pytest.approx(5.0 * math.sqrt(math.pi / 2), rel=0.005)
    assert air.std() == pytest.approx(5.0 * math.sqrt(2 - math.pi / 2), rel=0.01)
    assert stats.kstest(air[:5000], stats.rayleigh(scale=5.0).cdf).pvalue > 0.01
    tissue = with_rician_noise(np.full(200_000, 100.0), rng, sigma=5.0)
    assert tissue.std() == pytest.approx(5.0, rel=0.01)
    assert stats.kstest(tissue[:5000], stats.rice(b=20.0, scale=5.0).cdf).pvalue > 0.01


def test_it_is_the_noise_of_monai() -> None:
    monai = pytest.importorskip("monai.transforms")
    clean = np.full((1, 40, 40, 40), 30.0, dtype=np.float32)
    transform = monai.RandRicianNoise(prob=1.0, mean=0.0, std=8.0, sample_std=False)
    transform.set_random_state(3)
    theirs = np.asarray(transform(clean)).ravel()
    ours = with_rician_noise(clean.astype(float), np.random.default_rng(3), sigma=8.0).ravel()
    assert stats.ks_2samp(ours[:20000], theirs[:20000]).pvalue > 0.01


@pytest.mark.parametrize("step", [Noise(snr_db=20.0), AdcNoise(snr_db=20.0)])
def test_the_ratio_is_that_of_the_reference_signal(step, make_volume) -> None:
    given = make_volume(np.full((10, 60, 60), 500.0), reference_signal=200.0)
    noisy = step(given, np.random.default_rng(1)).voxels
    assert noisy.std() == pytest.approx(20.0, rel=0.02)
