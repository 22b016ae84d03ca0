"""Items of the subject hierarchy, with and without the desktop that makes some by itself."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from QualityFinetuneLib.scene import hierarchy

CASE = SimpleNamespace(id=7, simulated=False)


@pytest.fixture
def items(scene):
    import slicer

    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def test_a_case_has_one_item(scene, items):
    item = hierarchy.case_item(scene, CASE, name="Case 0007")
    assert hierarchy.case_item(scene, CASE, name="Case 0007") == item
    assert hierarchy.find_case_item(scene, 7) == item
    assert hierarchy.find_case_item(scene, 8) == 0


def test_an_item_that_the_desktop_made_is_moved(scene, items):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    made = items.CreateItem(items.GetSceneItemID(), node)
    item = hierarchy.case_item(scene, CASE, name="Case 0007")
    hierarchy.place(scene, node, item)
    assert items.GetItemByDataNode(node) == made
    assert items.GetItemParent(made) == item


def test_taking_out_leaves_the_node(scene, items):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    hierarchy.place(scene, node, hierarchy.case_item(scene, CASE, name="Case 0007"))
    hierarchy.take_out(scene, node)
    hierarchy.take_out(scene, node)
    assert items.GetItemByDataNode(node) == 0
    assert node.GetScene() is scene


def test_removing_a_case_twice_is_no_error(scene, items):
    hierarchy.case_item(scene, CASE, name="Case 0007")
    hierarchy.remove_case_item(scene, 7)
    hierarchy.remove_case_item(scene, 7)
    assert items.GetNumberOfItems() == 0
