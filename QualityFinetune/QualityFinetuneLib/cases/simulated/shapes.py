"""Shapes in patient coordinates (LPS, mm), so one anatomy can be sampled on any grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Points:
    """Positions in patient coordinates: x to the left, y to the back, z to the head, in mm, all of one shape."""

    x: Array
    y: Array
    z: Array

    def where(self, mask: NDArray[np.bool_]) -> Points:
        """Only the positions where `mask` holds, as flat arrays."""
        return Points(self.x[mask], self.y[mask], self.z[mask])

    def moved(self, dy_mm: Array) -> Points:
        """The same positions displaced along y."""
        return Points(self.x, self.y + dy_mm, self.z)


@dataclass(frozen=True)
class Ellipsoid:
    """An axis-aligned ellipsoid, centre and radii in mm."""

    center_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]

    def level(self, points: Points) -> Array:
        """Squared normalised radius: below 1 inside, 1 on the surface."""
        (cx, cy, cz), (rx, ry, rz) = self.center_mm, self.radii_mm
        return ((points.x - cx) / rx) ** 2 + ((points.y - cy) / ry) ** 2 + ((points.z - cz) / rz) ** 2

    def grown(self, by_mm: float) -> Ellipsoid:
        """The same ellipsoid with every radius longer by `by_mm`."""
        rx, ry, rz = self.radii_mm
        return Ellipsoid(self.center_mm, (rx + by_mm, ry + by_mm, rz + by_mm))


def gland_level(
    points: Points,
    *,
    center_mm: tuple[float, float, float],
    radii_mm: tuple[float, float, float],
    lobes: tuple[float, float],
) -> Array:
    """Level function of a prostate: a walnut, wide at the base, narrow at the apex, flat towards the rectum.

    Args:
        points: where to evaluate.
        center_mm: centre of the gland.
        radii_mm: half of width, depth and height.
        lobes: strength and phase of the low-frequency irregularity of the outline.

    Returns:
        Below 1 inside, 1 on the capsule; the shape of `points`.
    """
    (cx, cy, cz), (rx, ry, rz) = center_mm, radii_mm
    u, v, w = (points.x - cx) / rx, (points.y - cy) / ry, (points.z - cz) / rz
    width = 1.0 + 0.16 * np.clip(w, -1.0, 1.0)
    back = np.where(v > 0, 1.18, 1.0)
    notch = 0.22 * np.exp(-((u / 0.28) ** 2)) * (v > 0)
    strength, phase = lobes
    outline = 1.0 + strength * np.cos(3.0 * np.arctan2(v, u) + phase + 1.5 * w)
    level = (u / width) ** 2 + ((v * back) / width) ** 2 * (1.0 + notch) + w**2
    return (level / outline**2).astype(np.float32)
