"""MRQy's measures by MRQy's definitions, for comparison with numbers that others published.

MRQy (Sadri et al., Med Phys 2020;47:6029; github.com/ccipd/MRQy) measures each slice by itself and reports the mean
over the slices. Two versions give different numbers, and both are kept:

- `2024-03`, the version whose results for ten patients are published with it: every slice counts, and small constants
  in the denominators turn a division by nothing into numbers like 1e10, which then dominate the mean;
- `0.0.3`, the package on PyPI: the first slice is left out, so are slices whose value is not finite.

The definitions are followed to the letter where they give a number, including those that look like slips: SNR2 to CNR
read a patch of 5 x 5 pixels that ends before the brightest pixel instead of surrounding it, PSNR compares the image
with the median of the image over its peak, and EFC adds 1e16 inside the logarithm. Where the number would be a
division by an empty background, the value is NaN and says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from .mrqy_slice import EXTENDED, FIFTEEN, SliceMeasures, measure_slice
from .record import Measures, MeasureValue

Version = Literal["2024-03", "0.0.3"]

UNITS = {"MEAN": "image", "RNG": "image", "VAR": "image^2", "CV": "%", "CPP": "image", "PSNR": "dB"}
"""Units other than 1."""

BY_BACKGROUND = {
    "SNR1": "constant_background",
    "SNR2": "constant_background",
    "SNR4": "constant_background_patch",
    "CNR": "constant_background_patch",
    "FBER": "dark_background",
}
"""Measures that divide by something of the background, and which property of a slice makes that nothing."""

WORDS = {
    "constant_background": "the background does not vary",
    "constant_background_patch": "the brightest patch of the background does not vary",
    "dark_background": "half of the background is zero",
}

FORMULA = {
    "SNR5": "MRQy's formula takes the square root of a negative number.",
    "SNR9": "No pixel's local pattern lies above the 95th percentile of all patterns.",
}
"""Why a value is missing where MRQy's formula itself gives none."""


def mrqy(image: sitk.Image, *, version: Version = "2024-03") -> Measures:
    """MRQy's measures of a series: fifteen with version 0.0.3, these and SNR5 to SNR9 with 2024-03.

    Args:
        image: 3D series with the grey levels that MRQy would see: for DICOM the stored ones, before rescaling, in the
            order of the instance numbers.
        version: whose definitions, see the module.
    """
    return measure_slices(sitk.GetArrayFromImage(image), version=version)


def measure_slices(slices: NDArray, *, version: Version = "2024-03") -> Measures:
    """As `mrqy`, for an array (slices, rows, columns)."""
    if not np.isfinite(slices).all():
        why = "Some voxels have no number (NaN or infinite)."
        return Measures({name: MeasureValue.missing(UNITS.get(name, "1"), why) for name in _names(version)})
    used = slices if version == "2024-03" else slices[1:]
    found = [measure_slice(plane, extended=version == "2024-03") for plane in used]
    summary = _published if version == "2024-03" else _packaged
    return Measures({name: _value(name, found, summary) for name in _names(version)})


def _names(version: Version) -> tuple[str, ...]:
    return FIFTEEN if version == "0.0.3" else EXTENDED


Summary = Callable[[str, Sequence[SliceMeasures]], tuple[float, str]]


def _value(name: str, found: Sequence[SliceMeasures], summary: Summary) -> MeasureValue:
    unit = UNITS.get(name, "1")
    if not found:
        return MeasureValue.missing(unit, "There is no slice to measure.")
    value, why = summary(name, found)
    return MeasureValue(value=value, unit=unit) if math.isfinite(value) else MeasureValue.missing(unit, why)


def _published(name: str, found: Sequence[SliceMeasures]) -> tuple[float, str]:
    """The mean over all slices; undefined in one slice means undefined."""
    nothing = BY_BACKGROUND.get(name)
    if nothing is not None:
        empty = sum(getattr(one, nothing) for one in found)
        if empty:
            return math.nan, _empty_background(nothing, empty, len(found))
    values = np.array([one.values[name] for one in found])
    missing = int(np.size(values) - np.isfinite(values).sum())
    why = FORMULA.get(name, "The foreground is empty or has one grey level.")
    return float(values.mean()), f"In {missing} of {len(found)} slices it is not defined. {why}"


def _packaged(name: str, found: Sequence[SliceMeasures]) -> tuple[float, str]:
    """The mean over the slices in which the value is finite."""
    kept = [one for one in found if not one.constant_foreground]
    if name == "FBER" and any(one.dark_background for one in kept):
        empty = sum(one.dark_background for one in kept)
        return math.nan, _empty_background("dark_background", empty, len(kept))
    values = np.array([one.values[name] for one in kept])
    finite = values[np.isfinite(values)]
    nothing = BY_BACKGROUND.get(name)
    why = "It is not defined in any slice."
    if nothing is not None and finite.size == 0:
        why = _empty_background(nothing, len(kept), len(kept))
    return (float(finite.mean()) if finite.size else math.nan), why


def _empty_background(nothing: str, empty: int, slices: int) -> str:
    return f"In {empty} of {slices} slices {WORDS[nothing]}, and the value divides by that."
