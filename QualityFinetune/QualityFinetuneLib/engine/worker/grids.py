"""The grid that a network sees an exam on."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from ...cases.grid import geometry_of, profound_grid
from ...models.meta import ModelMeta


def network_grid(t2w: sitk.Image, meta: ModelMeta) -> sitk.Image:
    """An empty image that states the grid of `meta`'s network for this exam.

    A whole-volume network sees one crop centred on the T2w, along its axes. A sliding-window network sees the whole
    T2w at its spacing, its axes ordered and turned to the nearest of the network's orientation. A network that
    answers for whole exams sees one centred crop turned that way.
    """
    if meta.predicts == "classification":
        turned = spaced_grid(t2w, spacing_mm=None, orientation=meta.orientation)
        return profound_grid(turned, size=meta.patch, spacing_mm=meta.spacing_mm or turned.GetSpacing())
    if meta.whole_volume:
        spacing_mm = meta.spacing_mm or t2w.GetSpacing()
        return profound_grid(t2w, size=meta.patch, spacing_mm=spacing_mm)
    return spaced_grid(t2w, spacing_mm=meta.spacing_mm, orientation=meta.orientation)


def spaced_grid(image: sitk.Image, *, spacing_mm: tuple[float, float, float] | None, orientation: str) -> sitk.Image:
    """The extent of `image` with voxels of `spacing_mm`, axes turned to `orientation` (`RAS`: to right, front, head).

    The first voxel centre is kept and the last is met to within half a voxel, as MONAI's Orientation and Spacing do.
    """
    empty = sitk.Image(image.GetSize(), sitk.sitkUInt8)
    empty.CopyInformation(image)
    turned = sitk.DICOMOrient(empty, orientation)
    if spacing_mm is None:
        return turned
    here = geometry_of(turned)
    extent_mm = (np.asarray(here.size) - 1) * np.asarray(here.spacing_mm)
    grid = sitk.Image([int(n) for n in np.round(extent_mm / np.asarray(spacing_mm) + 1)], sitk.sitkUInt8)
    grid.SetSpacing(spacing_mm)
    grid.SetOrigin(here.origin_mm)
    grid.SetDirection(here.direction)
    return grid
