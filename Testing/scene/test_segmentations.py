"""Annotations in the scene and back in the study."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from harness.exams import gland_on
from QualityFinetuneLib.cases.grid import geometry_of
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.scene import names
from QualityFinetuneLib.scene.case_nodes import CaseNodes
from QualityFinetuneLib.scene.geometry import geometry_of_node, oriented_image
from QualityFinetuneLib.scene.label_maps import BINARY, drawn_images
from QualityFinetuneLib.scene.segmentations import (
    empty_segmentation,
    find_segmentation,
    is_changed,
    save_segmentation,
    show_annotation,
)


@pytest.fixture
def shown(scene, study, add_case, add_annotation, zones, grid):
    """An annotation in the scene, on each kind of grid: (node, T2w node, annotation)."""
    case = add_case(grid, roles=(Role.T2W, Role.ADC))
    annotation = add_annotation(case, grid, gland_on(grid))
    node = show_annotation(scene, study, annotation, zones)
    return node, CaseNodes(scene).show(study, case).t2w, annotation


def _erase_one_voxel(node) -> None:
    segment = node.GetSegmentation().GetSegment("TZ")
    image = segment.GetRepresentation(BINARY)
    scalars = image.GetPointData().GetScalars()
    place = next(index for index in range(scalars.GetNumberOfTuples()) if scalars.GetTuple1(index) == 2)
    scalars.SetTuple1(place, 0)
    scalars.Modified()


def test_what_was_shown_is_saved_voxel_by_voxel_on_the_same_grid(shown, zones, study, tmp_path):
    node, t2w, annotation = shown
    path = tmp_path / "saved.nrrd"
    save_segmentation(node, path, t2w, zones)
    saved = sitk.ReadImage(str(path))
    series = sitk.ReadImage(str(study.cases.first(annotation.case_id, Role.T2W).path))
    assert np.array_equal(sitk.GetArrayFromImage(saved), sitk.GetArrayFromImage(sitk.ReadImage(str(annotation.path))))
    assert saved.GetPixelID() == sitk.sitkUInt8
    assert saved.GetSize() == series.GetSize()
    assert saved.GetOrigin() == series.GetOrigin()
    # NRRD stores direction times spacing, and MRML takes 1 - 1e-16 for 1: the last bit may round, no more.
    assert geometry_of_node(t2w).direction == pytest.approx(geometry_of(series).direction, abs=4e-16)
    assert saved.GetSpacing() == pytest.approx(series.GetSpacing(), rel=4e-16)
    assert saved.GetDirection() == pytest.approx(series.GetDirection(), abs=4e-16)


def test_the_node_tells_case_task_origin_and_status(shown, zones):
    node, _, annotation = shown
    found = {key: node.GetAttribute(key) for key in (names.CASE_ID, names.TASK, names.ORIGIN, names.STATUS)}
    assert found == {
        names.CASE_ID: str(annotation.case_id),
        names.TASK: "zones",
        names.ORIGIN: "imported",
        names.STATUS: "draft",
    }
    assert node.GetName() == "Peripheral and transition zone (imported, draft)"


def test_the_reference_geometry_is_the_t2w(shown):
    import slicer

    node, t2w, _ = shown
    role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
    assert node.GetNodeReference(role) is t2w


def test_the_segmentation_lies_beside_its_volume(shown, scene):
    import slicer

    node, t2w, _ = shown
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    parents = {hierarchy.GetItemParent(hierarchy.GetItemByDataNode(one)) for one in (node, t2w)}
    assert len(parents) == 1


@pytest.mark.parametrize(
    ("status", "expected"),
    [("draft", "InProgress"), ("accepted", "Completed"), ("corrected", "Completed"), ("rejected", "Flagged")],
)
def test_segments_show_the_status_in_slicers_own_table(
    scene, study, add_case, add_annotation, zones, oblique, status, expected
):
    import slicer

    logic = slicer.vtkSlicerSegmentationsModuleLogic
    annotation = add_annotation(add_case(oblique), oblique, gland_on(oblique), status=status)
    node = show_annotation(scene, study, annotation, zones)
    segment = node.GetSegmentation().GetSegment("PZ")
    assert logic.GetSegmentStatus(segment) == getattr(logic, expected)


def test_drawing_is_noticed_until_it_is_saved(shown, zones, tmp_path):
    node, t2w, _ = shown
    assert not is_changed(node, t2w, zones)
    node.GetDisplayNode().SetOpacity2DFill(0.9)
    assert not is_changed(node, t2w, zones)
    _erase_one_voxel(node)
    assert is_changed(node, t2w, zones)
    save_segmentation(node, tmp_path / "saved.nrrd", t2w, zones)
    assert not is_changed(node, t2w, zones)


def test_showing_again_undoes_what_was_not_saved(shown, scene, study, zones):
    node, t2w, annotation = shown
    _erase_one_voxel(node)
    assert show_annotation(scene, study, annotation, zones) is node
    assert not is_changed(node, t2w, zones)


def test_two_annotations_of_a_case_are_two_nodes(scene, study, add_case, add_annotation, zones, oblique):
    case = add_case(oblique)
    first, second = (add_annotation(case, oblique, gland_on(oblique)) for _ in range(2))
    nodes = [show_annotation(scene, study, annotation, zones) for annotation in (first, second)]
    assert nodes[0] is not nodes[1]
    assert find_segmentation(scene, case.id, zones, annotation_id=second.id) is nodes[1]


def test_an_empty_segmentation_can_be_drawn_on_and_is_kept(scene, study, add_case, zones, oblique, tmp_path):
    case = add_case(oblique, simulated=True)
    node = empty_segmentation(scene, study, case, zones)
    t2w = CaseNodes(scene).show(study, case).t2w
    assert "simulated" in node.GetName()
    assert not is_changed(node, t2w, zones)
    mask = (gland_on(oblique) == 1).astype(np.uint8)
    segment = node.GetSegmentation().GetSegment("PZ")
    segment.AddRepresentation(BINARY, oriented_image(mask, oblique))
    assert is_changed(node, t2w, zones)
    assert empty_segmentation(scene, study, case, zones) is node
    assert len(drawn_images(node)) == 1
    save_segmentation(node, tmp_path / "drawn.nrrd", t2w, zones)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "drawn.nrrd"))), mask)


def test_a_refused_save_leaves_the_file_as_it_was(shown, zones, scene, tmp_path):
    node, t2w, _ = shown
    path = tmp_path / "saved.nrrd"
    path.write_bytes(b"before")
    node.SetAndObserveTransformNodeID(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode").GetID())
    with pytest.raises(UserError):
        save_segmentation(node, path, t2w, zones)
    assert path.read_bytes() == b"before"


def test_without_a_t2w_nothing_can_be_shown(scene, study, add_case, zones, oblique):
    with pytest.raises(UserError) as told:
        empty_segmentation(scene, study, add_case(oblique, roles=(Role.ADC,)), zones)
    assert told.value.code is ErrorCode.MISSING_SERIES


def test_closing_the_case_takes_the_segmentation_along(shown, scene):
    _, _, annotation = shown
    CaseNodes(scene).close_case(annotation.case_id)
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationDisplayNode") == 0


def test_a_real_mask_survives_the_round_trip(scene, study, prostate_mini, zones, tmp_path):
    """Zones of an oblique ProstateX exam, as another reader's software wrote them."""
    from QualityFinetuneLib.study.records import NewAnnotation, NewSeries

    folder = study.paths.new_case("x")
    path = study.paths.series(folder, "t2w")
    t2w = sitk.ReadImage(str(prostate_mini / "cases" / "ProstateX-0000" / "t2w.nii.gz"))
    sitk.WriteImage(t2w, str(path), True)
    case = study.cases.add(patient="x", exam="x", name="x", series=[NewSeries(role=Role.T2W, name="t2w", path=path)])
    mask = sitk.ReadImage(str(prostate_mini / "labels-nc" / "ProstateX-0000" / "picai_zones_yuan23.nii.gz"))
    mask = sitk.Cast(sitk.Resample(mask, t2w, sitk.Transform(), sitk.sitkNearestNeighbor), sitk.sitkUInt8)
    mask_path = study.paths.new_annotation(case, "zones")
    sitk.WriteImage(mask, str(mask_path))
    annotation = study.annotations.add(
        NewAnnotation(case_id=case.id, task="zones", origin="imported", status="draft", path=mask_path)
    )
    node = show_annotation(scene, study, annotation, zones)
    save_segmentation(node, tmp_path / "back.nrrd", CaseNodes(scene).show(study, case).t2w, zones)
    back = sitk.ReadImage(str(tmp_path / "back.nrrd"))
    assert np.array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(mask))
    assert np.abs(np.subtract(back.GetOrigin(), t2w.GetOrigin())).max() == 0
