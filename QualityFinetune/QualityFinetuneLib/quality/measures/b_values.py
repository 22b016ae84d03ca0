"""Whether the volumes of one diffusion scan lie on one another: what eddy currents and motion between them undo."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ...cases.roles import Role
from .blocks import STEP_MM, Moved, Pair, blocks_over
from .definition import measures
from .matching import TOO_DIFFERENT
from .record import Undefined
from .series import MeasuredSeries
from .statistics import MAD_TO_SD

ACQUIRED = (Role.DWI, Role.HBV)
HALF_MM = 16.0
SLAB_MM = 12.0
BRIGHT = 0.15
"""Share of the 95th percentile of the lower b-value from which a voxel belongs to the body."""
FEWEST_BLOCKS = 12
ROUNDS = 10
CUT = 4.0
"""Blocks further than this many robust standard deviations from the common displacement have no weight."""
LEAST_SPREAD_MM = 0.3

NO_LOWER_B = "No volume of a lower b-value was given to compare with."
NOT_ACQUIRED = "This is not an acquired diffusion volume."
SMALL = "The body fills too little of the image to compare places of it."


@measures(
    "b_value_displacement",
    unit="mm",
    better="lower",
    sees=("eddy",),
    source="shift, scaling and shear along phase encoding: Haselgrove and Moore, Magn Reson Med 1996;36:960",
)
def b_value_displacement(series: MeasuredSeries) -> float:
    """Mean displacement of the body in this volume against one of a lower b-value of the same scan.

    Blocks of 32 mm and about 12 mm in height, all over the body, are matched by normalised mutual information over
    up to 10 mm along phase encoding. A shift, a scaling and a shear, which is what eddy currents do, are fitted to
    their displacements with the weight by which each match stands out, and Tukey's weights against wrong ones; the
    mean size of what is fitted counts. 0.3 to 0.8 mm mean nothing. Where the direction of phase encoding is unknown,
    the larger of both.
    """
    if series.role not in ACQUIRED:
        raise Undefined(NOT_ACQUIRED)
    if series.low_b is None:
        raise Undefined(NO_LOWER_B)
    fixed = _on_grid(series.low_b)
    values = sitk.GetArrayFromImage(fixed)
    body: NDArray[np.bool_] = values > BRIGHT * float(np.percentile(values, 95))
    moving = sitk.Cast(series.image, sitk.sitkFloat32)
    sizes = []
    for axis in series.phase_axes_in(fixed):
        inside = body if axis == 1 else body.transpose(0, 2, 1)
        blocks = blocks_over(inside, half_mm=HALF_MM, slab_mm=SLAB_MM, slice_mm=fixed.GetSpacing()[2])
        moved = Pair.of(fixed, moving, axis=axis, transform=sitk.Transform()).moved(blocks)
        if len(moved.shift_mm) < FEWEST_BLOCKS:
            raise Undefined(SMALL)
        sizes.append(float(np.abs(_common(moved)).mean()))
    return max(sizes)


def _common(moved: Moved) -> NDArray[np.float64]:
    """The displacement of each block by the shift, scaling and shear that fit most of them."""
    design = np.column_stack([np.ones(len(moved.shift_mm)), moved.place_mm])
    weight = moved.weight
    fitted = np.zeros(len(moved.shift_mm))
    for _ in range(ROUNDS):
        root = np.sqrt(weight)
        fitted = design @ np.linalg.lstsq(design * root[:, None], moved.shift_mm * root, rcond=None)[0]
        off = np.abs(moved.shift_mm - fitted)
        scale = CUT * max(MAD_TO_SD * float(np.median(off)), LEAST_SPREAD_MM)
        weight = moved.weight * np.maximum(0.0, 1 - (off / scale) ** 2) ** 2
        if np.count_nonzero(weight) < FEWEST_BLOCKS:
            raise Undefined(TOO_DIFFERENT)
    return fitted


def _on_grid(image: sitk.Image) -> sitk.Image:
    """An image on 2 mm in plane, from its first voxel on."""
    spacing, size = image.GetSpacing(), image.GetSize()
    grid = sitk.Image(
        [*(int((n - 1) * s / STEP_MM + 1e-6) + 1 for n, s in zip(size[:2], spacing[:2], strict=True)), size[2]],
        sitk.sitkFloat32,
    )
    grid.SetSpacing([STEP_MM, STEP_MM, spacing[2]])
    grid.SetOrigin(image.GetOrigin())
    grid.SetDirection(image.GetDirection())
    return sitk.Resample(sitk.Cast(image, sitk.sitkFloat32), grid, sitk.Transform(), sitk.sitkLinear, 0.0)
