"""Do two ways to bring an image to a grid give the same values at the same places in the patient?"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from QualityFinetuneLib.cases.grid import Geometry, geometry_of


def inside(source: sitk.Image, grid: sitk.Image) -> np.ndarray:
    """Which voxels (z, y, x) of `grid` lie between voxel centres of `source`.

    There, linear interpolation has one meaning. In the half voxel beyond, MONAI fades to zero and
    `cases.grid.resample_to` repeats the last voxel.
    """
    here, there = geometry_of(source), geometry_of(grid)
    corner = _index_in(here, there.index_to_mm((0, 0, 0)))
    steps = _index_in(here, there.index_to_mm(np.eye(3))) - corner
    within = np.ones(there.size[::-1], dtype=bool)
    i, j, k = (np.arange(n, dtype=float) for n in there.size)
    for axis, n in enumerate(here.size):
        along = k[:, None, None] * steps[2, axis] + j[:, None] * steps[1, axis] + i * steps[0, axis] + corner[axis]
        within &= (along >= -1e-6) & (along <= n - 1 + 1e-6)
    return within


def correlation(first: np.ndarray, second: np.ndarray, *, within: np.ndarray) -> float:
    """Pearson's, over the voxels of `within` that neither side left empty; 0 where there are fewer than two."""
    both = within & (first != 0) & (second != 0)
    if both.sum() < 2:
        return 0.0
    return float(np.corrcoef(first[both], second[both])[0, 1])


def corners_apart_mm(first: sitk.Image, second: sitk.Image) -> float:
    """The largest distance of corresponding corners: small where two grids show the same body part the same way."""
    apart = geometry_of(first).corners_mm - geometry_of(second).corners_mm
    return float(np.linalg.norm(apart, axis=1).max())


def _index_in(geometry: Geometry, points_mm: np.ndarray) -> np.ndarray:
    matrix = np.reshape(geometry.direction, (3, 3)) * np.asarray(geometry.spacing_mm)
    return np.linalg.solve(matrix, (np.atleast_2d(points_mm) - np.asarray(geometry.origin_mm)).T).T.reshape(
        np.shape(points_mm)
    )
