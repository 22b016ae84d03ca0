"""Slices, resolution, field of view and planes, from the headers."""

from __future__ import annotations

from collections.abc import Sequence

from ..cases.roles import Role
from .acquired import field_of_view_mm, in_plane
from .checks import TechnicalCheck
from .measured import Measured, distinct, each, listed, number
from .series_headers import SeriesHeaders


def slice_thickness(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """Slice thickness in mm; where no header tells, the distance of slices as an upper bound."""
    stated = each(lambda one: one.length_mm("SliceThickness"), "slice thickness", "mm")(series, check)
    if stated.values:
        return stated
    apart = [distance for one in series if (distance := _slice_distance(one)) is not None]
    if not apart:
        return stated
    # Slices as far apart as this can be thinner, with a gap, but hardly thicker.
    found = f"{listed(apart)} mm between slices; the thickness itself is not in the file"
    return Measured(values=distinct(apart), found=found, bound=True)


def _slice_distance(series: SeriesHeaders) -> float | None:
    if series.spacing_mm is not None and series.spacing_mm[2] > 0:
        return series.spacing_mm[2]
    return series.length_mm("SpacingBetweenSlices")


def _slice_gap(series: SeriesHeaders) -> float | None:
    thickness, distance = series.length_mm("SliceThickness"), _slice_distance(series)
    return None if thickness is None or distance is None else max(0.0, distance - thickness)


def _phase(series: SeriesHeaders) -> float | None:
    found = in_plane(series)
    return found.phase_mm if found else None


def _frequency(series: SeriesHeaders) -> float | None:
    found = in_plane(series)
    return found.frequency_mm if found else None


def _field_strength(series: SeriesHeaders) -> float | None:
    value = series.length_mm("MagneticFieldStrength")
    # Some scanners write gauss; no scanner for people has 100 T.
    return value / 10_000 if value is not None and value > 100 else value


def field_of_view(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """Field of view in mm, both sides of each series."""
    extents = [extent for one in series if (extent := field_of_view_mm(one)) is not None]
    if not extents:
        return Measured(found="The field of view is not in the headers.")
    shown = " and ".join(dict.fromkeys(f"{number(x)} x {number(y)}" for x, y in extents))
    return Measured(values=distinct([side for extent in extents for side in extent]), found=f"{shown} mm")


def planes(series: Sequence[SeriesHeaders], check: TechnicalCheck) -> Measured:
    """How many of the planes the case has."""
    names = {Role.T2W: "axial", Role.T2W_SAG: "sagittal", Role.T2W_COR: "coronal"}
    present = [names.get(role, role.value) for role in check.roles if any(one.role is role for one in series)]
    return Measured(values=(float(len(present)),), found=" and ".join(present) or "none in this case")


slice_gap = each(_slice_gap, "gap between slices", "mm")
phase_resolution = each(_phase, "acquired resolution", "mm")
frequency_resolution = each(_frequency, "acquired resolution", "mm")
field_strength = each(_field_strength, "field strength", "T")
