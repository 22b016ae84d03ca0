"""One slice, measured as MRQy measures it."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.feature import local_binary_pattern

from .mrqy_foreground import convex_foreground
from .mrqy_median import median_5x5

FIFTEEN = (
    "MEAN", "RNG", "VAR", "CV", "CPP", "PSNR", "SNR1", "SNR2", "SNR3", "SNR4", "CNR", "CVP", "CJV", "EFC", "FBER",
)  # fmt: skip
EXTENDED = (
    "MEAN", "RNG", "VAR", "CV", "CPP", "PSNR", "SNR1", "SNR2", "SNR3", "SNR4", "SNR5", "SNR6", "SNR7", "SNR8", "SNR9",
    "CNR", "CVP", "CJV", "EFC", "FBER",
)  # fmt: skip

PATCH = 5
NORMAL_MAD = 0.6745
"""MRQy's own rounding of 0.67449."""
LOW_FREQUENCIES = 5
DARK = 1e-3
EFC_OFFSET = 1e16
"""What MRQy adds inside the logarithm; 1e-16, as in MRIQC, was probably meant."""


@dataclass(frozen=True)
class SliceMeasures:
    """The values of one slice, and what in it makes some of them divisions by nothing."""

    values: dict[str, float]
    constant_foreground: bool
    constant_background: bool
    constant_background_patch: bool
    dark_background: bool


def measure_slice(plane: NDArray, *, extended: bool) -> SliceMeasures:
    """All measures of one slice (rows, columns); those that divide by nothing are NaN or infinite.

    Args:
        plane: grey levels; whole numbers take the fast way.
        extended: with SNR5 to SNR9 of the published version.
    """
    hull = convex_foreground(plane)
    inside, outside = plane[hull].astype(np.float64), plane[~hull].astype(np.float64)
    foreground, background = np.where(hull, plane, 0), np.where(hull, 0, plane)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        mean, sd = _mean(inside), _sd(inside)
        bright, dim = _patch(foreground), _patch(background)
        background_sd, dim_sd = _sd(outside), _sd(dim)
        level, spread = _mean(bright), _sd(bright)
        air = _median(outside**2)
        values = {
            "MEAN": mean,
            "RNG": float(np.ptp(inside)) if inside.size else math.nan,
            "VAR": sd**2,
            "CV": 100 * np.divide(sd, mean),
            "CPP": _contrast_per_pixel(foreground),
            "PSNR": _peak_signal_to_noise(foreground),
            "SNR1": np.divide(sd, background_sd),
            "SNR2": np.divide(level, background_sd),
            "SNR3": np.divide(level, spread if spread > 0 or not extended else 1e-9),
            "SNR4": np.divide(level, dim_sd),
            "CNR": np.divide(_mean(bright - dim), dim_sd + (1e-6 if extended else 0.0)),
            "CVP": np.divide(spread, level + (1e-6 if extended else 0.0)),
            "CJV": np.divide(sd + background_sd, abs(mean - _mean(outside))),
            "EFC": _entropy_focus(foreground),
            "FBER": np.divide(_median(inside**2), air),
        }
        if extended:
            values |= _extended(foreground, inside, mean)
    return SliceMeasures(
        values={name: float(value) for name, value in values.items()},
        constant_foreground=float(np.ptp(foreground)) == 0,
        constant_background=not background_sd > 0,
        constant_background_patch=not dim_sd > 0,
        dark_background=not air >= DARK,
    )


def _mean(values: NDArray) -> float:
    return float(values.mean()) if values.size else math.nan


def _sd(values: NDArray) -> float:
    return float(values.std()) if values.size else math.nan


def _median(values: NDArray) -> float:
    return float(np.median(values)) if values.size else math.nan


def _contrast_per_pixel(foreground: NDArray) -> float:
    """Mean of the image filtered by (1 in the centre, -1/8 around it), zeros beyond the border.

    The filter's weights add up to 0, so over the whole image every pixel cancels but those on the border: an edge
    pixel keeps 3/8 of its value, a corner 5/8. That is all there is to compute.
    """
    f = foreground.astype(np.float64, copy=False)
    if min(f.shape) < 2:
        return math.nan
    border = f[0].sum() + f[-1].sum() + f[1:-1, 0].sum() + f[1:-1, -1].sum()
    corners = f[0, 0] + f[0, -1] + f[-1, 0] + f[-1, -1]
    return float(3 * border + 2 * corners) / 8 / f.size


