"""MRQy's foreground of a slice: the convex hull of what Otsu's threshold finds in a partly equalised image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull
from skimage.exposure import equalize_hist
from skimage.filters import threshold_otsu

BINS = 256
TINY = 1e-9
SIDES = ((-0.5, 0.0), (0.5, 0.0), (0.0, -0.5), (0.0, 0.5))
"""From the centre of a pixel to the middles of its sides."""
WIDEST_RANGE = 1 << 20
"""Whole numbers over a wider range than this are treated like fractions: a table of them would not pay."""


def convex_foreground(plane: NDArray) -> NDArray[np.bool_]:
    """The mask of MRQy: convex hull of Otsu(w1 I + w2 H), H the equalised image (0 to 255).

    w1 and w2 are the shares of pixels that Otsu's threshold finds in I and in H. Everything before the hull is a
    function of the grey level alone, so for whole numbers it is computed once per level instead of once per pixel,
    from one histogram. A slice with one grey level has no foreground.
    """
    if plane.size == 0 or plane.min() == plane.max():
        return np.zeros(plane.shape, bool)
    least = int(np.floor(plane.min()))
    whole = np.issubdtype(plane.dtype, np.integer) and int(plane.max()) - least < WIDEST_RANGE
    bright = _bright_levels(plane, least) if whole else _bright_pixels(plane)
    return convex_hull(bright) if bright.any() else bright


def convex_hull(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels whose centre lies within, or on, the convex hull of the middles of the sides of the mask's pixels.

    The same pixels as skimage.morphology.convex_hull_image, which asks each pixel about each side of the hull; a
    convex shape has one interval a row, and the sides of the hull give its ends.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    left = mask[rows].argmax(axis=1)
    right = mask.shape[1] - 1 - mask[rows, ::-1].argmax(axis=1)
    ends = np.concatenate([np.stack([rows, column], axis=1) for column in (left, right)]).astype(float)
    sides = ConvexHull(np.concatenate([ends + step for step in SIDES])).equations
    heights = np.arange(mask.shape[0])[:, None] * sides[:, 0] + sides[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        crossing = -heights / sides[:, 1]
    first = np.where(sides[:, 1] < -TINY, crossing, -np.inf).max(axis=1)
    last = np.where(sides[:, 1] > TINY, crossing, np.inf).min(axis=1)
    outside = np.any(np.where(np.abs(sides[:, 1]) <= TINY, heights, -1.0) > TINY, axis=1, keepdims=True)
    column = np.arange(mask.shape[1])
    inside = (column >= first[:, None] - TINY) & (column <= last[:, None] + TINY)
    return np.asarray(inside & ~outside, dtype=bool)


def _bright_levels(plane: NDArray, least: int) -> NDArray[np.bool_]:
    index = (plane - least).astype(np.intp)
    counts = np.bincount(index.ravel())
    levels = np.arange(least, least + len(counts))
    equalised = np.cumsum(counts) / plane.size * 255
    there = counts > 0
    image_threshold = threshold_otsu(hist=(counts, levels))
    equalised_threshold = _otsu_of(equalised[there], counts[there])
    w1 = counts[levels > image_threshold].sum() / plane.size
    w2 = counts[equalised > equalised_threshold].sum() / plane.size
    mixed = w1 * levels + w2 * equalised
    return (mixed > _otsu_of(mixed[there], counts[there]))[index]


def _otsu_of(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    """Otsu's threshold, 256 bins, of pixels given as distinct values and how often each occurs."""
    if values.min() == values.max():
        return float(values[0])
    histogram, edges = np.histogram(values, bins=BINS, weights=counts)
    return float(threshold_otsu(hist=(histogram, (edges[:-1] + edges[1:]) / 2)))


def _bright_pixels(plane: NDArray) -> NDArray[np.bool_]:
    """The same for fractions, pixel by pixel."""
    plane = plane.astype(np.float64)
    equalised = equalize_hist(plane) * 255
    w1 = np.mean(plane > threshold_otsu(plane))
    w2 = np.mean(equalised > threshold_otsu(equalised))
    mixed = w1 * plane + w2 * equalised
    return np.asarray(mixed > threshold_otsu(mixed), dtype=bool)
