"""Whether the numbers of an ADC map can be diffusion coefficients."""

from __future__ import annotations

import numpy as np

from ...cases.roles import Role
from .definition import measures
from .record import Undefined
from .series import MeasuredSeries, Values

PLAUSIBLE_UM2_S = (300.0, 3000.0)
"""ADC of living tissue lies between dense tumour and free water at body temperature, 3000 um2/s (Holz, Heil and
Sacco, Phys Chem Chem Phys 2000;2:4740)."""
UNITS = {1.0: "um2/s", 1e3: "10^-3 mm2/s", 1e6: "mm2/s", 0.1: "10^-7 mm2/s"}
"""Factor to um2/s and the unit that it stands for, as scanners and converters write them."""
TYPICAL_UM2_S = (500.0, 2500.0)
"""The median of a gland lies here, so at most one unit fits."""


@measures("adc_unit", unit="um2/s", better=None, source="the median of the gland must be that of tissue")
def adc_unit(series: MeasuredSeries) -> float:
    """What one step of the grey levels means: 1, 1000, 1e6 or 0.1 um2/s, whichever makes the median plausible.

    The median is that of the gland, without a gland that of all voxels above 0.
    """
    return _factor(series)


@measures("gland_adc", unit="um2/s", better=None, source="median after adc_unit")
def gland_adc(series: MeasuredSeries) -> float:
    """Median ADC of the gland."""
    return float(np.median(series.values[series.gland])) * _factor(series)


@measures(
    "gland_adc_implausible",
    unit="%",
    better="lower",
    sees=("adc_noise",),
    source="300 to 3000 um2/s: free water at 37 degrees C has 3000, Holz et al., Phys Chem Chem Phys 2000;2:4740",
)
def gland_adc_implausible(series: MeasuredSeries) -> float:
    """Share of the gland's voxels outside 300 to 3000 um2/s."""
    adc = series.values[series.gland] * _factor(series)
    low, high = PLAUSIBLE_UM2_S
    return 100 * float(np.mean((adc < low) | (adc > high)))


def _factor(series: MeasuredSeries) -> float:
    if series.role is not Role.ADC:
        raise Undefined("This is not an ADC map.")
    values = _tissue(series)
    if values.size == 0:
        raise Undefined("No voxel is above 0.")
    median = float(np.median(values))
    fitting = [factor for factor in UNITS if TYPICAL_UM2_S[0] <= median * factor <= TYPICAL_UM2_S[1]]
    if len(fitting) != 1:
        raise Undefined(f"A median of {median:.3g} is no diffusion coefficient in any usual unit.")
    return fitting[0]


def _tissue(series: MeasuredSeries) -> Values:
    try:
        region = series.gland
    except Undefined:
        region = series.regions.valid
    values = series.values[region]
    return values[values > 0]
