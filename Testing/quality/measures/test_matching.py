"""Translations and local displacements are found as they were put in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk

from fixtures.measure_phantom import SPACING_MM, image_of
from QualityFinetuneLib.quality.measures import matching
from QualityFinetuneLib.quality.measures.record import Undefined

Image = Callable[..., sitk.Image]


def other_contrast(values: np.ndarray) -> np.ndarray:
    """As a map of another quantity: what is bright becomes dark."""
    return np.where(values > 0, 400 - values, 0)


@pytest.mark.parametrize("shift_mm", [(0, 0, 0), (3.5, 0, 0), (0, -4.2, 0), (-2.1, 2.8, 3.0)])
def test_a_shift_is_found(phantom: Image, gland: sitk.Image, shift_mm: tuple[float, float, float]) -> None:
    moving = phantom(other_contrast)
    moving.SetOrigin(shift_mm)
    found = matching.match(moving, phantom(), gland)
    x_mm, y_mm, z_mm = found.translation.GetParameters()
    assert (x_mm, y_mm) == pytest.approx(shift_mm[:2], abs=0.5)
    assert z_mm == pytest.approx(shift_mm[2], abs=SPACING_MM[2])  # the slices of the phantom look much alike
    assert found.information > 0.2


def test_series_apart_cannot_be_matched(phantom: Image, gland: sitk.Image) -> None:
    far = phantom()
    far.SetOrigin((5000.0, 0.0, 0.0))
    with pytest.raises(Undefined, match="do not overlap"):
        matching.match(far, phantom(), gland)
    with pytest.raises(Undefined, match="do not overlap"):
        matching.match(phantom(), far, gland)


def test_a_match_that_runs_away_is_none(phantom: Image, gland: sitk.Image) -> None:
    noise = image_of(np.random.default_rng(0).random((6, 128, 128)))
    with pytest.raises(Undefined, match="too little of what the T2W shows"):
        matching.match(noise, phantom(), gland)
