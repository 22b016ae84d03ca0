"""The median of 5 x 5 pixels, exact, by sorting networks over whole images instead of pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RADIUS = 2
STRIP = 32
"""Rows worked on at a time, so that the 25 shifted copies stay in the processor's cache."""
SORT_5 = ((0, 1), (3, 4), (2, 4), (2, 3), (1, 4), (0, 3), (0, 2), (1, 3), (1, 2))
"""Nine comparisons that sort five numbers (Knuth, The Art of Computer Programming 3, 5.3.4)."""
FORGET = ((3, 0), (2, 0), (1, 1), (0, 2), (0, 3))
"""How many of the least and of the greatest in each row cannot be the median, once the columns are sorted.

With columns and rows sorted, (i + 1)(j + 1) numbers are not above the one in row i, column j, and (5 - i)(5 - j) not
below it; where either exceeds 13, it is not the 13th of 25. As many are dropped below as above, six each.
"""


def median_5x5(image: NDArray) -> NDArray:
    """Median over 5 x 5 pixels around each; beyond the border the nearest pixel is repeated."""
    padded = np.pad(image, RADIUS, mode="edge")
    out = np.empty_like(image)
    for start in range(0, len(image), STRIP):
        stop = min(start + STRIP, len(image))
        # Sorting each column of five first serves all five windows that a column is part of.
        columns = _sorted([padded[start + i : stop + i] for i in range(5)])
        rows = [[column[:, j : j + image.shape[1]] for j in range(5)] for column in columns]
        out[start:stop] = _median(
            [one for row, drop in zip(rows, FORGET, strict=True) for one in _middle(row, *drop)]
        )
    return out


def _sorted(five: Sequence[NDArray]) -> list[NDArray]:
    lanes = list(five)
    for a, b in SORT_5:
        _order(lanes, a, b)
    return lanes


def _middle(row: list[NDArray], least: int, greatest: int) -> list[NDArray]:
    """`row` without its least and greatest numbers."""
    lanes = list(row)
    if least == greatest == 1:
        _least_first_greatest_last(lanes)
        return lanes[1:-1]
    for _ in range(least):
        for i in range(1, len(lanes)):
            lanes[0], lanes[i] = np.minimum(lanes[0], lanes[i]), np.maximum(lanes[0], lanes[i])
        lanes = lanes[1:]
    for _ in range(greatest):
        for i in range(len(lanes) - 1):
            _order(lanes, i, len(lanes) - 1)
        lanes = lanes[:-1]
    return lanes


def _median(lanes: Sequence[NDArray]) -> NDArray:
    """Forgetful selection: of more than half, drop the least and the greatest, take in one more, until one is left.

    The least of 8 out of 13 has 7 above it and the greatest 7 below it, so neither is the 7th of all; and so on with
    one more each time (Paeth, Graphics Gems, 1990, p. 171).
    """
    half = len(lanes) // 2 + 2
    pool, waiting = list(lanes[:half]), list(lanes[half:])
    while True:
        _least_first_greatest_last(pool)
        pool = pool[1:-1]
        if not waiting:
            return pool[0]
        pool.append(waiting.pop())


def _least_first_greatest_last(pool: list[NDArray]) -> None:
    last, half = len(pool) - 1, len(pool) // 2
    # Compared across first, every candidate for the least is in the first half, every one for the greatest after it.
    for i in range(half):
        _order(pool, i, last - i)
    for i in range(1, len(pool) - half):
        _order(pool, 0, i)
    for i in range(half, last):
        _order(pool, i, last)


def _order(pool: list[NDArray], a: int, b: int) -> None:
    pool[a], pool[b] = np.minimum(pool[a], pool[b]), np.maximum(pool[a], pool[b])
