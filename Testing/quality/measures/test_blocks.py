"""Blocks are found where they were moved to, along the direction asked for."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from QualityFinetuneLib.quality.measures import blocks

SHAPE = (8, 60, 70)


def textured(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return ndimage.gaussian_filter(rng.normal(0, 1, SHAPE), (0.5, 1.5, 1.5)).astype(np.float32)


def image_of(values: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(values.astype(np.float32))
    image.SetSpacing((2.0, 2.0, 3.0))
    return image


def pushed(values: np.ndarray, shift_mm: np.ndarray | float, axis: int) -> np.ndarray:
    places = list(np.indices(values.shape).astype(float))
    places[axis] = places[axis] - np.asarray(shift_mm) / 2.0
    return ndimage.map_coordinates(values, places, order=1, mode="nearest")


def moved(values: np.ndarray, other: np.ndarray, axis: int) -> blocks.Moved:
    pair = blocks.Pair.of(image_of(values), image_of(other), axis=axis, transform=sitk.Transform())
    inside = np.ones(pair.fixed.shape, bool)
    return pair.moved(blocks.blocks_over(inside, half_mm=16, slab_mm=12, slice_mm=3))


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("shift_mm", [-6.0, 0.0, 3.4])
def test_a_shift_is_found_in_another_contrast(axis: int, shift_mm: float) -> None:
    values = textured()
    found = moved(values, -pushed(values, shift_mm, axis), axis)
    assert len(found.shift_mm) > 10
    assert found.mean_mm == pytest.approx(shift_mm, abs=0.4)
    assert found.spread_mm < 0.5


@pytest.mark.parametrize("axis", [1, 2])
def test_a_stretch_moves_blocks_by_their_place(axis: int) -> None:
    values = textured()
    along_mm = (np.indices(SHAPE)[axis] - SHAPE[axis] / 2) * 2.0
    found = moved(values, pushed(values, 0.08 * along_mm, axis), axis)
    slope = np.polyfit(found.place_mm[:, 0], found.shift_mm, 1, w=np.sqrt(found.weight))[0]
    assert slope == pytest.approx(0.08, abs=0.02)
    assert found.spread_mm > 1.5


def test_a_shift_beyond_reach_counts_with_the_reach_at_most() -> None:
    values = textured()
    assert np.abs(moved(values, pushed(values, 16.0, 1), 1).shift_mm).max() <= blocks.REACH_MM


def test_blocks_lie_inside_the_image_and_where_the_body_is() -> None:
    inside = np.zeros(SHAPE, bool)
    inside[:, 10:40, 20:60] = True
    for block in (
        *blocks.blocks_over(inside, half_mm=16, slab_mm=12, slice_mm=3),
        *blocks.blocks_around(inside, half_mm=14, slab_mm=6, slice_mm=3, a_side=4),
    ):
        assert all(0 <= part.start < part.stop <= n for part, n in zip(block, SHAPE, strict=True))
    assert all(inside[block].mean() > 0.5 for block in blocks.blocks_over(inside, half_mm=16, slab_mm=12, slice_mm=3))
    assert list(blocks.blocks_over(~inside & False, half_mm=16, slab_mm=12, slice_mm=3)) == []


def test_the_number_of_levels_that_tell_of_each_other() -> None:
    a = np.arange(12).repeat(50)
    assert blocks.normalised_information(a * 12 + a) == pytest.approx(2)
    rng = np.random.default_rng(0)
    assert blocks.normalised_information(rng.integers(0, 144, 200_000)) == pytest.approx(1, abs=1e-3)
    assert blocks.normalised_information(np.zeros(9, int)) == 1


def test_the_top_of_a_parabola_is_found_between_its_points() -> None:
    x = np.arange(5.0)
    assert blocks.summit(-((x - 2.3) ** 2), 2) == pytest.approx(0.3)
    assert blocks.summit(-((x - 0.2) ** 2), 0) == 0
    assert blocks.summit(np.ones(5), 2) == 0
