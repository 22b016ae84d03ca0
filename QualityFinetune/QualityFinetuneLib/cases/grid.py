"""Grids in physical space: what they are, when two are the same, and how an image gets from one to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

PROFOUND_SIZE = (224, 224, 64)
"""Voxels in x, y, z that ProFound was pretrained with (arXiv 2603.03961)."""

PROFOUND_SPACING_MM = (0.5, 0.5, 1.0)
"""Millimetres in x, y, z that ProFound was pretrained with (arXiv 2603.03961)."""


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """Where the voxels of an image lie, in DICOM's patient axes (x to the left, y to the back, z to the head).

    Attributes:
        size: voxels along the image's own axes i, j, k.
        spacing_mm: distance between voxel centres along i, j, k.
        origin_mm: position of the centre of voxel (0, 0, 0).
        direction: 3x3 matrix row by row; its columns are the unit vectors of i, j, k.
    """

    size: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    origin_mm: tuple[float, float, float]
    direction: tuple[float, ...]

    def index_to_mm(self, index: Sequence[float] | np.ndarray) -> np.ndarray:
        """Physical positions (..., 3) of continuous voxel indices (..., 3) given as i, j, k."""
        matrix = np.reshape(self.direction, (3, 3)) * np.asarray(self.spacing_mm)
        return np.asarray(index, dtype=float) @ matrix.T + np.asarray(self.origin_mm)

    @property
    def centre_mm(self) -> np.ndarray:
        """Physical position of the middle of the volume."""
        return self.index_to_mm((np.asarray(self.size) - 1) / 2)

    @property
    def corners_mm(self) -> np.ndarray:
        """Physical positions (8, 3) of the centres of the corner voxels."""
        last = np.asarray(self.size) - 1
        return self.index_to_mm(np.array(list(np.ndindex(2, 2, 2))) * last)


def geometry_of(image: sitk.Image) -> Geometry:
    """The geometry of a 3D image."""
    return Geometry(
        size=tuple(image.GetSize()),
        spacing_mm=tuple(image.GetSpacing()),
        origin_mm=tuple(image.GetOrigin()),
        direction=tuple(image.GetDirection()),
    )


def same_grid(a: sitk.Image | Geometry, b: sitk.Image | Geometry, tolerance_mm: float = 1e-3) -> bool:
    """Whether voxel i, j, k of both lies at the same place, everywhere to within `tolerance_mm`.

    Compared at the corners: there every error of origin, spacing or direction is at its largest, so the answer
    does not depend on how small an angle looks as a number.
    """
    first, second = (g if isinstance(g, Geometry) else geometry_of(g) for g in (a, b))
    if first.size != second.size:
        return False
    return bool(np.abs(first.corners_mm - second.corners_mm).max() <= tolerance_mm)


def resample_to(image: sitk.Image, reference: sitk.Image, *, label: bool = False) -> sitk.Image:
    """`image` on the grid of `reference`, by physical position.

    Images are interpolated linearly in float32; where the reference reaches beyond the image, the value is 0.
    Within half a voxel of the border the nearest voxel is repeated, so a volume is not darkened at its edge.

    Args:
        image: a 3D image of any orientation.
        reference: gives size, spacing, origin and direction of the result.
        label: take the nearest voxel and keep the pixel type, so no label value is invented.
    """
    if same_grid(image, reference, tolerance_mm=1e-5):
        kept = sitk.Image(image) if label else sitk.Cast(image, sitk.sitkFloat32)
        kept.CopyInformation(reference)
        return kept
    resampler = sitk.ResampleImageFilter()
    resampler.SetReferenceImage(reference)
    resampler.SetInterpolator(sitk.sitkNearestNeighbor if label else sitk.sitkLinear)
    resampler.SetOutputPixelType(image.GetPixelID() if label else sitk.sitkFloat32)
    resampler.SetDefaultPixelValue(0)
    return resampler.Execute(image)


def profound_grid(
    t2w: sitk.Image,
    *,
    size: tuple[int, int, int] = PROFOUND_SIZE,
    spacing_mm: tuple[float, float, float] = PROFOUND_SPACING_MM,
) -> sitk.Image:
    """An empty image that states ProFound's grid for this exam.

    The grid has the T2w's axes and centre. Resampling onto it equals resampling to `spacing_mm`, then cropping and
    zero-padding about the centre, which is what ProFound does with volumes stored along the scanner's axes.

    Args:
        t2w: the axial T2w; its i axis runs along the rows, k from slice to slice.
        size: voxels in x, y, z.
        spacing_mm: voxel distance in x, y, z.

    Returns:
        A uint8 image of zeros.
    """
    here = geometry_of(t2w)
    direction = np.reshape(here.direction, (3, 3))
    half_mm = (np.asarray(size) - 1) / 2 * np.asarray(spacing_mm)
    grid = sitk.Image([int(n) for n in size], sitk.sitkUInt8)
    grid.SetSpacing([float(s) for s in spacing_mm])
    grid.SetDirection(here.direction)
    grid.SetOrigin([float(v) for v in here.centre_mm - direction @ half_mm])
    return grid
