"""Contrast between tissues of known brightness."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import FAT, MUSCLE, image_of, rician
from QualityFinetuneLib.quality.measures import contrast
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]


def test_contrast_to_noise_is_the_difference_of_the_tissues_over_the_noise(series: Series) -> None:
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    halves = np.stack([np.where(x < 0, FAT, MUSCLE) * (np.hypot(x, y) < 0.9)] * 4)
    one = series(image_of(rician(halves, 8)))
    assert contrast.cnr(one) == pytest.approx((FAT - MUSCLE) / 8, rel=0.08)
    dark, bright = (one.values[one.signal & side] for side in (one.values < 195, one.values >= 195))
    expected = (dark.std() + bright.std()) / (bright.mean() - dark.mean())
    assert contrast.cjv(one) == pytest.approx(float(expected), rel=0.1)


def test_noise_lowers_contrast_and_raises_joint_variation(series: Series, phantom: Image) -> None:
    found = [series(phantom(noise=sigma)) for sigma in (4, 8, 16, 24)]
    for measure, rises in (
        (contrast.cnr, False),
        (contrast.gland_cnr, False),
        (contrast.cjv, True),
        (contrast.fber, False),
    ):
        values = [measure(one) for one in found]
        assert values == sorted(values, reverse=not rises), measure.__name__


def test_shading_raises_joint_variation(series: Series, phantom: Image) -> None:
    x = np.linspace(-1, 1, 128)
    found = [contrast.cjv(series(phantom(lambda v, s=s: v * np.exp(s * x)))) for s in (0.0, 0.15, 0.3, 0.45)]
    assert found == sorted(found)


def test_energy_over_air_follows_its_definition(series: Series) -> None:
    one = series()
    expected = np.median(one.values[one.signal] ** 2.0) / np.median(one.values[one.background] ** 2.0)
    assert contrast.fber(one) == pytest.approx(float(expected), rel=1e-5)


def test_a_gland_of_one_grey_level_has_no_contrast(series: Series) -> None:
    one = series()
    one.values[one.gland] = 7
    for measure in (contrast.gland_cnr, contrast.gland_cjv):
        with pytest.raises(Undefined, match="same value"):
            measure(one)
