"""`slicer`: application, layout manager, utilities, parameter nodes, installation of packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.slicer_app import reset_scene, start


@pytest.fixture
def slicer(desktop):
    yield desktop.slicer
    reset_scene()


def test_starting_twice_gives_the_same_application(desktop):
    assert start() is desktop.app is desktop.slicer.app
    assert desktop.slicer.app.mrmlScene() is desktop.slicer.mrmlScene


def test_slicer_util_works_on_the_real_scene(slicer):
    import numpy as np

    node = slicer.util.addVolumeFromArray(np.arange(24.0).reshape(2, 3, 4), name="T2w")
    assert slicer.util.getNode("T2w") is node
    assert slicer.util.arrayFromVolume(node).sum() == 276


def test_messages_are_silent_in_testing_mode(slicer):
    assert slicer.app.testingEnabled()
    # Says no, in Slicer too: it compares its True with the number of the Yes button.
    assert slicer.util.confirmYesNoDisplay("Really?") is False
    slicer.util.errorDisplay("Nothing pops up")


def test_the_layout_has_three_slice_views_with_logics(slicer):
    manager = slicer.app.layoutManager()
    assert set(manager.sliceViewNames()) == {"Red", "Green", "Yellow"}
    red = manager.sliceWidget("Red")
    assert red.mrmlSliceNode().GetOrientation() == "Axial"
    assert manager.sliceWidget("Yellow").mrmlSliceNode().GetOrientation() == "Sagittal"
    assert red.sliceLogic().GetSliceCompositeNode() is red.mrmlSliceCompositeNode()
    assert slicer.app.applicationLogic().GetSliceLogic(red.mrmlSliceNode()) is red.sliceLogic()
    assert manager.sliceWidget("Blue") is None


def test_slicer_util_sets_the_layers_of_the_views(slicer):
    import numpy as np

    node = slicer.util.addVolumeFromArray(np.zeros((2, 3, 4)))
    slicer.util.setSliceViewerLayers(background=node, fit=True)
    red = slicer.app.layoutManager().sliceWidget("Red")
    assert red.mrmlSliceCompositeNode().GetBackgroundVolumeID() == node.GetID()


def test_views_survive_closing_the_scene(slicer):
    reset_scene()
    red = slicer.app.layoutManager().sliceWidget("Red")
    assert red.mrmlSliceNode().GetScene() is slicer.mrmlScene
    assert red.mrmlSliceCompositeNode().GetScene() is slicer.mrmlScene


def test_settings_are_not_the_users(slicer, qt):
    qt.QSettings().setValue("QualityFinetune/x", "1")
    for settings in (qt.QSettings(), slicer.app.userSettings()):
        assert settings.fileName().startswith(slicer.app.temporaryPath)


def test_unbalanced_rendering_pauses_are_found(slicer):
    with pytest.raises(RuntimeError):
        slicer.app.resumeRender()


def test_the_combo_box_follows_the_scene(slicer):
    box = slicer.qMRMLNodeComboBox()
    box.nodeTypes = ["vtkMRMLScalarVolumeNode"]
    box.noneEnabled = True
    box.setMRMLScene(slicer.mrmlScene)
    seen = []
    box.connect("currentNodeChanged(vtkMRMLNode*)", seen.append)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "ADC")
    label = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "mask")
    assert box.currentNode() is None
    box.setCurrentNode(node)
    assert (box.currentNodeID, seen) == (node.GetID(), [node])
    box.showChildNodeTypes = False
    box.setCurrentNode(label)
    assert box.currentNode() is None
    box.setCurrentNode(node)
    slicer.mrmlScene.RemoveNode(node)
    assert box.currentNode() is None
    assert box.nodeCount() == 0


def test_the_segment_editor_records_what_a_panel_asks(slicer):
    editor = slicer.qMRMLSegmentEditorWidget()
    with pytest.raises(RuntimeError, match="setMRMLSegmentEditorNode"):
        editor.setSegmentationNode(None)
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
    segmentation = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    editor.setMRMLSegmentEditorNode(node)
    editor.setMRMLScene(slicer.mrmlScene)
    editor.setSegmentationNode(segmentation)
    editor.setActiveEffectByName("Paint")
    assert editor.segmentationNode() is segmentation is node.GetSegmentationNode()
    assert editor.called("setActiveEffectByName") == [("Paint",)]
    assert [name for name, _ in editor.calls][:2] == ["setMRMLSegmentEditorNode", "setMRMLScene"]
    with pytest.raises(AttributeError):
        editor.setNonsense(1)
    with pytest.raises(ValueError, match="setActiveEffectByName"):
        editor.setActiveEffect("Paint")


def test_the_segment_editor_shows_its_volume_in_every_view_unless_it_is_told_not_to(slicer):
    def backgrounds():
        manager = slicer.app.layoutManager()
        return [
            manager.sliceWidget(name).mrmlSliceCompositeNode().GetBackgroundVolumeID()
            for name in manager.sliceViewNames()
        ]

    t2w, adc = (slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("T2w", "ADC"))
    red, yellow = (slicer.app.layoutManager().sliceWidget(name) for name in ("Red", "Yellow"))
    red.mrmlSliceCompositeNode().SetBackgroundVolumeID(t2w.GetID())
    yellow.mrmlSliceCompositeNode().SetBackgroundVolumeID(adc.GetID())
    editor = slicer.qMRMLSegmentEditorWidget()
    editor.setMRMLSegmentEditorNode(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setAutoShowSourceVolumeNode(False)
    editor.setSourceVolumeNode(t2w)
    assert backgrounds()[:2] == [t2w.GetID(), adc.GetID()]
    editor.setAutoShowSourceVolumeNode(True)
    editor.setSourceVolumeNode(t2w)
    assert backgrounds() == [t2w.GetID()] * 3


def test_numbers_keep_to_their_limits(desktop):
    slider, told = desktop.ctk.ctkSliderWidget(), []
    slider.connect("valueChanged(double)", told.append)
    slider.maximum = 1.0
    slider.value = 7
    slider.decimals = 1
    slider.value = 0.26
    assert told == [1.0, 0.3]
    ranges = desktop.ctk.ctkRangeWidget()
    ranges.setRange(0, 10)
    ranges.setValues(-5, 50)
    assert (ranges.minimumValue, ranges.maximumValue) == (0.0, 10.0)


def test_paths_are_text_only(desktop):
    edit = desktop.ctk.ctkPathLineEdit()
    with pytest.raises(ValueError, match="str"):
        edit.currentPath = Path("x")
    edit.setCurrentPath("x")
    assert edit.currentPath == "x"


def test_folding_hides_what_is_inside(desktop, qt):
    section = desktop.ctk.ctkCollapsibleButton()
    column = qt.QVBoxLayout(section)
    label = qt.QLabel("inside")
    column.addWidget(label)
    section.collapsed = True
    assert label.isHidden()
    section.collapsed = False
    assert not label.isHidden()


def test_nothing_is_installed_but_the_wish_is_noted(slicer, tmp_path):
    import slicer.packaging

    from harness.support_modules import pip_calls

    file = tmp_path / "requirements.txt"
    file.write_text("# needed\nSQLAlchemy>=2  # database\n\n", encoding="utf-8")
    requirements = slicer.packaging.load_requirements(file)
    slicer.packaging.pip_ensure(requirements, requester="QualityFinetune")
    assert [str(one) for one in requirements] == ["SQLAlchemy>=2"]
    assert pip_calls[-1] == ("pip_ensure", (requirements,), {"requester": "QualityFinetune"})


def test_translation_takes_plain_text(slicer):
    from slicer.i18n import tr

    assert tr("Rate") == "Rate"
    with pytest.raises(TypeError):
        tr(3)


def test_a_logic_keeps_one_parameter_node(slicer):
    from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

    logic = type("HelloLogic", (ScriptedLoadableModuleLogic,), {})()
    assert logic.getParameterNode() is logic.getParameterNode()
    assert logic.getParameterNode().GetModuleName() == "Hello"
