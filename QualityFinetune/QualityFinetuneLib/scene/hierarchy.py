"""The subject hierarchy: each case is a subject with one study, which holds its volumes and segmentations.

DICOM SEG export needs a segmentation to lie in the same study as the volume it was drawn on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import names

if TYPE_CHECKING:
    from ..study.records import Case

STUDY_NAME = "Prostate MRI"


def case_item(scene: Any, case: Case, *, name: str) -> int:
    """The study item of a case, made if it is not there; `name` is what the case may be called on screen."""
    hierarchy = _hierarchy(scene)
    found = find_case_item(scene, case.id)
    if found:
        return found
    subject = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), name)
    study = hierarchy.CreateStudyItem(subject, names.marked(STUDY_NAME, simulated=case.simulated))
    for item in (subject, study):
        hierarchy.SetItemAttribute(item, names.CASE_ID, str(case.id))
    return int(study)


def find_case_item(scene: Any, case_id: int) -> int:
    """The study item of a case, or 0."""
    hierarchy = _hierarchy(scene)
    for subject in _children(hierarchy, hierarchy.GetSceneItemID()):
        if hierarchy.GetItemAttribute(subject, names.CASE_ID) != str(case_id):
            continue
        for study in _children(hierarchy, subject):
            if hierarchy.GetItemAttribute(study, names.CASE_ID) == str(case_id):
                return study
    return 0


def place(scene: Any, node: Any, item: int) -> None:
    """Put a node under an item."""
    hierarchy = _hierarchy(scene)
    own = hierarchy.GetItemByDataNode(node)
    if own:
        hierarchy.SetItemParent(own, item)
    else:  # the desktop application makes an item for each new node, the core alone does not
        hierarchy.CreateItem(item, node)


def take_out(scene: Any, node: Any) -> None:
    """Remove a node's item; the node itself stays."""
    hierarchy = _hierarchy(scene)
    if own := hierarchy.GetItemByDataNode(node):
        hierarchy.RemoveItem(own, False, False)


def remove_case_item(scene: Any, case_id: int) -> None:
    """Remove a case's items; what the user put there moves to the top and is kept."""
    hierarchy = _hierarchy(scene)
    study = find_case_item(scene, case_id)
    if not study:
        return
    subject = hierarchy.GetItemParent(study)
    for parent in (study, subject):
        for item in _children(hierarchy, parent):
            if item != study:
                hierarchy.SetItemParent(item, hierarchy.GetSceneItemID())
    for item in (study, subject):
        hierarchy.RemoveItem(item, False, False)


def _hierarchy(scene: Any) -> Any:
    import slicer

    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def _children(hierarchy: Any, item: int) -> list[int]:
    import vtk

    found = vtk.vtkIdList()
    hierarchy.GetItemChildren(item, found)
    return [found.GetId(index) for index in range(found.GetNumberOfIds())]
