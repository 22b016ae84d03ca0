"""A noisy line is seen in either direction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import image_of
from QualityFinetuneLib.quality.measures import lines
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]


@pytest.mark.parametrize("axis", [1, 2])
def test_a_stronger_zipper_stands_out_more(series: Series, phantom: Image, axis: int) -> None:
    zipper = np.zeros((6, 128, 128))
    along = np.random.default_rng(0).normal(size=128)
    zipper[2, 70, :] = along
    if axis == 1:
        zipper = zipper.transpose(0, 2, 1)
    found = [lines.line_noise(series(phantom(lambda v, a=a: np.abs(v + a * zipper)))) for a in (0, 40, 80, 160)]
    assert found == sorted(found) and found[-1] > 2 * found[0]


def test_the_border_and_padding_are_no_zipper(series: Series, phantom: Image) -> None:
    plain = sitk.GetArrayFromImage(phantom())
    padded = np.pad(plain, ((0, 0), (10, 10), (12, 0)))
    assert lines.line_noise(series(image_of(padded))) == pytest.approx(
        lines.line_noise(series(image_of(plain))), rel=0.35
    )


def test_small_or_flat_slices_have_a_reason(series: Series) -> None:
    with pytest.raises(Undefined, match="too small"):
        lines.line_noise(series(image_of(np.random.default_rng(0).random((3, 20, 90)))))
    with pytest.raises(Undefined, match="No line"):
        lines.line_noise(series(image_of(np.zeros((3, 90, 90)))))
