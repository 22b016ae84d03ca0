"""Masks as a task understands them: read, checked, and put back on the grid of the T2w."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from ...cases.grid import geometry_of, same_grid
from ...cases.reading import read_image
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError


def read_mask(path: Path, task: Task, *, reference: sitk.Image | None, case: str) -> sitk.Image:
    """A label map of `task` as uint8.

    Args:
        path: the mask file.
        task: gives the voxel values that may occur.
        reference: the image whose grid the mask must have; None takes any grid.
        case: how messages call the case.

    Raises:
        UserError: UNREADABLE_FILE; BAD_VALUES for NaN or infinity; BAD_LABEL for values outside the task;
            BAD_GEOMETRY for a mask on another grid.
    """
    mask = read_image(path)
    values = sitk.GetArrayViewFromImage(mask)
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        raise UserError(
            ErrorCode.BAD_VALUES,
            what=f"The mask {path.name} of case {case} cannot be used.",
            why="Some of its voxels are not a finite number.",
            next="Save the mask again as whole numbers.",
        )
    allowed = {0, *(label.value for label in task.labels)}
    strange = sorted(float(value) for value in np.unique(values) if value not in allowed)
    if strange:
        shown = ", ".join(f"{value:g}" for value in strange[:5])
        known = ", ".join(f"{label.value} {label.name}" for label in task.labels)
        raise UserError(
            ErrorCode.BAD_LABEL,
            what=f"The mask {path.name} of case {case} does not fit the task {task.title}.",
            why=f"It holds the values {shown}; the task knows 0 background, {known}.",
            next="Choose the task that this mask belongs to, or correct the mask's values.",
        )
    if reference is not None and not same_grid(mask, reference):
        here, there = geometry_of(mask), geometry_of(reference)
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"The mask {path.name} of case {case} does not lie on the grid it is compared with.",
            why=f"It has {_told(here.size)} voxels of {_told(here.spacing_mm)} mm, "
            f"the other {_told(there.size)} of {_told(there.spacing_mm)} mm, or they lie elsewhere in the body.",
            next="Export the mask on the grid of the axial T2w series.",
        )
    return sitk.Cast(mask, sitk.sitkUInt8)


def mask_like(values: np.ndarray, image: sitk.Image) -> sitk.Image:
    """A uint8 mask from an array (z, y, x) with exactly the geometry of `image`."""
    return image_like(values.astype(np.uint8), image)


def image_like(values: np.ndarray, image: sitk.Image) -> sitk.Image:
    """An image from an array (z, y, x) with exactly the geometry of `image`."""
    made = sitk.GetImageFromArray(values)
    made.CopyInformation(image)
    return made


def largest_component(values: np.ndarray) -> np.ndarray:
    """Keep the largest 26-connected component of all labels together; the rest becomes background."""
    parts, count = ndimage.label(values > 0, structure=np.ones((3, 3, 3)))
    if count <= 1:
        return values
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.where(parts == sizes.argmax(), values, 0).astype(values.dtype)


def without_small_components(values: np.ndarray, *, smallest_voxels: float) -> np.ndarray:
    """Remove 26-connected components, all labels together, of fewer voxels than `smallest_voxels`."""
    if smallest_voxels <= 1:
        return values
    parts, count = ndimage.label(values > 0, structure=np.ones((3, 3, 3)))
    if not count:
        return values
    kept = np.bincount(parts.ravel()) >= smallest_voxels
    return np.where(kept[parts], values, 0).astype(values.dtype)


def _told(numbers: tuple[float, ...]) -> str:
    return " x ".join(f"{number:.4g}" for number in numbers)
