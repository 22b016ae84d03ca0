"""Power spectra of slices, which ghosts are looked for in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2

from .record import Undefined
from .series import Mask, MeasuredSeries

Floats = NDArray[np.floating]

GLAND_MARGIN_MM = 5.0
NO_ENERGY = "The image has no energy."
_LEAST = 1e-14
"""Share of the largest power below which rounding is all there is."""


def windowed(values: Floats) -> Floats:
    """Slices (..., rows, columns) under a Hann window, so that their borders leave no cross in the spectrum."""
    y, x = (np.hanning(n).astype(values.dtype) for n in values.shape[-2:])
    return values * y[:, None] * x


def log_power(values: Floats) -> Floats:
    """ln of the power spectrum of slices (..., rows, columns).

    Raises:
        Undefined: when all is zero.
    """
    power = np.abs(fft2(values)) ** 2
    least = float(power.max()) * _LEAST
    if least == 0:
        raise Undefined(NO_ENERGY)
    return np.log(np.maximum(power, least))


def frequencies_per_mm(count: int, step_mm: float) -> Floats:
    """Magnitude of the frequency of each line of a spectrum."""
    return np.abs(np.fft.fftfreq(count, step_mm))


def phase_last(plane: Floats, axis: int) -> Floats:
    """A slice with the axis (1 or 2 of the volume) along which phase is encoded put last."""
    return plane.T if axis == 1 else plane


def slices_through_gland(series: MeasuredSeries, axis: int, *, fewest: int) -> list[Floats]:
    """The band of lines along `axis` through the gland of each slice, that axis last; see `lines_through_gland`."""
    found = []
    for plane, lines in zip(series.values, lines_through_gland(series, 3 - axis), strict=True):
        if lines is None:
            continue
        part = phase_last(plane, axis)[lines]
        if min(part.shape) >= fewest and np.ptp(part) > 0:
            found.append(part)
    return found


def lines_through_gland(series: MeasuredSeries, across: int) -> Sequence[slice | None]:
    """For each slice the lines, counted along `across`, through the gland with 5 mm to either side.

    None for slices without gland. Without a mask the middle third of the lines, where a prostate protocol puts it.
    """
    count, step = series.values.shape[across], series.spacing_mm[across]
    try:
        gland: Mask | None = series.gland
    except Undefined:
        gland = None
    if gland is None:
        return [slice(count // 3, count - count // 3)] * len(series.values)
    margin = round(GLAND_MARGIN_MM / step)
    found: list[slice | None] = []
    for plane in gland:
        lines = np.flatnonzero(plane.any(axis=2 - across))
        found.append(slice(max(0, int(lines[0]) - margin), int(lines[-1]) + 1 + margin) if lines.size else None)
    return found
