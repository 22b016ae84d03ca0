"""Where slices lie: their axes, their order along the normal, and whether they form a regular grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .grid import Geometry
from .headers import Slice

SAME_PLACE_MM = 0.02
"""Two slices nearer than this along the normal lie at one position."""

MISPLACED = 0.05
"""How far a slice may lie off the regular grid, as a part of the slice distance."""


def axes_of(orientation: Sequence[float]) -> np.ndarray:
    """3x3 matrix whose columns are the unit vectors along a row, along a column, and the normal of both.

    Header values carry rounding; the column direction is made exactly perpendicular to the row direction.
    """
    along_row, along_column = np.array(orientation[:3], float), np.array(orientation[3:], float)
    along_row /= np.linalg.norm(along_row)
    along_column -= (along_column @ along_row) * along_row
    along_column /= np.linalg.norm(along_column)
    axes = np.column_stack([along_row, along_column, np.cross(along_row, along_column)])
    # Numbers near the smallest that a double can hold make ITK's matrix inversion fail.
    axes[np.abs(axes) < 1e-15] = 0.0
    return axes


def geometry_of_slices(slices: Sequence[Slice]) -> Geometry:
    """Geometry of ordered slices; the slice distance is their mean distance along the normal."""
    head = slices[0]
    axes = axes_of(head.orientation)
    depth = _depths(slices, axes)
    distance = float(depth[-1] - depth[0]) / (len(slices) - 1) if len(slices) > 1 else 1.0
    between_rows, between_columns = head.pixel_spacing_mm
    return Geometry(
        size=(head.columns, head.rows, len(slices)),
        spacing_mm=(between_columns, between_rows, distance),
        origin_mm=head.position_mm,
        direction=tuple(float(v) for v in axes.ravel()),
    )


def irregular(slices: Sequence[Slice]) -> str | None:
    """Why ordered slices are no regular grid, in one sentence; None when they are."""
    if len(slices) < 3:
        return None
    axes = axes_of(slices[0].orientation)
    depth = _depths(slices, axes)
    steps = np.diff(depth)
    distance = float(np.median(steps))
    missing = [(i, round(step / distance) - 1) for i, step in enumerate(steps) if round(step / distance) > 1]
    regular_steps = [abs(step / distance - round(step / distance)) < MISPLACED for step in steps]
    if missing and all(regular_steps):
        count = sum(number for _, number in missing)
        after = missing[0][0] + 1
        return (
            f"{count} {'slice is' if count == 1 else 'slices are'} missing, the first after slice {after} of "
            f"{len(slices)}, where {steps[missing[0][0]]:.1f} mm lie instead of {distance:.1f} mm."
        )
    line = np.linspace(depth[0], depth[-1], len(depth))
    mean_step = (depth[-1] - depth[0]) / (len(depth) - 1)
    if np.abs(depth - line).max() > MISPLACED * mean_step:
        return f"The distance from slice to slice varies between {steps.min():.2f} and {steps.max():.2f} mm."
    aside = np.array([s.position_mm for s in slices]) @ axes[:, :2]
    if np.abs(aside - aside[0]).max() > max(MISPLACED * mean_step, 0.01):
        return "The slices are shifted sideways against each other, so they form no rectangular volume."
    return None


def places_of(part: Sequence[Slice]) -> list[list[Slice]]:
    """Slices by position, ordered along the normal."""
    depth = _depths(part, axes_of(part[0].orientation))
    places: list[list[Slice]] = []
    last = -np.inf
    for index in np.argsort(depth, kind="stable"):
        if depth[index] - last > SAME_PLACE_MM:
            places.append([])
            last = depth[index]
        places[-1].append(part[index])
    return places


def _depths(slices: Sequence[Slice], axes: np.ndarray) -> np.ndarray:
    return np.array([s.position_mm for s in slices]) @ axes[:, 2]
