"""Measure a series with every measure of the catalogue."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import SimpleITK as sitk

from ...cases.roles import Role

# Importing a module of measures enters its measures into the catalogue, in this order.
from . import adc, alignment, b_values, bias, contrast, ghosting, information, lines, noise, nyquist, sharpness
from .definition import DEFINITIONS, Definition
from .record import Measures, MeasureValue, Undefined
from .series import MeasuredSeries, PhaseEncoding

GROUPS = (noise, contrast, information, sharpness, ghosting, nyquist, lines, bias, alignment, b_values, adc)
"""The modules of measures, in the order of the record; importing one enters its measures into the catalogue."""

NOT_A_NUMBER = "The calculation gave no finite number."


def measure(
    image: sitk.Image,
    *,
    gland: sitk.Image | None = None,
    role: Role,
    t2w: sitk.Image | None = None,
    own_gland: sitk.Image | None = None,
    low_b: sitk.Image | None = None,
    phase_encoding: PhaseEncoding | None = None,
    only: Collection[str] | None = None,
) -> Measures:
    """Measure a series: noise, contrast, sharpness, ghosts, shading, and how diffusion fits the T2W.

    Constant images, empty masks, missing background or voxels without a number never stop the others: what cannot be
    measured is NaN with its reason.

    Args:
        image: 3D series in physical geometry.
        gland: mask of the gland on any grid; where it is absent, what is measured inside the gland is NaN.
        role: what the series is for; some measures are for diffusion or ADC only.
        t2w: T2W of the same exam, to which diffusion is compared.
        own_gland: the gland as drawn on this diffusion series itself, where a reader drew it.
        low_b: the lowest b-value of the same scan, to which an acquired volume of a higher one is compared.
        phase_encoding: DICOM's InPlanePhaseEncodingDirection; where unknown, both directions are searched for ghosts.
        only: names of the measures wanted; all by default.

    Raises:
        UserError: BAD_GEOMETRY when the image is not one 3D volume of grey levels.
        ValueError: for a name that is not in the catalogue.
    """
    wanted = _wanted(only)
    series = MeasuredSeries(
        image=image,
        role=Role(role),
        gland_image=gland,
        t2w=t2w,
        own_gland=own_gland,
        low_b=low_b,
        phase_encoding=phase_encoding,
    )
    return Measures({one.name: _value(one, series) for one in wanted})


def definitions() -> tuple[Definition, ...]:
    """Every measure, in the order of the record."""
    order = [group.__name__ for group in GROUPS]
    return tuple(sorted(DEFINITIONS.values(), key=lambda one: order.index(one.compute.__module__)))


def _wanted(only: Collection[str] | None) -> tuple[Definition, ...]:
    if only is None:
        return definitions()
    unknown = set(only) - set(DEFINITIONS)
    if unknown:
        raise ValueError(f"no measure is called {', '.join(sorted(unknown))}")
    return tuple(one for one in definitions() if one.name in only)


def _value(definition: Definition, series: MeasuredSeries) -> MeasureValue:
    if series.unusable is not None:
        return MeasureValue.missing(definition.unit, series.unusable)
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value = float(definition.compute(series))
    except Undefined as reason:
        return MeasureValue.missing(definition.unit, str(reason))
    if not np.isfinite(value):
        return MeasureValue.missing(definition.unit, NOT_A_NUMBER)
    return MeasureValue(value=value, unit=definition.unit)
