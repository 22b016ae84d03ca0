"""Where the gland and the rectum lie: from a gland mask, or assumed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from ...cases.grid import geometry_of

Point = tuple[float, float, float]

ASSUMED_RADIUS_MM = 24.0
"""Of a gland of about 45 ml, where no mask tells."""

RECTUM_BEHIND_GLAND_MM = 12.0
"""From the back of the gland to the middle of the rectum: its wall and the radius of its lumen."""


@dataclass(frozen=True, kw_only=True)
class Landmarks:
    """Places in patient space (left, back, head), mm.

    Attributes:
        gland_mm: middle of the gland.
        gland_radius_mm: of the sphere that just holds it in the plane of the slices, about.
        rectum_mm: middle of the rectum behind the gland.
        from_mask: whether a gland mask told, or the middle of the field of view was taken.
    """

    gland_mm: Point
    gland_radius_mm: float
    rectum_mm: Point
    from_mask: bool


def landmarks_of(reference: sitk.Image, gland: sitk.Image | None) -> Landmarks:
    """Landmarks from a mask on any grid; an empty one or None makes the middle of `reference` the gland's."""
    inside = np.argwhere(sitk.GetArrayViewFromImage(gland) > 0)[:, ::-1] if gland is not None else np.empty((0, 3))
    if gland is None or not len(inside):
        middle = geometry_of(reference).centre_mm
        return _landmarks(middle, ASSUMED_RADIUS_MM, float(middle[1]) + ASSUMED_RADIUS_MM * 0.75, from_mask=False)
    mm = geometry_of(gland).index_to_mm(inside)
    middle = mm.mean(axis=0)
    reach = np.linalg.norm((mm - middle)[:, :2], axis=1)
    return _landmarks(middle, float(np.percentile(reach, 98.0)), float(np.percentile(mm[:, 1], 99.0)), from_mask=True)


def _landmarks(middle: np.ndarray, radius_mm: float, back_mm: float, *, from_mask: bool) -> Landmarks:
    x, y, z = (float(v) for v in middle)
    rectum = (x, back_mm + RECTUM_BEHIND_GLAND_MM, z)
    return Landmarks(gland_mm=(x, y, z), gland_radius_mm=radius_mm, rectum_mm=rectum, from_mask=from_mask)
