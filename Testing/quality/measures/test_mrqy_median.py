"""The sorting network gives the median of SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from QualityFinetuneLib.quality.measures.mrqy_median import median_5x5


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint16, np.int64, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (70, 41)])
def test_it_is_the_median_of_scipy(kind: type, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    for most in (2, 9, 250):
        image = rng.integers(0, most, shape).astype(kind)
        assert np.array_equal(median_5x5(image), ndimage.median_filter(image, 5, mode="nearest"))


def test_every_order_of_the_window_is_sorted() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        image = rng.permutation(25).reshape(5, 5)
        assert median_5x5(image)[2, 2] == 12
