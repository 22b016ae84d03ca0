"""Spectra of slices, and the band of lines through the gland."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from QualityFinetuneLib.quality.measures import spectrum
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]


def test_the_logarithm_of_the_power_is_that_of_the_transform() -> None:
    plane = np.random.default_rng(0).random((9, 14))
    assert np.allclose(spectrum.log_power(plane), np.log(np.abs(np.fft.fft2(plane)) ** 2))
    with pytest.raises(Undefined, match="no energy"):
        spectrum.log_power(np.zeros((4, 4)))


def test_the_window_is_hanns_along_both_axes() -> None:
    found = spectrum.windowed(np.ones((2, 9, 15)))
    assert np.allclose(found, np.hanning(9)[None, :, None] * np.hanning(15)[None, None, :])


@pytest.mark.parametrize("axis", [1, 2])
def test_the_band_holds_the_gland_with_five_millimetres(series: Series, axis: int) -> None:
    one = series()
    lines = spectrum.lines_through_gland(one, 3 - axis)
    step = one.spacing_mm[3 - axis]
    for plane, band in zip(one.gland, lines, strict=True):
        assert band is not None
        places = np.flatnonzero(plane.any(axis=axis - 1))
        assert places[0] - band.start == round(5 / step) == band.stop - 1 - places[-1]
    parts = spectrum.slices_through_gland(one, axis, fewest=16)
    assert [part.shape for part in parts] == [(band.stop - band.start, one.values.shape[axis]) for band in lines]


def test_slices_without_gland_are_left_out_and_without_a_mask_the_middle_third_counts(
    series: Series, gland: sitk.Image
) -> None:
    mask = sitk.GetArrayFromImage(gland)
    mask[2:] = 0
    upper = sitk.GetImageFromArray(mask)
    upper.CopyInformation(gland)
    assert [band is None for band in spectrum.lines_through_gland(series(gland_image=upper), 1)] == [False] * 2 + [
        True
    ] * (len(mask) - 2)
    count = mask.shape[1]
    middle = slice(count // 3, count - count // 3)
    assert spectrum.lines_through_gland(series(gland_image=None), 1) == [middle] * len(mask)
