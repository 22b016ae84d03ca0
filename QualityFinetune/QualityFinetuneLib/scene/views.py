"""Slice views set to the prostate: along the exam's own planes, centred on the gland, close enough to see it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .extents import extent_of_segmentation, extent_of_volume
from .geometry import geometry_of_node, index_to_ras, ras_to_index
from .volumes import nodes_of

FIELD_OF_VIEW_MM = 130.0
"""Shown where nothing is drawn yet: a prostate with what lies around it."""

MARGIN = 1.5
"""Field of view in lengths of the gland: enough around it to judge capsule, seminal vesicles and rectum."""

NARROWEST_MM, WIDEST_MM = 70.0, 250.0
ORIENTATIONS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}


def slice_nodes(scene: Any) -> list[Any]:
    """The slice views of the application's layout; views that belong to another module are left alone."""
    return [node for node in nodes_of(scene, "vtkMRMLSliceNode") if node.GetParentLayoutNode() is None]


def show_volumes(
    scene: Any,
    background: Any,
    *,
    foreground: Any = None,
    foreground_opacity: float = 0.5,
    linked: bool = True,
) -> None:
    """Show a volume in every slice view, another one over it if given, and link the views.

    Args:
        background: the volume below, usually the T2w.
        foreground: the volume above, e.g. the ADC; None takes a former one away.
        foreground_opacity: 0 hides the foreground, 1 the background.
    """
    import slicer

    for node in slice_nodes(scene):
        composite = slicer.vtkMRMLSliceLogic.GetSliceCompositeNode(node)
        if composite is None:
            continue
        # Linking comes last: a linked view would pass each step on to the others while they are being set.
        composite.SetLinkedControl(False)
        composite.SetBackgroundVolumeID(background.GetID())
        composite.SetForegroundVolumeID(foreground.GetID() if foreground is not None else None)
        composite.SetForegroundOpacity(foreground_opacity if foreground is not None else 0.0)
        composite.SetLinkedControl(linked)


def show_labels(segmentation: Any, *, visible: bool = True, fill_opacity: float | None = None) -> None:
    """Show or hide a segmentation in the slice views; `fill_opacity` 0 leaves the outline alone."""
    display = segmentation.GetDisplayNode()
    display.SetVisibility(visible)
    if fill_opacity is not None:
        display.SetOpacity2DFill(fill_opacity)


def center_on(
    scene: Any, volume: Any, segmentation: Any = None, *, field_of_view_mm: float | None = None
) -> NDArray[np.float64]:
    """Turn every slice view into the volume's own planes and centre it on the gland.

    An oblique exam then shows its voxels squarely. Views of the standard layout get their standard orientation,
    others keep the one they have.

    Args:
        volume: the volume whose planes count, usually the T2w.
        segmentation: its centroid is the centre; the volume's middle without one, or where nothing is drawn.
        field_of_view_mm: length of the shorter side of a view; None to fit the gland with some margin.

    Returns:
        The RAS position (3,) in mm that the views are centred on: the middle of a voxel.
    """
    centre = focus(volume, segmentation)
    shown_mm = field_of_view_mm or fitting_field_of_view(segmentation)
    for node in slice_nodes(scene):
        was = node.StartModify()
        node.SetOrientation(ORIENTATIONS.get(node.GetLayoutName(), node.GetOrientation()))
        aim(node, volume, centre, field_of_view_mm=shown_mm)
        node.EndModify(was)
    return centre


def focus(volume: Any, segmentation: Any = None) -> NDArray[np.float64]:
    """Middle (RAS, mm) of the voxel nearest the gland's centroid, or nearest the volume's middle."""
    extent = extent_of_segmentation(segmentation) or extent_of_volume(volume)
    geometry = geometry_of_node(volume)
    index = np.clip(np.rint(ras_to_index(geometry, extent.centre)), 0, np.asarray(geometry.size) - 1)
    return index_to_ras(geometry, index)


def fitting_field_of_view(segmentation: Any = None) -> float:
    """Millimetres that show the gland with some margin; the same for each orientation, so that sizes compare."""
    extent = extent_of_segmentation(segmentation)
    if extent is None:
        return FIELD_OF_VIEW_MM
    longest = max(extent.length_along(axis) for axis in np.eye(3))
    return float(np.clip(longest * MARGIN, NARROWEST_MM, WIDEST_MM))


def aim(node: Any, volume: Any, centre: NDArray[np.float64], *, field_of_view_mm: float) -> None:
    """Point one slice node, already in its orientation, at a position of a volume."""
    node.RotateToVolumePlane(volume)
    width, height, _ = node.GetDimensions()
    per_pixel = field_of_view_mm / max(min(width, height), 1)
    node.SetFieldOfView(width * per_pixel, height * per_pixel, node.GetFieldOfView()[2])
    node.SetXYZOrigin(0.0, 0.0, 0.0)
    node.JumpSliceByCentering(*(float(value) for value in centre))
