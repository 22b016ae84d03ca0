"""Single noisy lines: what a radio-frequency leak or a spike leaves across a slice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .definition import measures
from .record import Undefined
from .series import Mask, MeasuredSeries

NEIGHBOURHOOD_MM = 10.0
FEWEST_PIXELS = 32


@measures(
    "line_noise",
    unit="1",
    better="lower",
    sees=("zipper",),
    source="noise of each line as noise_local, against the lines around it",
)
def line_noise(series: MeasuredSeries) -> float:
    """How far the noisiest row or column of a slice stands out from the lines around it; the largest over all slices.

    The level of a line is the mean absolute response to Immerkaer's mask. From it the median of the lines within 5 mm
    is taken, and the difference is divided by the slice's median level.
    """
    if min(series.values.shape[1:]) < FEWEST_PIXELS:
        raise Undefined("The slices are too small to compare lines.")
    # Away from padding and the border, where the mask answers to the cut.
    inner = ndimage.binary_erosion(series.regions.valid, np.ones((1, 5, 5), bool))
    found = [_worst(np.abs(series.noise_residual), inner, axis, series.spacing_mm[3 - axis]) for axis in (1, 2)]
    usable = [one for one in found if one is not None]
    if not usable:
        raise Undefined("No line has enough voxels.")
    return max(usable)


def _worst(response: NDArray[np.float32], inner: Mask, axis: int, step_mm: float) -> float | None:
    """The largest excess among lines that run along `axis`."""
    count = inner.sum(axis=axis)
    total = np.where(inner, response, 0).sum(axis=axis, dtype=float)
    width = 2 * max(2, round(NEIGHBOURHOOD_MM / 2 / step_mm)) + 1
    worst = None
    for n, sums in zip(count, total, strict=True):
        lines = (sums / np.maximum(n, 1))[n >= FEWEST_PIXELS]
        if lines.size <= width or np.median(lines) <= 0:
            continue
        excess = float((lines - ndimage.median_filter(lines, size=width, mode="nearest")).max() / np.median(lines))
        worst = excess if worst is None else max(worst, excess)
    return worst
