"""`slicer.parameterNodeWrapper`: typed values in a node, bound to widgets.

Without postponed annotations, because the decorator reads them and these name what only exists inside a test.
"""

import enum
from pathlib import Path
from typing import Annotated

import pytest

from harness.slicer_app import reset_scene


@pytest.fixture
def slicer(desktop):
    yield desktop.slicer
    reset_scene()


class Mode(enum.Enum):
    RATE = "rate"
    CORRECT = "correct"


def test_a_wrapped_parameter_node_keeps_typed_values(slicer):
    from slicer.parameterNodeWrapper import Default, parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        folder: Path
        share: Annotated[float, Default(0.5)]
        seeds: list[int]
        mode: Mode = Mode.RATE
        volume: slicer.vtkMRMLScalarVolumeNode

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")
    parameters = Parameters(node)
    assert (parameters.share, parameters.mode, parameters.seeds, parameters.volume) == (0.5, Mode.RATE, [], None)
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.folder, parameters.share, parameters.mode = Path("a/b"), 1, Mode.CORRECT
    parameters.seeds, parameters.volume = [1, 2], volume
    again = Parameters(node)
    assert (again.folder, again.share, again.mode) == (Path("a/b"), 1.0, Mode.CORRECT)
    assert (again.seeds, again.volume) == ([1, 2], volume)
    with pytest.raises(TypeError):
        parameters.folder = "a/b"


def test_parameters_that_cannot_be_stored_are_refused(slicer):
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    with pytest.raises(TypeError, match="cannot store"):

        @parameterNodeWrapper
        class Parameters:
            anything: object


def test_parameters_follow_the_widgets_that_name_them(slicer, hello_path):
    from slicer.parameterNodeWrapper import parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        folder: Path
        share: float = 0.75
        volume: slicer.vtkMRMLScalarVolumeNode

    root = slicer.util.loadUI(str(hello_path.parent / "Resources" / "UI" / "Hello.ui"))
    root.setMRMLScene(slicer.mrmlScene)
    ui = slicer.util.childWidgetVariables(root)
    parameters = Parameters(slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode"))
    tag = parameters.connectGui(ui)
    assert ui.share.value == 0.75
    ui.share.value = 0.5
    ui.folder.setCurrentPath("a")
    assert (parameters.share, parameters.folder) == (0.5, Path("a"))
    volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    parameters.volume = volume
    assert ui.connected.currentNode() is volume
    parameters.disconnectGui(tag)
    ui.share.value = 0.1
    assert parameters.share == 0.5
