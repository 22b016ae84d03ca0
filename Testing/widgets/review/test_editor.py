"""Slicer's editing tools: a node of their own, taken up and put down."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def made(desktop: SimpleNamespace) -> Any:
    """An editor in a layout, a segmentation of two structures and a volume."""
    from harness.slicer_app import reset_scene
    from QualityFinetuneLib.widgets.review.editor import SegmentEditor

    scene = desktop.slicer.mrmlScene
    box = desktop.qt.QWidget()
    editor = SegmentEditor(scene, desktop.qt.QVBoxLayout(box))
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Zones")
    for name in ("First", "Second"):
        segmentation.GetSegmentation().AddEmptySegment(name, name)
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "T2w")
    yield SimpleNamespace(editor=editor, scene=scene, segmentation=segmentation, volume=volume, box=box)
    editor.cleanup()
    reset_scene()


def editor_nodes(scene: Any) -> int:
    return int(scene.GetNumberOfNodesByClass("vtkMRMLSegmentEditorNode"))


def test_nothing_is_made_before_it_is_needed(made: SimpleNamespace) -> None:
    made.editor.close()
    assert made.editor.widget is None and not made.editor.is_open and editor_nodes(made.scene) == 0


def test_opening_takes_up_the_first_structure_over_the_volume(made: SimpleNamespace) -> None:
    made.editor.open(made.segmentation, made.volume)
    node = made.editor.node
    assert made.editor.is_open and node.GetSingletonTag() == "QualityFinetuneSegmentEditor"
    assert node.GetSegmentationNode() is made.segmentation and node.GetSourceVolumeNode() is made.volume
    assert made.editor.widget.currentSegmentID() == "First"
    assert not made.editor.widget.addRemoveSegmentButtonsVisible


def test_opening_leaves_in_each_view_what_it_showed(made: SimpleNamespace, desktop: SimpleNamespace) -> None:
    adc = made.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "ADC")
    composite = desktop.slicer.app.layoutManager().sliceWidget("Yellow").mrmlSliceCompositeNode()
    composite.SetBackgroundVolumeID(adc.GetID())
    made.editor.open(made.segmentation, made.volume)
    assert composite.GetBackgroundVolumeID() == adc.GetID()


def test_without_a_main_window_the_keys_belong_to_the_editor_itself(made: SimpleNamespace) -> None:
    made.editor.open(made.segmentation, made.volume)
    assert made.editor.widget.called("installKeyboardShortcuts") == [(made.editor.widget,)]


def test_closing_puts_down_whatever_opening_took_up(made: SimpleNamespace) -> None:
    made.editor.open(made.segmentation, made.volume)
    made.editor.close()
    made.editor.close()
    names = [name for name, _arguments in made.editor.widget.calls]
    for up, down in (
        ("installKeyboardShortcuts", "uninstallKeyboardShortcuts"),
        ("setupViewObservations", "removeViewObservations"),
    ):
        assert names.count(up) == names.count(down) == 1 and names.index(up) < names.index(down)
    assert not made.editor.is_open and made.editor.node.GetSegmentationNode() is None


def test_after_the_scene_was_closed_the_same_widget_gets_another_node(made: SimpleNamespace) -> None:
    made.editor.open(made.segmentation, made.volume)
    widget, node = made.editor.widget, made.editor.node
    made.editor.scene_closed()
    made.scene.RemoveNode(node)
    made.editor.open(made.segmentation, made.volume)
    assert made.editor.widget is widget and made.editor.node is not node
    assert made.scene.IsNodePresent(made.editor.node) and editor_nodes(made.scene) == 1


def test_cleaning_up_leaves_no_node(made: SimpleNamespace) -> None:
    made.editor.open(made.segmentation, made.volume)
    made.editor.cleanup()
    made.editor.cleanup()
    assert editor_nodes(made.scene) == 0 and made.scene.IsNodePresent(made.segmentation)
