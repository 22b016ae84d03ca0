"""Translations and local displacements are found as they were put in."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

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


def test_blocks_of_a_matched_series_stay(phantom: Image, gland: sitk.Image) -> None:
    found = matching.match(phantom(other_contrast), phantom(), gland)
    assert np.median(np.abs(matching.block_displacements_mm(found))) < 0.6


def test_blocks_follow_a_local_stretch(phantom: Image, gland: sitk.Image) -> None:
    def stretched(values: np.ndarray) -> np.ndarray:
        z, y, x = np.indices(values.shape).astype(float)
        push_px = 5.0 / SPACING_MM[1] * np.exp(-(((y - 80) * 0.7) ** 2 + ((x - 64) * 0.7) ** 2) / (2 * 10**2))
        return ndimage.map_coordinates(other_contrast(values), [z, y - push_px, x], order=1, mode="nearest")

    found = matching.match(phantom(stretched), phantom(), gland)
    rows, columns = matching.block_displacements_mm(found).T
    assert rows.max() - np.median(rows) > 1.5
    assert rows.std() > columns.std()


def test_the_number_of_levels_that_tell_of_each_other() -> None:
    a = np.arange(12).repeat(50)
    assert matching._normalised_information(a * 12 + a) == pytest.approx(2)
    rng = np.random.default_rng(0)
    assert matching._normalised_information(rng.integers(0, 144, 200_000)) == pytest.approx(1, abs=1e-3)
    assert matching._normalised_information(np.zeros(9, int)) == 1


def test_the_top_of_a_parabola_is_found_between_its_points() -> None:
    x = np.arange(5.0)
    assert matching._summit(-((x - 2.3) ** 2), 2) == pytest.approx(0.3)
    assert matching._summit(-((x - 0.2) ** 2), 0) == 0
    assert matching._summit(np.ones(5), 2) == 0


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
