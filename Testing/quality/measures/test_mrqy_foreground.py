"""The foreground is the one of scikit-image's functions, pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.exposure import equalize_hist
from skimage.filters import threshold_otsu
from skimage.morphology import convex_hull_image

from QualityFinetuneLib.quality.measures.mrqy_foreground import convex_foreground, convex_hull


def by_definition(plane: np.ndarray) -> np.ndarray:
    equalised = equalize_hist(plane) * 255
    mixed = np.mean(plane > threshold_otsu(plane)) * plane
    mixed = mixed + np.mean(equalised > threshold_otsu(equalised)) * equalised
    return convex_hull_image(mixed > threshold_otsu(mixed))


@pytest.mark.parametrize("kind", [np.uint16, np.int64, np.float64])
@pytest.mark.parametrize("seed", range(4))
def test_tables_of_levels_give_what_pixels_give(kind: type, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[-1:1:60j, -1:1:70j]
    plane = rng.gamma(2, 20, (60, 70)) + 300 * (x**2 + (y - 0.2) ** 2 < rng.uniform(0.1, 0.5))
    assert np.array_equal(convex_foreground(plane.astype(kind)), by_definition(plane.astype(kind)))


def test_hulls_agree_with_scikit_image_for_any_mask() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        mask = rng.random(rng.integers(1, 30, 2)) < rng.choice([0.01, 0.1, 0.5])
        if mask.any():
            assert np.array_equal(convex_hull(mask), convex_hull_image(mask))


def test_a_slice_of_one_grey_level_has_no_foreground() -> None:
    assert not convex_foreground(np.full((9, 9), 4)).any()
    assert convex_foreground(np.zeros((0, 4))).shape == (0, 4)


def test_a_wide_range_of_numbers_needs_no_table() -> None:
    plane = np.zeros((30, 30), np.int64)
    plane[8:20, 5:25] = 10**12
    assert np.array_equal(convex_foreground(plane), plane > 0)
