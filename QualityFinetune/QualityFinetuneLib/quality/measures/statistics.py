"""Robust statistics and the division of a region into a dark and a bright class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from .record import Undefined

MAD_TO_SD = 1.4826022185056018
"""Standard deviation of a normal distribution over its median absolute deviation, 1 / 0.67449."""
NORMAL_SMALLER_HALF = 0.3246628308693029
"""Mean of the smaller half of |x| for a normal x of standard deviation 1: 4 (phi(0) - phi(0.67449))."""
RAYLEIGH_SMALLER_HALF = 0.21798615863767457
"""Mean of the smaller half of |x - median| for a Rayleigh x of parameter 1, by numerical integration."""

ONE_LEVEL = "Every voxel of the region has the same value."


@dataclass(frozen=True)
class TwoClasses:
    """Mean and standard deviation of the dark and of the bright part of a region."""

    dark_mean: float
    dark_sd: float
    bright_mean: float
    bright_sd: float

    @property
    def distance(self) -> float:
        """Difference of the means, above 0."""
        return self.bright_mean - self.dark_mean


def median_absolute_deviation(values: NDArray[np.floating]) -> float:
    """Median of the absolute distances to the median."""
    return float(np.median(np.abs(values - np.median(values))))


def smaller_half_mean(values: NDArray[np.float32]) -> float:
    """Mean of the smaller half of non-negative numbers.

    As robust as their median, which for whole grey levels could only take a few values.
    """
    half = max(1, values.size // 2)
    return float(np.partition(values, half - 1)[:half].mean(dtype=float))


def noise_of(residual: NDArray[np.float32]) -> float:
    """Standard deviation of normal noise around 0 among outliers that come from edges."""
    return smaller_half_mean(np.abs(residual)) / NORMAL_SMALLER_HALF if residual.size else 0.0


def two_classes(values: NDArray[np.float32]) -> TwoClasses:
    """Dark and bright part of a region, parted by Otsu's threshold.

    Raises:
        Undefined: when the region has one grey level.
    """
    if values.size == 0 or np.ptp(values) == 0:
        raise Undefined(ONE_LEVEL)
    low, high = np.percentile(values, [0.5, 99.5])
    trimmed = values[(values >= low) & (values <= high)] if high > low else values
    if np.ptp(trimmed) == 0:
        raise Undefined(ONE_LEVEL)
    bright = trimmed > threshold_otsu(trimmed)
    one, other = trimmed[~bright].astype(float), trimmed[bright].astype(float)
    if not one.size or not other.size:
        raise Undefined(ONE_LEVEL)
    return TwoClasses(
        dark_mean=float(one.mean()),
        dark_sd=float(one.std()),
        bright_mean=float(other.mean()),
        bright_sd=float(other.std()),
    )


def positive(number: float, why: str) -> float:
    """`number`, which divides something.

    Raises:
        Undefined: with the reason `why` when it is not above 0.
    """
    if not number > 0:
        raise Undefined(why)
    return number
