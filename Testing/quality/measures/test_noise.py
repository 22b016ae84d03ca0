"""Noise is measured as it was put in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import GLAND, Truth, image_of, rician
from QualityFinetuneLib.quality.measures import noise
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]


@pytest.mark.parametrize("sigma", [4.0, 8.0, 16.0])
def test_the_noise_is_found_in_air_and_in_tissue(series: Series, phantom: Image, sigma: float) -> None:
    one = series(phantom(noise=sigma))
    assert noise.noise_background(one) == pytest.approx(sigma, rel=0.04)
    # So many voxels of this small phantom touch an edge that the smaller half of the differences reaches further up.
    assert sigma < noise.noise_local(one) < 1.3 * sigma
    assert 0.7 * GLAND / sigma < noise.gland_snr(one) < 1.05 * GLAND / sigma


def test_in_wide_tissue_the_local_noise_is_exact(series: Series) -> None:
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    disc = np.stack([200.0 * (np.hypot(x, y) < 0.8)] * 4)
    assert noise.noise_local(series(image_of(rician(disc, 8)), gland_image=None)) == pytest.approx(8, rel=0.08)


def test_more_noise_is_always_seen(series: Series, phantom: Image) -> None:
    found = [series(phantom(noise=sigma)) for sigma in (2, 4, 8, 16, 24)]
    for measure, rises in (
        (noise.noise_background, True),
        (noise.noise_local, True),
        (noise.snr, False),
        (noise.snr_local, False),
        (noise.gland_snr, False),
    ):
        values = [measure(one) for one in found]
        assert values == sorted(values, reverse=not rises), measure.__name__


def test_masked_air_leaves_the_noise_inside_the_signal(series: Series, truth: Truth) -> None:
    values = np.where(truth[0] > 0, rician(truth[0], 8), 0)
    one = series(image_of(values))
    with pytest.raises(Undefined, match="constant"):
        noise.snr(one)
    assert 8 < noise.noise_local(one) < 1.3 * 8


def test_a_drawing_without_noise_has_none_to_divide_by(series: Series, truth: Truth) -> None:
    with pytest.raises(Undefined, match="do not differ"):
        noise.noise_local(series(image_of(truth[0])))


def test_tiny_slices_and_regions_on_the_border_have_a_reason(series: Series) -> None:
    rng = np.random.default_rng(0)
    tiny = series(image_of(rng.random((50, 2, 2))))
    with pytest.raises(Undefined, match="3 x 3"):
        noise.local_noise(tiny, np.ones((50, 2, 2), bool))
    edge = np.zeros((2, 60, 60), bool)
    edge[:, 0] = True
    with pytest.raises(Undefined, match="border"):
        noise.local_noise(series(image_of(rng.random((2, 60, 60)))), edge)


def test_a_negative_signal_has_no_level(series: Series) -> None:
    with pytest.raises(Undefined, match="not above zero"):
        noise.signal_level(series(image_of(-np.ones((2, 9, 9)))), np.ones((2, 9, 9), bool))
