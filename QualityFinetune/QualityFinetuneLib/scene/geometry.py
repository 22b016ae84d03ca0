"""Voxels and their place, between SimpleITK and MRML, without rounding.

SimpleITK counts millimetres to the left, back and head (LPS), MRML to the right, front and head (RAS). The way from
one to the other only changes signs, so positions survive a round trip bit by bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..cases.grid import Geometry

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0])


def flipped(vector: Sequence[float]) -> tuple[float, float, float]:
    """An LPS position in RAS, or the other way round."""
    return (-vector[0], -vector[1], vector[2])


def flipped_axes(direction: Sequence[float]) -> tuple[float, ...]:
    """A row-by-row 3x3 direction matrix of LPS in RAS, or the other way round."""
    return (*(-value for value in direction[:6]), *direction[6:])


def vtk_image(voxels: NDArray[Any]) -> Any:
    """A `vtkImageData` that holds a copy of voxels (k, j, i); origin 0 and spacing 1, as MRML wants it."""
    import vtk

    image = vtk.vtkImageData()
    image.SetDimensions(*reversed(voxels.shape))
    image.GetPointData().SetScalars(_scalars(voxels))
    return image


def put_image(image: sitk.Image, node: Any) -> None:
    """Give a volume node the voxels and the place of a 3D image."""
    node.SetAndObserveImageData(vtk_image(sitk.GetArrayViewFromImage(image)))
    node.SetSpacing(image.GetSpacing())
    node.SetOrigin(flipped(image.GetOrigin()))
    node.SetIJKToRASDirections(*flipped_axes(image.GetDirection()))


def voxels_of(image_data: Any) -> NDArray[Any]:
    """View (k, j, i) of a `vtkImageData`'s voxels."""
    from vtk.util import numpy_support

    first_i, last_i, first_j, last_j, first_k, last_k = image_data.GetExtent()
    shape = (last_k - first_k + 1, last_j - first_j + 1, last_i - first_i + 1)
    return numpy_support.vtk_to_numpy(image_data.GetPointData().GetScalars()).reshape(shape)


def geometry_of_node(node: Any) -> Geometry:
    """The grid of a volume node, in LPS."""
    axes = [[0.0] * 3 for _ in range(3)]
    node.GetIJKToRASDirections(axes)
    return Geometry(
        size=tuple(node.GetImageData().GetDimensions()),
        spacing_mm=tuple(node.GetSpacing()),
        origin_mm=flipped(node.GetOrigin()),
        direction=flipped_axes([value for row in axes for value in row]),
    )


def oriented_image(voxels: NDArray[Any], geometry: Geometry) -> Any:
    """A `vtkOrientedImageData`, as segments hold it, with a copy of voxels (k, j, i) on a grid."""
    import slicer

    image = slicer.vtkOrientedImageData()
    image.SetDimensions(*geometry.size)
    image.SetSpacing(geometry.spacing_mm)
    image.SetOrigin(flipped(geometry.origin_mm))
    axes = flipped_axes(geometry.direction)
    image.SetDirections([list(axes[row : row + 3]) for row in (0, 3, 6)])
    image.GetPointData().SetScalars(_scalars(voxels))
    return image


def geometry_of_oriented(image: Any) -> Geometry:
    """The grid of a `vtkOrientedImageData`, in LPS; index 0 is its first voxel, wherever its extent starts."""
    axes = [[0.0] * 3 for _ in range(3)]
    image.GetDirections(axes)
    whole = Geometry(
        size=tuple(image.GetDimensions()),
        spacing_mm=tuple(image.GetSpacing()),
        origin_mm=flipped(image.GetOrigin()),
        direction=flipped_axes([value for row in axes for value in row]),
    )
    start = np.array(image.GetExtent()[::2])
    if not start.any():
        return whole
    first = whole.index_to_mm(start)
    return Geometry(
        size=whole.size,
        spacing_mm=whole.spacing_mm,
        origin_mm=(float(first[0]), float(first[1]), float(first[2])),
        direction=whole.direction,
    )


def sitk_image(voxels: NDArray[Any], geometry: Geometry) -> sitk.Image:
    """A SimpleITK image of voxels (k, j, i) on a grid."""
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing(geometry.spacing_mm)
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(geometry.direction)
    return image


def index_to_ras(geometry: Geometry, index: Sequence[float] | NDArray[Any]) -> NDArray[np.float64]:
    """RAS positions (..., 3) in mm of continuous voxel indices (..., 3) given as i, j, k."""
    return geometry.index_to_mm(index) @ LPS_TO_RAS


def ras_to_index(geometry: Geometry, position: Sequence[float] | NDArray[Any]) -> NDArray[np.float64]:
    """Continuous voxel indices (..., 3) of RAS positions (..., 3) in mm."""
    matrix = np.reshape(geometry.direction, (3, 3)) * np.asarray(geometry.spacing_mm)
    offset = np.asarray(position, dtype=float) @ LPS_TO_RAS - np.asarray(geometry.origin_mm)
    return np.linalg.solve(matrix, offset.reshape(-1, 3).T).T.reshape(offset.shape)


def _scalars(voxels: NDArray[Any]) -> Any:
    from vtk.util import numpy_support

    return numpy_support.numpy_to_vtk(np.ascontiguousarray(voxels).ravel(), deep=True)
