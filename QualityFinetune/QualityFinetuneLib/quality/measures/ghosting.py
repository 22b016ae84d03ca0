"""Ghosts along the phase-encoding direction, seen in the spectrum, so that no air around the body is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.fft import fft2

from .definition import measures
from .record import Undefined
from .series import MeasuredSeries
from .spectrum import frequencies_per_mm, log_power, phase_last, slices_through_gland, windowed

Floats = NDArray[np.floating]

NEAREST_GHOST_MM = 20.0
"""Ghosts nearer to the object than this cannot be told from anatomy."""
GHOST_BAND_PER_MM = (0.1, 0.6)
"""Spatial frequencies across the phase-encoding direction that are averaged: below, anatomy differs from line to
line; above, there is noise only."""
NEIGHBOURS = 0.33
"""Correlation of the logarithms of neighbouring powers under a Hann window, by simulation of white noise."""
COARSE_PER_MM = 0.1
"""Highest frequency of the coarse ghosts: there a motion of 3 mm still moves the phase by less than half a turn."""
ANATOMY_MM = (6.0, 20.0)
"""Displacements across the phase-encoding direction at which no ghost can lie, only anatomy and noise."""
FEWEST_COARSE = 8
"""Places of coarse ghosts that there must be, so a field of view of 12 cm and more."""
STREAK_FINE_PER_MM = (0.25, 0.7)
STREAK_LONG_PER_MM = 0.08
FEWEST_LINES = 32
FEWEST_LINES_OF_GLAND = 16
SMALL_FIELD = "The field of view is too small to tell ghosts from anatomy."
COARSE = "The pixels are too coarse to tell streaks from anatomy."


@measures(
    "ghost_energy",
    unit="%",
    better="lower",
    sees=("ghosting", "local_motion"),
    source="power cepstrum: Bogert, Healy and Tukey, Proc Symp Time Series Analysis 1963, p. 209",
)
def ghost_energy(series: MeasuredSeries) -> float:
    """Energy of all ghosts in the lines through the gland over that of the object, from echoes in the spectrum.

    A copy displaced by s with amplitude g multiplies the power spectrum by |1 + g exp(iks)|^2, so its logarithm,
    averaged over slices and lines (0.1 to 0.6 /mm across), transformed back along phase encoding, is g at s and at
    -s: c(s)^2 is the energy of the copy over that of the object. The sum of c(s)^2 over s from 20 mm to half the
    field of view, less what the chance of a spectrum without any copy would give, times 100; so it is 0 without
    ghosts, give or take a few hundredths. A Hann window in the lines lets a copy count with the share to which it
    overlaps with the object: 0.66 of its amplitude at a quarter of the field of view. Lines within 5 mm of the gland,
    without a mask the middle third. Where the direction of phase encoding is unknown, the larger of both.
    """
    return max(_echoes(series, axis) for axis in series.phase_axes)


@measures(
    "coarse_ghosts",
    unit="%",
    better="lower",
    sees=("ghosting", "motion"),
    source="power cepstrum, as ghost_energy",
)
def coarse_ghosts(series: MeasuredSeries) -> float:
    """Energy of the ghosts of large structures, slice by slice: fat, muscle and bone, below 0.1 /mm.

    As ghost_energy, but of the whole slice, from the square of frequencies below 0.1 /mm along and across, and
    without averaging the slices' spectra, since motion differs from slice to slice. Where copies can lie, straight
    along phase encoding, less the mean where they cannot, 6 to 20 mm beside that line; may fall below 0. Fine detail
    is left out: when the whole body moves by more than its size, it becomes blur, and no longer a copy.
    """
    return max(_coarse(series, axis) for axis in series.phase_axes)


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


def _echoes(series: MeasuredSeries, axis: int) -> float:
    step, step_across = series.spacing_mm[axis], series.spacing_mm[3 - axis]
    count = series.values.shape[axis]
    first = math.ceil(NEAREST_GHOST_MM / step)
    total, averaged = np.zeros(count), 0
    for part in slices_through_gland(series, axis, fewest=FEWEST_LINES_OF_GLAND):
        across = frequencies_per_mm(len(part), step_across)
        band = (across >= GHOST_BAND_PER_MM[0]) & (across < GHOST_BAND_PER_MM[1])
        total += log_power(windowed(part))[band].sum(axis=0)
        averaged += int(np.count_nonzero(band))
    if count // 2 - first < 3 or averaged < 4:
        raise Undefined(SMALL_FIELD)
    places = np.arange(first, count // 2)
    echoes = np.fft.ifft(total / averaged).real[places]
    return 100 * float(np.sum(echoes**2 - _chance(places / count, count * averaged)))


def _chance(places: Floats, powers: int) -> Floats:
    """Expected square of an echo at each place (in fields of view) when there is none, from so many powers.

    The logarithm of the power of noise has the variance pi^2 / 6; neighbours under the window are alike, along both
    axes of the spectrum.
    """
    return math.pi**2 / 6 * (1 + 2 * NEIGHBOURS) * (1 + 2 * NEIGHBOURS * np.cos(2 * math.pi * places)) / powers


def _coarse(series: MeasuredSeries, axis: int) -> float:
    steps_mm = series.spacing_mm[3 - axis], series.spacing_mm[axis]
    planes = [phase_last(plane, axis) for plane in series.values if np.ptp(plane) > 0]
    if not planes or min(planes[0].shape) < FEWEST_LINES:
        raise Undefined(SMALL_FIELD)
    return 100 * float(np.mean([_coarse_echoes(plane, steps_mm) for plane in planes]))


def _coarse_echoes(plane: Floats, steps_mm: tuple[float, float]) -> float:
    """Energy of the coarse ghosts of one slice (across, along)."""
    kept = [
        np.flatnonzero(frequencies_per_mm(n, s) < COARSE_PER_MM) for n, s in zip(plane.shape, steps_mm, strict=True)
    ]
    logs = log_power(windowed(plane))[np.ix_(*kept)]
    echoes = np.abs(np.fft.ifft2(logs - logs.mean())) ** 2
    # A step of the echoes is the field of view over the number of frequencies kept.
    across_mm, along_mm = (n * s / m for n, s, m in zip(plane.shape, steps_mm, logs.shape, strict=True))
    beside_mm = np.abs(np.fft.fftfreq(logs.shape[0])) * logs.shape[0] * across_mm
    far = slice(math.ceil(NEAREST_GHOST_MM / along_mm), logs.shape[1] // 2)
    anatomy = echoes[(beside_mm >= ANATOMY_MM[0]) & (beside_mm <= ANATOMY_MM[1]), far]
    if anatomy.shape[0] == 0 or anatomy.shape[1] < FEWEST_COARSE:
        raise Undefined(SMALL_FIELD)
    return float(np.sum(echoes[0, far] - anatomy.mean(axis=0)))


def _streaks(series: MeasuredSeries) -> dict[int, float]:
    kept: dict[int, float] = series.shared("streaks")
    if not kept:
        # The band of lines through the gland depends on the direction of the lines, so each axis has its own.
        kept[2] = _streak_ratio(series, 2)
        kept[1] = _streak_ratio(series, 1)
    return kept


def _streak_ratio(series: MeasuredSeries, axis: int) -> float:
    if min(0.5 / s for s in series.spacing_mm[1:]) < STREAK_FINE_PER_MM[1]:
        raise Undefined(COARSE)
    steps = series.spacing_mm[3 - axis], series.spacing_mm[axis]
    logs = []
    for part in slices_through_gland(series, axis, fewest=FEWEST_LINES):
        power = np.abs(fft2(windowed(part))) ** 2
        bands = [frequencies_per_mm(n, s) for n, s in zip(part.shape, steps, strict=True)]
        fine = [(f >= STREAK_FINE_PER_MM[0]) & (f < STREAK_FINE_PER_MM[1]) for f in bands]
        long = [f < STREAK_LONG_PER_MM for f in bands]
        along, across = power[np.ix_(long[0], fine[1])].mean(), power[np.ix_(fine[0], long[1])].mean()
        if min(along, across) > 0:
            logs.append(float(np.log(along / across)))
    if not logs:
        raise Undefined(SMALL_FIELD)
    return float(np.exp(np.mean(logs)))
