"""How far dark and bright tissue stand apart, and the signal from the air."""

from __future__ import annotations

import numpy as np

from .definition import measures
from .noise import local_noise
from .series import Mask, MeasuredSeries
from .statistics import positive, two_classes

DARK_AIR = "The air has a median of zero, and a ratio to it says nothing."


@measures(
    "cnr",
    unit="1",
    better="higher",
    sees=("noise", "adc_noise"),
    source="Magnotta and Friedman, J Digit Imaging 2006;19:140",
)
def cnr(series: MeasuredSeries) -> float:
    """Difference of bright and dark tissue over noise: (mean_bright - mean_dark) / noise_local.

    The two classes are parted by Otsu's threshold inside the signal: fat and fluid against muscle.
    """
    return _contrast_to_noise(series, series.signal)


@measures("gland_cnr", unit="1", better="higher", sees=("noise", "spikes", "high_b_noise"), source="as cnr")
def gland_cnr(series: MeasuredSeries) -> float:
    """cnr inside the gland: mostly peripheral against transition zone."""
    return _contrast_to_noise(series, series.gland)


@measures(
    "cjv",
    unit="1",
    better="lower",
    sees=("noise", "motion"),
    source="Ganzetti et al., Front Neuroinform 2016;10:10; MRIQC (Esteban et al., PLoS ONE 2017;12:e0184661)",
)
def cjv(series: MeasuredSeries) -> float:
    """Coefficient of joint variation (sd_bright + sd_dark) / |mean_bright - mean_dark| of the two classes of cnr."""
    return _joint_variation(series, series.signal)


@measures("gland_cjv", unit="1", better="lower", sees=("motion",), source="as cjv")
def gland_cjv(series: MeasuredSeries) -> float:
    """cjv inside the gland."""
    return _joint_variation(series, series.gland)


@measures(
    "fber",
    unit="1",
    better="higher",
    sees=("noise",),
    source="Shehzad et al., Front Neurosci 2015, conference abstract; MRIQC",
)
def fber(series: MeasuredSeries) -> float:
    """Foreground over background energy: median(signal^2) / median(air^2)."""
    air = float(np.median(series.values[series.background].astype(float) ** 2))
    return float(np.median(series.values[series.signal].astype(float) ** 2)) / positive(air, DARK_AIR)


def _contrast_to_noise(series: MeasuredSeries, region: Mask) -> float:
    return two_classes(series.values[region]).distance / local_noise(series, region)


def _joint_variation(series: MeasuredSeries, region: Mask) -> float:
    classes = two_classes(series.values[region])
    return (classes.dark_sd + classes.bright_sd) / classes.distance
