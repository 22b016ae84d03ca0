"""The half-field ghost is measured in percent of the image's amplitude, whatever the noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fixtures.measure_phantom import Truth, image_of, rician
from QualityFinetuneLib.quality.measures import nyquist
from QualityFinetuneLib.quality.measures.record import Undefined
from QualityFinetuneLib.quality.measures.series import MeasuredSeries

Series = Callable[..., MeasuredSeries]


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("noise", [1.0, 8.0])
def test_half_field_ghosts_are_measured_in_percent(series: Series, truth: Truth, axis: int, noise: float) -> None:
    shift, known = truth[0].shape[axis] // 2, {1: "COL", 2: "ROW"}[axis]
    for amplitude in (0.05, 0.1, 0.2):
        values = truth[0] + amplitude * np.roll(truth[0], shift, axis)
        found = nyquist.n2_ghost(series(image_of(rician(values, noise)), phase_encoding=known))
        assert found == pytest.approx(100 * amplitude, rel=0.2, abs=1.8)
    clean = nyquist.n2_ghost(series(image_of(rician(truth[0], noise)), phase_encoding=known))
    assert clean < 0.8


def test_without_a_direction_the_larger_of_both_counts(series: Series, truth: Truth) -> None:
    image = image_of(rician(truth[0] + 0.1 * np.roll(truth[0], 64, 2), 2))
    row, col, unknown = (nyquist.n2_ghost(series(image, phase_encoding=known)) for known in ("ROW", "COL", None))
    assert unknown == max(row, col) == row


def test_small_empty_and_pure_noise_images_have_a_reason(series: Series) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(Undefined, match="too small"):
        nyquist.n2_ghost(series(image_of(rng.random((3, 20, 20)))))
    with pytest.raises(Undefined, match="no energy"):
        nyquist.n2_ghost(series(image_of(np.zeros((3, 90, 90)))))
    with pytest.raises(Undefined, match="hardly anything but noise"):
        nyquist.n2_ghost(series(image_of(rng.normal(0, 1, (3, 90, 90)))))
