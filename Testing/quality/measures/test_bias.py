"""Shading is found as it was put in, and the step from muscle to fat is none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import image_of, rician
from QualityFinetuneLib.quality.measures import bias
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]
Image = Callable[..., sitk.Image]


def shading(strength: float) -> np.ndarray:
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    return strength * (x + 0.5 * y + 0.4 * x * y - 0.3 * (3 * x**2 - 1) / 2)


@pytest.mark.parametrize("strength", [0.2, 0.4, 0.8])
def test_the_field_is_the_one_that_was_multiplied(series: Series, phantom: Image, strength: float) -> None:
    field = shading(strength)
    one = series(phantom(lambda v: v * np.exp(field), noise=3))
    expected = np.broadcast_to(field, one.values.shape)
    assert bias.bias_field(one) == pytest.approx(float(expected[one.signal].std()), rel=0.15)
    assert bias.gland_bias_field(one) == pytest.approx(float(expected[one.gland].std()), rel=0.25)


def test_more_shading_is_always_seen(series: Series, phantom: Image) -> None:
    found = [bias.bias_field(series(phantom(lambda v, s=s: v * np.exp(shading(s))))) for s in (0.0, 0.1, 0.3, 0.6)]
    assert found == sorted(found)
    assert found[0] < 0.06


def test_slices_may_be_few(series: Series) -> None:
    plane = rician(300 * np.exp(shading(0.4))[None], 3)
    assert bias.bias_field(series(image_of(plane))) == pytest.approx(float(shading(0.4).std()), rel=0.1)


def test_too_little_signal_has_a_reason(series: Series) -> None:
    with pytest.raises(Undefined, match="too little signal"):
        bias.bias_field(series(image_of(np.random.default_rng(0).random((1, 12, 12)) + 5)))
