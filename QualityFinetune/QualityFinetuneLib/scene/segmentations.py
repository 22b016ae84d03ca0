"""Annotations of the study as segmentation nodes, and back into files on the T2w grid."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..cases.reading import read_image, write_image
from ..cases.roles import Role
from . import names
from .case_nodes import CaseNodes, ShownCase
from .geometry import geometry_of_node, sitk_image
from .hierarchy import place
from .label_maps import fill, label_map_of
from .terminology import load_terminology
from .volumes import nodes_of

if TYPE_CHECKING:
    import SimpleITK as sitk

    from ..cases.tasks import Task
    from ..study.records import Annotation, Case
    from ..study.study import Study

FILL_OPACITY = 0.2
OUTLINE_OPACITY = 1.0
OUTLINE_PX = 2
SEGMENT_STATUS = {"draft": "InProgress", "accepted": "Completed", "corrected": "Completed", "rejected": "Flagged"}
"""Slicer's own segment status, which the Segment Editor's table shows, by the status of the annotation."""


def show_annotation(scene: Any, study: Study, annotation: Annotation, task: Task) -> Any:
    """Put an annotation into the scene as a `vtkMRMLSegmentationNode`, its case's T2w with it.

    A node that shows this annotation already is filled again from the file, so drawing that was not saved is undone.

    Raises:
        UserError: MISSING_SERIES without a T2w, UNREADABLE_FILE or BAD_GEOMETRY for the mask's file.
    """
    label_map = read_image(annotation.path)
    case = study.cases.get(annotation.case_id)
    shown = CaseNodes(scene).show(study, case, roles=(Role.T2W,))
    node = find_segmentation(scene, case.id, task, annotation_id=annotation.id)
    if node is None:
        name = names.annotation_name(task.title, annotation, simulated=case.simulated)
        node = _add_node(scene, shown, task, name)
    node.SetAttribute(names.ANNOTATION_ID, str(annotation.id))
    node.SetAttribute(names.ORIGIN, annotation.origin)
    node.SetAttribute(names.STATUS, annotation.status)
    _fill(node, shown, task, label_map)
    _tag_segments(node, annotation)
    return node


def empty_segmentation(scene: Any, study: Study, case: Case, task: Task) -> Any:
    """A segmentation node with the task's structures, all empty: ready to be drawn on the case's T2w.

    One that is there already is returned with what was drawn.

    Raises:
        UserError: MISSING_SERIES without a T2w.
    """
    shown = CaseNodes(scene).show(study, case, roles=(Role.T2W,))
    node = find_segmentation(scene, case.id, task, annotation_id=None)
    if node is None:
        node = _add_node(scene, shown, task, names.annotation_name(task.title, None, simulated=case.simulated))
        _fill(node, shown, task, None)
    return node


def find_segmentation(scene: Any, case_id: int, task: Task, *, annotation_id: int | None) -> Any:
    """The node that shows an annotation of a case (None: the one drawn from nothing), or None."""
    wanted = {
        names.CASE_ID: str(case_id),
        names.TASK: task.name,
        names.ANNOTATION_ID: None if annotation_id is None else str(annotation_id),
    }
    for node in nodes_of(scene, "vtkMRMLSegmentationNode"):
        if all(node.GetAttribute(attribute) == value for attribute, value in wanted.items()):
            return node
    return None


def save_segmentation(node: Any, path: Path, t2w_node: Any, task: Task) -> None:
    """Write a segmentation as a uint8 label map on exactly the grid of the T2w, completely or not at all.

    Raises:
        UserError: BAD_LABEL, BAD_GEOMETRY or DISK_FULL; the file is not written then.
    """
    voxels = _voxels(node, t2w_node, task)
    write_image(sitk_image(voxels, geometry_of_node(t2w_node)), path)
    node.SetAttribute(names.VOXELS, _hash(voxels))


def is_changed(node: Any, t2w_node: Any, task: Task) -> bool:
    """Whether a reader has drawn since the segmentation was loaded or last saved.

    Raises:
        UserError: BAD_LABEL or BAD_GEOMETRY when it could not be saved as it is.
    """
    return bool(node.GetAttribute(names.VOXELS) != _hash(_voxels(node, t2w_node, task)))


def _add_node(scene: Any, shown: ShownCase, task: Task, name: str) -> Any:
    import slicer

    load_terminology(slicer.app.applicationLogic().GetModuleLogic("Terminologies"))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.SetAttribute(names.CASE_ID, str(shown.case_id))
    node.SetAttribute(names.TASK, task.name)
    node.SetAttribute(names.SIMULATED, str(shown.simulated).lower())
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetOpacity2DFill(FILL_OPACITY)
    display.SetOpacity2DOutline(OUTLINE_OPACITY)
    display.SetSliceIntersectionThickness(OUTLINE_PX)
    node.SetReferenceImageGeometryParameterFromVolumeNode(shown.t2w)
    place(scene, node, shown.item)
    return node


def _fill(node: Any, shown: ShownCase, task: Task, label_map: sitk.Image | None) -> None:
    fill(node.GetSegmentation(), task, label_map)
    node.SetAttribute(names.VOXELS, _hash(_voxels(node, shown.t2w, task)))


def _tag_segments(node: Any, annotation: Annotation) -> None:
    import slicer

    logic = slicer.vtkSlicerSegmentationsModuleLogic
    segmentation = node.GetSegmentation()
    for segment_id in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segment_id)
        segment.SetTag(names.ORIGIN, annotation.origin)
        segment.SetTag(names.STATUS, annotation.status)
        logic.SetSegmentStatus(segment, getattr(logic, SEGMENT_STATUS[annotation.status]))


def _voxels(node: Any, t2w_node: Any, task: Task) -> NDArray[np.uint8]:
    return label_map_of(node, task, geometry_of_node(t2w_node))


def _hash(voxels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(voxels.tobytes()).hexdigest()
