"""Ghosts along the phase-encoding direction, seen in the spectrum, so that no air around the body is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2

from .definition import measures
from .record import Undefined
from .series import Mask, MeasuredSeries

NEAREST_GHOST_MM = 20.0
"""Ghosts nearer to the object than this cannot be told from anatomy."""
GHOST_BAND_PER_MM = (0.1, 0.6)
"""Spatial frequencies across the phase-encoding direction that are averaged: below, anatomy differs from line to
line; above, there is noise only."""
STREAK_FINE_PER_MM = (0.25, 0.7)
STREAK_LONG_PER_MM = 0.08
FEWEST_LINES = 32
SMALL_FIELD = "The field of view is too small to tell ghosts from anatomy."
COARSE = "The pixels are too coarse to tell streaks from anatomy."


@measures(
    "ghost_energy",
    unit="%",
    better="lower",
    sees=("ghosting",),
    source="power cepstrum: Bogert, Healy and Tukey, Proc Symp Time Series Analysis 1963, p. 209",
)
def ghost_energy(series: MeasuredSeries) -> float:
    """Energy of the strongest ghost over that of the object, from echoes in the spectrum.

    A copy displaced by s with amplitude g multiplies the power spectrum by |1 + g exp(iks)|^2, so its logarithm,
    averaged over slices and lines, transformed back along the phase-encoding direction, has the value g at s.
    100 sum c(s)^2 over three neighbouring s, at the largest from 20 mm to half the field of view. Where the
    direction of phase encoding is unknown, the larger of both in-plane directions. The Hann window lets a copy count
    with the share to which it overlaps with the object: 0.66 of its amplitude at a quarter of the field of view.
    """
    return max(_echo(series, axis) for axis in series.phase_axes)


@measures(
    "ghost_streaks",
    unit="1",
    better="lower",
    sees=(),
    source="energy along against across phase encoding, after Wood and Henkelman, Med Phys 1985;12:143",
)
def ghost_streaks(series: MeasuredSeries) -> float:
    """Fine detail along the phase-encoding direction that is smooth across it, over the same with directions swapped.

    Motion between echoes changes whole lines of k-space, so its ghosts smear along phase encoding only. Energy of
    the spectrum at 0.25 to 0.7 /mm along and below 0.08 /mm across, over the energy with the two swapped; Hann
    window, geometric mean over slices, in the band of lines through the gland (without a gland, the middle third of
    the lines). Where the direction is unknown, the larger of the ratio and its inverse.
    """
    ratios = _streaks(series)
    if len(series.phase_axes) == 1:
        return ratios[series.phase_axes[0]]
    return max(ratios.values())


@measures(
    "n2_ghost",
    unit="%",
    better="lower",
    sees=("n2_ghost",),
    source="half-field-of-view ghost of echo-planar imaging: Buonocore and Gao, Magn Reson Med 1997;38:89",
)
def n2_ghost(series: MeasuredSeries) -> float:
    """Amplitude of a ghost displaced by half the field of view, from the difference of even and odd lines of k-space.

    Object plus g times its copy half a field away has even lines weighted by 1 + g and odd ones by 1 - g. With d the
    mean difference of ln |K| between each even line and the mean of its two neighbours, g = tanh(|d| / 2), in
    percent. Holds for images on the acquired field of view, neither cropped nor resampled. Where the direction of
    phase encoding is unknown, the larger of both.
    """
    return max(_even_and_odd(series, axis) for axis in series.phase_axes)


def _echo(series: MeasuredSeries, axis: int) -> float:
    across = 3 - axis
    count, step = series.values.shape[axis], series.spacing_mm[axis]
    first = int(np.ceil(NEAREST_GHOST_MM / step))
    if count // 2 - first < 3:
        raise Undefined(SMALL_FIELD)
    frequencies = np.abs(np.fft.fftfreq(series.values.shape[across], series.spacing_mm[across]))
    low, high = GHOST_BAND_PER_MM
    band = (frequencies >= low) & (frequencies < high)
    if band.sum() < 4:
        raise Undefined(SMALL_FIELD)
    kept = series.shared("ghosting")
    if "power" not in kept:
        kept["power"] = _log_power(_windowed(series.values))
    power = kept["power"]
    spectrum = np.take(power, np.flatnonzero(band), axis=across).mean(axis=(0, across))
    echoes = np.fft.ifft(spectrum).real[first - 1 : count // 2 + 1] ** 2
    return 100 * float(np.convolve(echoes, np.ones(3), mode="valid").max())


def _streaks(series: MeasuredSeries) -> dict[int, float]:
    kept: dict[int, float] = series.shared("streaks")
    if not kept:
        # The band of lines through the gland depends on the direction of the lines, so each axis has its own.
        kept[2] = _streak_ratio(series, 2)
        kept[1] = _streak_ratio(series, 1)
    return kept


def _streak_ratio(series: MeasuredSeries, axis: int) -> float:
    across = 3 - axis
    if min(0.5 / s for s in series.spacing_mm[1:]) < STREAK_FINE_PER_MM[1]:
        raise Undefined(COARSE)
    logs = []
    for plane, lines in zip(series.values, _lines_through_gland(series, across), strict=True):
        if lines is None:
            continue
        part = plane[lines] if across == 1 else plane[:, lines]
        along_axis = axis - 1
        if min(part.shape) < FEWEST_LINES or np.ptp(part) == 0:
            continue
        power = np.abs(fft2(_windowed(part[None])[0])) ** 2
        bands = [np.abs(np.fft.fftfreq(n, s)) for n, s in zip(part.shape, series.spacing_mm[1:], strict=True)]
        fine = [(f >= STREAK_FINE_PER_MM[0]) & (f < STREAK_FINE_PER_MM[1]) for f in bands]
        long = [f < STREAK_LONG_PER_MM for f in bands]
        there = power[np.ix_(fine[0], long[1])].mean(), power[np.ix_(long[0], fine[1])].mean()
        if min(there) > 0:
            logs.append(float(np.log(there[along_axis] / there[1 - along_axis])))
    if not logs:
        raise Undefined(SMALL_FIELD)
    return float(np.exp(np.mean(logs)))


def _lines_through_gland(series: MeasuredSeries, across: int) -> list[slice | None]:
    count, step = series.values.shape[across], series.spacing_mm[across]
    try:
        gland: Mask | None = series.gland
    except Undefined:
        gland = None
    if gland is None:
        return [slice(count // 3, count - count // 3)] * len(series.values)
    found: list[slice | None] = []
    margin = round(5 / step)
    for plane in gland:
        lines = np.flatnonzero(plane.any(axis=2 - across))
        found.append(slice(max(0, int(lines[0]) - margin), int(lines[-1]) + 1 + margin) if lines.size else None)
    return found


def _even_and_odd(series: MeasuredSeries, axis: int) -> float:
    across = 3 - axis
    if min(series.values.shape[1:]) < FEWEST_LINES:
        raise Undefined(SMALL_FIELD)
    count = series.values.shape[axis] // 2 * 2
    values = series.values[:, :count] if axis == 1 else series.values[:, :, :count]
    # No window here: it would mix each line of k-space with its neighbours.
    lines = _log_power(values).mean(axis=(0, across)) / 2
    middle = np.fft.fftshift(lines)
    # Without the centre, where the object's own shape dominates, and the outer lines, where only noise is left.
    keep = np.abs(np.fft.fftshift(np.fft.fftfreq(count)))
    differences = middle[1:-1] - (middle[:-2] + middle[2:]) / 2
    inner = (keep[1:-1] > 2.5 / count) & (keep[1:-1] < 0.35)
    even = (np.arange(1, count - 1) - count // 2) % 2 == 0
    step = float(np.mean(differences[inner & even]) - np.mean(differences[inner & ~even])) / 2
    return 100 * float(np.tanh(abs(step) / 2))


def _windowed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    y, x = (np.hanning(n).astype(np.float32) for n in values.shape[1:])
    return values * y[None, :, None] * x[None, None, :]


def _log_power(values: NDArray[np.float32]) -> NDArray[np.float32]:
    power = np.abs(fft2(values)) ** 2
    floor = float(power.max()) * 1e-14
    if floor == 0:
        raise Undefined("The image has no energy.")
    return np.log(np.maximum(power, floor)).astype(np.float32)
