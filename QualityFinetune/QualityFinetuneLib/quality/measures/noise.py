"""Noise in the air, noise inside the signal, and the signal over it."""

from __future__ import annotations

import numpy as np

from .definition import measures
from .record import Undefined
from .series import Mask, MeasuredSeries
from .statistics import RAYLEIGH_SMALLER_HALF, noise_of, positive, smaller_half_mean

NO_NOISE = "No noise can be measured here: neighbouring voxels do not differ."
DARK_SIGNAL = "The signal is not above zero."


@measures(
    "noise_background",
    unit="image",
    better="lower",
    sees=("noise",),
    scale_free=False,
    source="Henkelman, Med Phys 1985;12:232; Gudbjartsson and Patz, Magn Reson Med 1995;34:910",
)
def noise_background(series: MeasuredSeries) -> float:
    """Standard deviation sigma of the complex noise, from the spread of the magnitude in air.

    In air the magnitude follows a Rayleigh distribution, whose standard deviation is sqrt(2 - pi/2) sigma. Since
    ghosts in the air would inflate that, sigma is the mean of the smaller half of |air - median| / 0.2180, the factor
    of the same distribution. Several coils or parallel imaging change it: compare series of one protocol.
    """
    air = series.values[series.background]
    return positive(smaller_half_mean(np.abs(air - np.median(air))) / RAYLEIGH_SMALLER_HALF, NO_NOISE)


@measures(
    "noise_local",
    unit="image",
    better="lower",
    sees=("noise", "spikes", "adc_noise", "high_b_noise"),
    scale_free=False,
    source="Immerkaer, Comput Vis Image Underst 1996;64:300, robust as in Donoho, IEEE Trans Inf Theory 1995;41:613",
)
def noise_local(series: MeasuredSeries) -> float:
    """Standard deviation of the noise inside the signal, from differences of neighbouring pixels.

    Mean of the smaller half of |I * [[1,-2,1],[-2,4,-2],[1,-2,1]] / 6| over 0.3247, its value for normal noise of
    standard deviation 1; edges are in the larger half. Needs no air, which scanners mask or filter. Where the scanner
    interpolates the image, the noise of neighbours is alike and the value too low: compare series of one protocol.
    """
    return local_noise(series, series.signal)


@measures("snr", unit="1", better="higher", sees=("noise",), source="NEMA MS 1, method 4; noise as noise_background")
def snr(series: MeasuredSeries) -> float:
    """Median of the signal over noise_background."""
    return signal_level(series, series.signal) / noise_background(series)


@measures("snr_local", unit="1", better="higher", sees=("noise", "spikes"), source="as noise_local")
def snr_local(series: MeasuredSeries) -> float:
    """Median of the signal over noise_local."""
    return signal_level(series, series.signal) / noise_local(series)


@measures(
    "gland_snr",
    unit="1",
    better="higher",
    sees=("noise", "spikes", "adc_noise", "high_b_noise"),
    source="as noise_local",
)
def gland_snr(series: MeasuredSeries) -> float:
    """Median of the gland over the noise inside the gland, measured as noise_local."""
    return signal_level(series, series.gland) / local_noise(series, series.gland)


def local_noise(series: MeasuredSeries, region: Mask) -> float:
    """Noise inside a region, without the outermost pixels of a slice and without what was filled in.

    Raises:
        Undefined: when the slice is too small or neighbours do not differ.
    """
    if min(series.values.shape[1:]) < 3:
        raise Undefined("The slices are smaller than 3 x 3 pixels.")
    inner = region & series.regions.valid
    inner[:, [0, -1]] = False
    inner[:, :, [0, -1]] = False
    if not inner.any():
        raise Undefined("The region lies on the border of the slices only.")
    return positive(noise_of(series.noise_residual[inner]), NO_NOISE)


def signal_level(series: MeasuredSeries, region: Mask) -> float:
    """Median of a region.

    Raises:
        Undefined: when it is not above 0.
    """
    return positive(float(np.median(series.values[region])), DARK_SIGNAL)