def _peak_signal_to_noise(foreground: NDArray) -> float:
    """20 log10(peak / root mean square of the difference to the 5 x 5 median), in dB.

    The median is that of the image divided by its peak, but the difference is taken from the undivided image, so it
    is mostly the image itself: MRQy's PSNR is close to peak over root mean square.
    """
    top = float(foreground.max())
    if top == 0:
        return math.nan
    # The median of whole numbers, divided afterwards, is the median of the divided ones.
    difference = foreground - median_5x5(foreground) / top
    noise = math.sqrt(float(np.vdot(difference, difference)) / difference.size)
    return 20 * math.log10(top / noise) if noise > 0 and top > 0 else math.inf


def _patch(image: NDArray) -> NDArray[np.float64]:
    """The 5 x 5 pixels before (above and left of) the brightest one, zeros beyond the border.

    MRQy pads by 5 and then reads from the unpadded position, so the patch ends just before the brightest pixel.
    """
    row, column = (int(i) for i in np.unravel_index(int(image.argmax()), image.shape))
    patch = np.zeros((PATCH, PATCH))
    rows, columns = slice(max(0, row - PATCH), row), slice(max(0, column - PATCH), column)
    part = image[rows, columns]
    patch[PATCH - part.shape[0] :, PATCH - part.shape[1] :] = part
    return patch


def _entropy_focus(foreground: NDArray) -> float:
    """MRQy's entropy focus criterion, sum (x/r) ln((x + 1e16) / r) / |sqrt(n) ln(1/sqrt(n))| with r^2 = sum x^2.

    Next to 1e16 any grey level is nothing (relative error below 1e-12 up to 10,000), so the logarithm is one number.
    """
    f = foreground.astype(np.float64, copy=False)
    root = math.sqrt(float(np.vdot(f, f)))
    if root == 0 or f.size < 2:
        return math.nan
    most = abs(math.sqrt(f.size) * math.log(1 / math.sqrt(f.size)))
    return float(f.sum()) / root * math.log(EFC_OFFSET / root) / most


def _extended(foreground: NDArray, inside: NDArray[np.float64], mean: float) -> dict[str, float]:
    """SNR5 to SNR9: the mean over a noise estimated locally, by MAD, at edges, at high frequencies and in texture."""
    if inside.size == 0:
        return dict.fromkeys(("SNR5", "SNR6", "SNR7", "SNR8", "SNR9"), math.nan)
    f = foreground.astype(np.float64, copy=False)
    deviation = _median(np.abs(inside - _median(inside))) / NORMAL_MAD
    edges = _sobel(f)
    steep = f[edges > np.percentile(edges, 95)]
    return {
        "SNR5": mean / (_local_deviation(f) + 1e-9),
        "SNR6": mean / (deviation + 1e-9),
        "SNR7": mean / (_sd(steep) + 1e-9),
        "SNR8": mean / (_sd(_high_frequencies(f)) + 1e-9),
        "SNR9": mean / (_texture_spread(foreground) + 1e-9),
    }


def _local_deviation(f: NDArray[np.float64]) -> float:
    """sqrt(mean of S(f^2) / 25 - (S(f) / 5)^2), S the sum over 5 x 5 pixels; NaN where that is negative.

    A variance would have S(f) / 25. As it stands, the difference is negative for all but empty images.
    """
    windows = (slice(PATCH // 2, -(PATCH // 2)),) * 2
    mean, square = (ndimage.uniform_filter(g, PATCH)[windows] for g in (f, f**2))
    variance = float(np.mean(square - (PATCH * mean) ** 2)) if mean.size else math.nan
    return math.sqrt(variance) if variance >= 0 else math.nan


def _sobel(f: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hypot(*(ndimage.sobel(f, axis=axis, mode="reflect") for axis in (0, 1)))


def _high_frequencies(f: NDArray[np.float64]) -> NDArray[np.float64]:
    spectrum = np.fft.fftshift(np.fft.fft2(f))
    row, column = f.shape[0] // 2, f.shape[1] // 2
    near = LOW_FREQUENCIES
    spectrum[max(0, row - near) : row + near, max(0, column - near) : column + near] = 0
    return np.fft.ifft2(np.fft.ifftshift(spectrum)).real


def _texture_spread(f: NDArray) -> float:
    """Spread of the local binary patterns above their own 95th percentile; often there are none, then NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that fractions are compared exactly, as MRQy does
        pattern = local_binary_pattern(f, P=8, R=1)
    return _sd(pattern[pattern > np.percentile(pattern, 95)])
