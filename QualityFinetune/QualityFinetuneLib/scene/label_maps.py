"""Segments from a label map and back. A voxel in several segments takes the label that comes last in the task.

Tasks list the finer structure after the coarser one, so where a lesion was drawn inside a zone, the lesion stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from ..cases.grid import Geometry, geometry_of, resample_to
from ..common.errors import ErrorCode, UserError
from . import names
from .geometry import geometry_of_oriented, oriented_image, sitk_image, voxels_of
from .terminology import entry_of

if TYPE_CHECKING:
    from ..cases.tasks import Label, Task

BINARY = "Binary labelmap"
SAME_PLACE_MM = 1e-3


def fill(segmentation: Any, task: Task, label_map: sitk.Image | None) -> None:
    """Give a `vtkSegmentation` one segment for each label of the task, with the voxels of the label map.

    Without a label map, and for labels that do not occur in it, the segment is there and empty, ready to be drawn.
    """
    segmentation.RemoveAllSegments()
    shared = None
    present: set[int] = set()
    if label_map is not None:
        voxels = sitk.GetArrayViewFromImage(label_map).astype(np.uint8)
        present = {int(value) for value in np.unique(voxels)}
        shared = oriented_image(voxels, geometry_of(label_map))
    for label in task.labels:
        segment_id = segmentation.AddEmptySegment(label.short, label.name, [channel / 255 for channel in label.color])
        segment = segmentation.GetSegment(segment_id)
        segment.SetTag(segment.GetTerminologyEntryTagName(), entry_of(label))
        segment.SetTag(names.LABEL, str(label.value))
        if label.value in present:
            # One shared image for all labels is how the Segment Editor keeps segments that do not overlap.
            segment.SetLabelValue(label.value)
            segment.AddRepresentation(BINARY, shared)


def label_map_of(node: Any, task: Task, grid: Geometry) -> NDArray[np.uint8]:
    """The voxels (k, j, i) of a segmentation node's segments on a grid, with the task's label values.

    Segments that lie on another grid (a cropped or oversampled segmentation) are brought over by nearest voxel.

    Raises:
        UserError: BAD_LABEL for a drawn segment that is no label of the task, BAD_GEOMETRY for a moved segmentation.
    """
    if node.GetParentTransformNode() is not None:
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what="The segmentation was not saved.",
            why="It is moved by a transform, so it no longer lies on its T2w series.",
            next="Remove the transform from the segmentation in the Transforms module and save again.",
        )
    result = np.zeros(tuple(reversed(grid.size)), np.uint8)
    for label, mask in sorted(_drawn(node, task, grid), key=lambda found: found[0].value):
        result[mask] = label.value
    return result


def drawn_images(node: Any) -> list[tuple[str, Any]]:
    """Id and binary `vtkOrientedImageData` of every segment that holds a voxel."""
    import slicer

    segmentation = node.GetSegmentation()
    found = []
    for segment_id in segmentation.GetSegmentIDs():
        if not segmentation.GetSegment(segment_id).GetRepresentation(BINARY) and not _convert(segmentation):
            continue
        image = slicer.vtkOrientedImageData()
        if not node.GetBinaryLabelmapRepresentation(segment_id, image) or image.IsEmpty():
            continue
        if voxels_of(image).any():
            found.append((segment_id, image))
    return found


def _convert(segmentation: Any) -> bool:
    """Make voxels of segments that are surfaces only (imported models); False where there is nothing to convert."""
    if segmentation.GetSourceRepresentationName() == BINARY:
        return False
    return bool(segmentation.CreateRepresentation(BINARY))


def _drawn(node: Any, task: Task, grid: Geometry) -> list[tuple[Label, NDArray[np.bool_]]]:
    found = []
    for segment_id, image in drawn_images(node):
        segment = node.GetSegmentation().GetSegment(segment_id)
        label = _label_of(segment, task)
        if label is None:
            known = ", ".join(each.name for each in task.labels)
            raise UserError(
                ErrorCode.BAD_LABEL,
                what="The segmentation was not saved.",
                why=f"The segment {segment.GetName()} is no structure of the task {task.title} ({known}).",
                next="Delete that segment, or move what you drew into one of the task's structures.",
            )
        found.append((label, _on_grid(image, grid)))
    return found


def _label_of(segment: Any, task: Task) -> Label | None:
    """By our own tag, else by terminology code, else by name: a reader may delete a segment and make it anew."""
    tag = _tag(segment, names.LABEL)
    by_value = {str(label.value): label for label in task.labels}
    if tag in by_value:
        return by_value[tag]
    entry = _tag(segment, segment.GetTerminologyEntryTagName())
    for label in task.labels:
        if f"~{label.type.scheme}^{label.type.value}^" in entry:
            return label
    return next((label for label in task.labels if segment.GetName() in (label.name, label.short)), None)


def _tag(segment: Any, name: str) -> str:
    import vtk

    value = vtk.reference("")
    return str(value) if segment.GetTag(name, value) else ""


def _on_grid(image: Any, grid: Geometry) -> NDArray[np.bool_]:
    """A binary segment on a grid: copied voxel by voxel where both share a lattice, else by nearest voxel."""
    voxels, here = voxels_of(image) != 0, geometry_of_oriented(image)
    shift = _whole_shift(here, grid)
    if shift is None:
        empty = sitk_image(np.zeros(tuple(reversed(grid.size)), np.uint8), grid)
        moved = resample_to(sitk_image(voxels.astype(np.uint8), here), empty, label=True)
        return sitk.GetArrayFromImage(moved) != 0
    result = np.zeros(tuple(reversed(grid.size)), bool)
    target, source = [], []
    for start, length, limit in zip(reversed(shift), voxels.shape, result.shape, strict=True):
        first, last = max(start, 0), min(start + length, limit)
        target.append(slice(first, max(first, last)))
        source.append(slice(first - start, max(first, last) - start))
    result[tuple(target)] = voxels[tuple(source)]
    return result


def _whole_shift(here: Geometry, grid: Geometry) -> tuple[int, int, int] | None:
    """Index in `grid` of the first voxel of `here`, where every voxel of both coincides; else None."""
    matrix = np.reshape(grid.direction, (3, 3)) * np.asarray(grid.spacing_mm)
    start = np.linalg.solve(matrix, np.asarray(here.origin_mm) - np.asarray(grid.origin_mm))
    shift = np.rint(start)
    corners = here.corners_mm
    expected = grid.index_to_mm(shift + np.array(list(np.ndindex(2, 2, 2))) * (np.asarray(here.size) - 1))
    if np.abs(corners - expected).max() > SAME_PLACE_MM:
        return None
    return int(shift[0]), int(shift[1]), int(shift[2])
