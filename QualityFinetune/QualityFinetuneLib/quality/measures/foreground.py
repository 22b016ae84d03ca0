"""Signal, background and padding of a series, computed once for all measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from .filters import immerkaer
from .statistics import noise_of

Mask = NDArray[np.bool_]

SMOOTHING_MM = 1.5
FINE_PX = (0.0, 0.7, 0.7)
DARK = 3.0
"""Air lies below this many standard deviations of the noise when smoothed: its mean is 1.25 of them, that of the
darkest tissue 4 and more at any usable SNR. Twice of what air needs, since interpolation by the scanner makes the
noise measured between neighbours too low."""
BRIGHT_SHARE = 25
"""Percentage of the brightest voxels; the noise that divides air from tissue is measured among these."""
MARGIN_MM = 2.0
"""Width of the strip along the border of the signal that counts as neither, as voxels there are mixtures."""
LEAST_SHARE = 0.002
LEAST_VOXELS = 500
NOISE_RATIO = (1.2, 2.6)
"""Mean / standard deviation of noise in a magnitude image: sqrt(pi / (4 - pi)) = 1.91 for one coil (Henkelman,
Med Phys 1985;12:232), 2.7 for two (Constantinides et al., Magn Reson Med 1997;38:852), less with ghosts in it."""

PADDED = "The dark part is filled with a constant, so it shows no noise."
ALL_TISSUE = "There is no air in the field of view."
LITTLE_AIR = "There is too little air in the field of view to measure noise in it."
FILTERED = "What is dark does not vary like noise: the scanner filtered it, or it is tissue."


@dataclass(frozen=True)
class Regions:
    """Where a series has signal and where it shows noise only.

    Attributes:
        signal: voxels (z, y, x) with signal.
        background: voxels of air, away from the signal's border; None where there are none, see `no_background`.
        valid: voxels that the scanner acquired, not filled in.
        no_background: one sentence, why there is no background.
    """

    signal: Mask
    background: Mask | None
    valid: Mask
    no_background: str = ""


def regions_of(values: NDArray[np.float32], spacing_mm: Sequence[float]) -> Regions:
    """Divide a series into signal, background and padding.

    Padding is where all voxels of a 5 x 5 neighbourhood in the slice have the volume's lowest value. Air is what
    stays below three times the noise after smoothing. No threshold on grey levels alone would do: a pelvis often
    fills the field of view, and then the darkest part is muscle. It counts as background only where it behaves like
    noise of a magnitude image, as scanners mask or filter air.
    """
    padding = _padding(values, float(values.min()))
    valid = ~padding
    if not valid.any():
        return Regions(signal=valid, background=None, valid=valid, no_background=PADDED)
    sigma = (0.0, SMOOTHING_MM / spacing_mm[1], SMOOTHING_MM / spacing_mm[2])
    smooth = ndimage.gaussian_filter(values, sigma, truncate=3)
    bright = valid & (smooth >= np.percentile(smooth[valid], 100 - BRIGHT_SHARE))
    darkest = DARK * noise_of(immerkaer(values)[bright])
    air = smooth < darkest
    # Smoothing moves the border of bright tissue outwards; what is next to air and dark itself is air too.
    dark = valid & (air | (_near(air, spacing_mm) & (ndimage.gaussian_filter(values, FINE_PX) < darkest)))
    signal = valid & ~dark
    background = dark & ~_near(signal | padding, spacing_mm)
    no_background = _why_no_noise(values[background], values.size, padded=float(padding.mean()) > LEAST_SHARE)
    return Regions(
        signal=signal,
        background=None if no_background else background,
        valid=valid,
        no_background=no_background,
    )


def _why_no_noise(dark: NDArray[np.float32], voxels: int, *, padded: bool) -> str:
    """Why the dark part is no air that shows noise; empty when it is."""
    if dark.size == 0:
        return PADDED if padded else ALL_TISSUE
    if dark.size < max(LEAST_VOXELS, LEAST_SHARE * voxels):
        return LITTLE_AIR
    spread = float(dark.std())
    usual = spread > 0 and NOISE_RATIO[0] <= float(dark.mean()) / spread <= NOISE_RATIO[1]
    return "" if usual else FILTERED


def _padding(values: NDArray[np.float32], least: float) -> Mask:
    filled = values == least
    if not filled.any():
        return filled
    # Opening keeps what a 5 x 5 square fits into; beyond the border counts as filled, or margins would survive.
    square = np.ones((1, 5, 5), bool)
    return ndimage.binary_dilation(ndimage.binary_erosion(filled, square, border_value=1), square)


def _near(mask: Mask, spacing_mm: Sequence[float]) -> Mask:
    size = [1, *(2 * int(np.ceil(MARGIN_MM / s)) + 1 for s in spacing_mm[1:])]
    return ndimage.maximum_filter(mask.view(np.uint8), size=size, mode="nearest").astype(bool)
