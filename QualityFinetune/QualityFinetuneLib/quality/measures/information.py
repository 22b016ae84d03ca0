"""Entropies: of the energy's distribution over voxels, and of the grey levels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .definition import measures
from .record import Undefined
from .series import MeasuredSeries
from .statistics import ONE_LEVEL

BINS = 128


@measures(
    "efc",
    unit="1",
    better="lower",
    sees=("motion", "ghosting"),
    source="Atkinson et al., IEEE Trans Med Imaging 1997;16:903, normalised as in MRIQC",
)
def efc(series: MeasuredSeries) -> float:
    """Entropy focus criterion: sum (x/r) ln(x/r) / (sqrt(n) ln(1/sqrt(n))), r^2 = sum x^2, over all acquired voxels.

    1 when every voxel is equally bright, 0 when all energy is in one. Ghosts and blur spread energy into dark
    voxels and raise it; it is a comparison within one protocol, as anatomy and field of view set its level.
    """
    return entropy_focus(series.values[series.regions.valid])


@measures("gland_efc", unit="1", better="lower", sees=("motion", "local_motion"), source="as efc")
def gland_efc(series: MeasuredSeries) -> float:
    """efc of the voxels of the gland."""
    return entropy_focus(series.values[series.gland])


@measures(
    "entropy",
    unit="bit",
    better="lower",
    sees=(),
    source="Shannon, Bell Syst Tech J 1948;27:379; McGee et al., J Magn Reson Imaging 2000;11:174",
)
def entropy(series: MeasuredSeries) -> float:
    """Shannon entropy -sum p log2 p of the signal's histogram, 128 bins from 0 to the 99.5th percentile."""
    return grey_level_entropy(series.values[series.signal])


@measures("gland_entropy", unit="bit", better=None, sees=(), source="as entropy")
def gland_entropy(series: MeasuredSeries) -> float:
    """entropy of the voxels of the gland: contrast between its zones and noise both raise it."""
    return grey_level_entropy(series.values[series.gland])


def entropy_focus(values: NDArray[np.float32]) -> float:
    """Entropy focus criterion of non-negative numbers; negative ones count with their magnitude.

    Raises:
        Undefined: when all are zero, or there is only one.
    """
    x = np.abs(values.astype(np.float64))
    energy = math.sqrt(float(np.dot(x, x)))
    if x.size < 2 or energy == 0:
        raise Undefined("The region has no energy.")
    x = x[x > 0] / energy
    root = math.sqrt(values.size)
    return float(np.dot(x, np.log(x))) / (root * math.log(1 / root))


def grey_level_entropy(values: NDArray[np.float32]) -> float:
    """Entropy of the grey levels in bits.

    Raises:
        Undefined: when there is one grey level.
    """
    if np.ptp(values) == 0:
        raise Undefined(ONE_LEVEL)
    top = float(np.percentile(values, 99.5))
    low = min(0.0, float(values.min()))
    if top <= low:
        raise Undefined(ONE_LEVEL)
    counts, _ = np.histogram(np.minimum(values, top), bins=BINS, range=(low, top))
    p = counts[counts > 0] / values.size
    return float(-(p * np.log2(p)).sum())
