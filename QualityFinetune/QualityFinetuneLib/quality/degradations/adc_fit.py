"""ADC from diffusion volumes, as scanners compute it: one exponential, a straight line through the logarithms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...common.errors import ErrorCode, UserError

Array = NDArray[np.float64]

LARGEST_ADC = 5e-3
"""mm2/s; above free water at body temperature (3e-3) and its noise."""

HIGHEST_B_FOR_ADC = 1000.0
"""s/mm2. Above it the signal is no single exponential any more (PI-RADS v2.1: ADC from b-values up to 1000)."""

_SMALLEST_SIGNAL = 0.5
"""Half a step of an integer image, in place of the logarithm of 0."""


@dataclass(frozen=True)
class AdcFit:
    """ADC in mm2/s and the signal without diffusion weighting, of the volumes' shape."""

    adc: Array
    s0: Array


def fit_adc(signals: Mapping[float, Array]) -> AdcFit:
    """Least squares of ln S = ln S0 - b ADC at each voxel, unweighted; ADC from 0 to `LARGEST_ADC`.

    Args:
        signals: b-value in s/mm2 to volume; at least two.

    Raises:
        UserError: MISSING_SERIES with fewer than two b-values.
    """
    if len(signals) < 2:
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what="ADC was not computed.",
            why=f"It needs two b-values, and there is {'one' if signals else 'none'}.",
            next="Add the diffusion volumes of the exam.",
        )
    b = np.array(sorted(signals))
    logs = np.stack([np.log(np.maximum(signals[value], _SMALLEST_SIGNAL)) for value in b])
    centred = b - b.mean()
    slope = np.tensordot(centred, logs, axes=1) / (centred**2).sum()
    adc = np.clip(-slope, 0.0, LARGEST_ADC)
    s0 = np.exp(logs.mean(axis=0) + adc * b.mean())
    return AdcFit(adc=adc, s0=s0)


def signal_at(fit: AdcFit, b_value: float) -> Array:
    """The calculated signal at a b-value (s/mm2)."""
    return fit.s0 * np.exp(-b_value * fit.adc)


def b_values_for_adc(available: Mapping[float, object]) -> tuple[float, ...]:
    """The b-values that ADC is fitted from: those up to 1000, or all when these are fewer than two."""
    low = sorted(b for b in available if b <= HIGHEST_B_FOR_ADC)
    return tuple(low) if len(low) >= 2 else tuple(sorted(available))


def b_value_of_calculated(fit: AdcFit, calculated: Array) -> float:
    """The b-value (s/mm2) that a calculated volume belongs to, where its header does not tell: median over tissue."""
    bright = calculated > np.percentile(calculated, 90.0)
    usable = bright & (fit.adc > 2e-4) & (calculated > _SMALLEST_SIGNAL)
    if not usable.any():
        return HIGHEST_B_FOR_ADC
    values = (np.log(fit.s0[usable]) - np.log(calculated[usable])) / fit.adc[usable]
    return float(np.round(np.median(values), -1))
