"""A case in the scene, and out of it again."""

from __future__ import annotations

import numpy as np
import pytest

from harness.exams import GRIDS, mr_on
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.scene import names
from QualityFinetuneLib.scene.case_nodes import CaseNodes
from QualityFinetuneLib.scene.geometry import voxels_of
from QualityFinetuneLib.scene.volumes import nodes_of
from QualityFinetuneLib.study.settings import StudySettings

BP = (Role.T2W, Role.ADC, Role.HBV)
GRID = GRIDS["oblique"]


@pytest.fixture
def cases(scene):
    return CaseNodes(scene)


def _everything_written(scene) -> str:
    """All text of all nodes, as a saved scene would hold it."""
    return "\n".join(str(scene.GetNthNode(index)) for index in range(scene.GetNumberOfNodes()))


def test_volumes_are_named_by_role_and_tagged(cases, study, add_case):
    case = add_case(GRID, roles=BP)
    shown = cases.show(study, case)
    assert [node.GetName() for role in BP for node in shown.volumes[role]] == ["T2w", "ADC", "High b 1400"]
    assert shown.t2w.GetAttribute(names.CASE_ID) == str(case.id)
    assert shown.t2w.GetAttribute(names.ROLE) == "t2w"
    assert np.array_equal(voxels_of(shown.t2w.GetImageData()), mr_on(GRID))
    assert shown.t2w.GetDisplayNode().GetAutoWindowLevel() == 0
    assert shown.first(Role.DCE) is None


def test_a_blinded_study_leaks_neither_patient_nor_path(cases, scene, study, add_case):
    shown = cases.show(study, add_case(GRID, name="Smith^John", roles=BP))
    written = _everything_written(scene)
    assert shown.name == "Case 0001"
    assert "Smith" not in written
    assert str(study.folder) not in written
    assert shown.t2w.GetStorageNode() is None


def test_an_open_study_shows_the_name(cases, study, add_case):
    study.save_settings(StudySettings(blinded=False))
    assert cases.show(study, add_case(GRID, name="Smith")).name == "Smith"


def test_simulated_cases_say_so_everywhere(cases, scene, study, add_case):
    import slicer

    shown = cases.show(study, add_case(GRID, roles=BP, simulated=True))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    subject = hierarchy.GetItemParent(shown.item)
    nodes = [node for nodes in shown.volumes.values() for node in nodes]
    for name in (shown.name, hierarchy.GetItemName(subject), *(node.GetName() for node in nodes)):
        assert "simulated" in name


def test_volumes_lie_under_subject_and_study(cases, scene, study, add_case):
    import slicer

    shown = cases.show(study, add_case(GRID, roles=BP))
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    item = hierarchy.GetItemByDataNode(shown.t2w)
    assert hierarchy.GetItemParent(item) == shown.item
    assert hierarchy.GetItemLevel(shown.item) == constants.GetDICOMLevelStudy()
    subject = hierarchy.GetItemParent(shown.item)
    assert hierarchy.GetItemLevel(subject) == constants.GetDICOMLevelPatient()
    assert hierarchy.GetItemName(subject) == "Case 0001"


def test_showing_twice_adds_nothing_and_keeps_the_users_window(cases, scene, study, add_case):
    case = add_case(GRID, roles=BP)
    first = cases.show(study, case)
    first.t2w.GetDisplayNode().SetWindowLevel(123, 45)
    count = scene.GetNumberOfNodes()
    second = cases.show(study, case)
    assert second.t2w is first.t2w
    assert second.item == first.item
    assert scene.GetNumberOfNodes() == count
    assert second.t2w.GetDisplayNode().GetWindow() == 123


def test_the_same_case_number_of_another_study_is_not_taken_for_this_one(cases, study, add_case, tmp_path):
    from dataclasses import replace

    from QualityFinetuneLib.scene.volumes import find_volume

    case = add_case(GRID)
    cases.show(study, case)
    series = study.cases.first(case.id, Role.T2W)
    assert find_volume(cases._scene, case, series) is not None
    assert find_volume(cases._scene, case, replace(series, sha256="0" * 64)) is None


def test_only_the_asked_roles_are_read(cases, study, add_case):
    case = add_case(GRID, roles=(*BP, Role.DCE, Role.DCE, Role.OTHER))
    assert set(cases.show(study, case, roles=(Role.T2W,)).volumes) == {Role.T2W}
    assert set(cases.show(study, case).volumes) == set(BP)


def test_an_mpmri_study_shows_the_contrast_series_too(cases, study, add_case):
    study.save_settings(StudySettings(protocol="mpmri"))
    shown = cases.show(study, add_case(GRID, roles=(Role.T2W, Role.DCE, Role.DCE)))
    assert [node.GetName() for node in shown.volumes[Role.DCE]] == ["DCE 02", "DCE 03"]


def test_closing_removes_the_case_and_nothing_else(cases, scene, study, add_case):
    import slicer

    first, second = add_case(GRID, name="a", roles=BP), add_case(GRID, name="b")
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    before = {scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())}
    theirs = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "theirs")
    shown = cases.show(study, first)
    cases.show(study, second)
    put_there = hierarchy.CreateItem(shown.item, theirs)
    assert cases.shown() == [first.id, second.id]
    cases.close_case(first.id)
    assert cases.shown() == [second.id]
    assert theirs.GetScene() is scene
    assert hierarchy.GetItemParent(put_there) == hierarchy.GetSceneItemID()
    cases.close_all()
    assert cases.shown() == []
    after = {scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())}
    assert after - before == {theirs.GetID()}
    assert hierarchy.GetNumberOfItems() == 1


def test_closing_a_case_that_is_not_shown_is_no_error(cases):
    cases.close_case(99)


def test_an_unreadable_file_adds_nothing(cases, scene, study, add_case):
    case = add_case(GRID, roles=BP)
    study.cases.first(case.id, Role.HBV).path.write_bytes(b"not an image")
    with pytest.raises(UserError) as told:
        cases.show(study, case)
    assert told.value.code is ErrorCode.UNREADABLE_FILE
    assert nodes_of(scene, "vtkMRMLScalarVolumeNode") == []
    assert nodes_of(scene, "vtkMRMLScalarVolumeDisplayNode") == []
    assert cases.shown() == []


def test_a_case_without_t2w_is_told_when_it_is_needed(cases, study, add_case):
    shown = cases.show(study, add_case(GRID, roles=(Role.ADC,)))
    with pytest.raises(UserError) as told:
        _ = shown.t2w
    assert told.value.code is ErrorCode.MISSING_SERIES
    assert "Case 0001" in told.value.what
