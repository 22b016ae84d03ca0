"""The median of 5 x 5 pixels, exact, by sorting networks over whole images instead of pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RADIUS = 2
SORT_5 = ((0, 1), (3, 4), (2, 4), (2, 3), (1, 4), (0, 3), (0, 2), (1, 3), (1, 2))
"""Nine comparisons that sort five numbers (Knuth, The Art of Computer Programming 3, 5.3.4)."""


def median_5x5(image: NDArray) -> NDArray:
    """Median over 5 x 5 pixels around each; beyond the border the nearest pixel is repeated."""
    padded = np.pad(image, RADIUS, mode="edge")
    rows = image.shape[0]
    # Sorting each column of five first serves all five windows that a column is part of.
    columns = _sorted([padded[i : i + rows] for i in range(5)])
    lanes = [column[:, j : j + image.shape[1]] for column in columns for j in range(5)]
    return _median_of_25(lanes)


def _sorted(five: Sequence[NDArray]) -> list[NDArray]:
    lanes = list(five)
    for a, b in SORT_5:
        lanes[a], lanes[b] = np.minimum(lanes[a], lanes[b]), np.maximum(lanes[a], lanes[b])
    return lanes


def _median_of_25(lanes: Sequence[NDArray]) -> NDArray:
    """Forgetful selection: of 14 numbers drop the least and the greatest, take in one more, until one is left.

    Of 14 out of 25 the least has 13 above it and the greatest 13 below it, so neither can be the 13th of all; and so
    on with 13 after one more came in, down to 3, whose middle is the median (Paeth, Graphics Gems, 1990, p. 171).
    """
    pool, waiting = list(lanes[:14]), list(lanes[14:])
    while True:
        _least_first_greatest_last(pool)
        pool = pool[1:-1]
        if not waiting:
            return pool[0]
        pool.append(waiting.pop())


def _least_first_greatest_last(pool: list[NDArray]) -> None:
    last = len(pool) - 1
    half = len(pool) // 2
    # Compare across, so that every least candidate is in the first half and every greatest in the second.
    for i in range(half):
        _order(pool, i, last - i)
    for i in range(1, len(pool) - half):
        _order(pool, 0, i)
    for i in range(half, last):
        _order(pool, i, last)


def _order(pool: list[NDArray], a: int, b: int) -> None:
    pool[a], pool[b] = np.minimum(pool[a], pool[b]), np.maximum(pool[a], pool[b])
