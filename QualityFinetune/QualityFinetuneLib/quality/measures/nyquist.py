"""The ghost of echo-planar imaging, half a field of view away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.fft import fft2

from .definition import measures
from .ghosting import FEWEST_LINES, SMALL_FIELD
from .record import Undefined
from .series import MeasuredSeries
from .spectrum import NO_ENERGY, phase_last
from .statistics import noise_of

Floats = NDArray[np.floating]

CENTRE_LINES = 2.5
"""Without the lines in the centre, where the object's own shape dominates."""
OUTER_LINES = 0.35
"""Without the outermost lines (of 0.5), where only noise is left."""
CLEAR = 4.0
"""Places count at which the mean power is this many times that of the noise."""
AROUND = (9, 8)
FEWEST_POWERS = 200
ALL_NOISE = "The spectrum shows hardly anything but noise."


@measures(
    "n2_ghost",
    unit="%",
    better="lower",
    sees=("n2_ghost",),
    source="half-field-of-view ghost of echo-planar imaging: Buonocore and Gao, Magn Reson Med 1997;38:89",
)
def n2_ghost(series: MeasuredSeries) -> float:
    """Amplitude of a ghost displaced by half the field of view, from the power of even against odd lines of k-space.

    Object plus g times its copy half a field away has even lines weighted by 1 + g and odd ones by 1 - g. Each power,
    less that of the noise, is divided by the mean around it; with r the root of the ratio of the mean of even to that
    of odd lines, g = |r - 1| / (r + 1), in percent. Noise adds the same power to all lines, which would hide a
    ghost: it is the median in the corners of the spectrum over ln 2, or that of noise_local of all voxels where that
    is lower, and only places above four times of it count. Holds for images on the acquired field of view, neither
    cropped nor resampled. Where the direction of phase encoding is unknown, the larger of both.
    """
    return max(_even_and_odd(series, axis) for axis in series.phase_axes)


def _even_and_odd(series: MeasuredSeries, axis: int) -> float:
    if min(series.values.shape[1:]) < FEWEST_LINES:
        raise Undefined(SMALL_FIELD)
    count = series.values.shape[axis] // 2 * 2
    planes = np.stack([phase_last(plane, axis)[:, :count] for plane in series.values])
    # No window here: it would mix each line of k-space with its neighbours.
    power = np.fft.fftshift(np.abs(fft2(planes)) ** 2, axes=(1, 2))
    if not power.max() > 0:
        raise Undefined(NO_ENERGY)
    noise = min(_noise_power(power), planes[0].size * noise_of(series.noise_residual.ravel()) ** 2)
    lines = np.abs(np.fft.fftshift(np.fft.fftfreq(count)))
    # Around each place, as many even as odd lines: a choice by the powers themselves would prefer the strong ones.
    around = ndimage.uniform_filter(power.mean(axis=0), size=AROUND, mode="wrap")
    counts = (around > CLEAR * noise) & (lines > CENTRE_LINES / count) & (lines < OUTER_LINES)
    if np.count_nonzero(counts) * len(power) < FEWEST_POWERS:
        raise Undefined(ALL_NOISE)
    even = (np.arange(count) - count // 2) % 2 == 0
    relative = (power.mean(axis=0) - noise) / around
    sums = [float(relative[counts & which].mean()) for which in (even, ~even)]
    # Below 0 only when next to nothing is left of every other line.
    ratio = np.sqrt(max(sums[0], 0.0) / max(sums[1], 1e-12))
    return 100 * abs(float(ratio) - 1) / (float(ratio) + 1)


def _noise_power(power: Floats) -> float:
    """Power of the noise, from the outermost eighth of the frequencies along both axes, where it is all there is."""
    corners = [np.abs(np.fft.fftshift(np.fft.fftfreq(n))) > 7 / 16 for n in power.shape[1:]]
    return float(np.median(power[:, corners[0]][:, :, corners[1]])) / float(np.log(2))
