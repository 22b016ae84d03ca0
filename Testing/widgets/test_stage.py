"""The images in the views."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.cases.tasks import load_task

FOUR_UP = 3
"""The number that Slicer gives its usual layout."""


@pytest.fixture
def stage(desktop: SimpleNamespace) -> Any:
    from harness.slicer_app import reset_scene
    from QualityFinetuneLib.widgets.stage import Stage

    made = Stage(desktop.slicer.mrmlScene, layout_manager=desktop.app.layoutManager())
    yield made
    made.clear()
    reset_scene()


def background(desktop: SimpleNamespace, view: str) -> str:
    composite = desktop.app.layoutManager().sliceWidget(view).mrmlSliceCompositeNode()
    return desktop.slicer.mrmlScene.GetNodeByID(composite.GetBackgroundVolumeID()).GetName()


def test_t2w_is_large_and_diffusion_beside_it(stage: Any, study: Any, desktop: SimpleNamespace) -> None:
    stage.show_case(study, study.cases.all()[0], arrangement="diffusion")
    shown = {view: background(desktop, view) for view in ("Red", "Yellow", "Green")}
    assert "T2w" in shown["Red"] and "ADC" in shown["Yellow"] and "High b" in shown["Green"]


def test_another_case_takes_the_first_one_out_of_the_scene(stage: Any, study: Any) -> None:
    first, second = study.cases.all()[:2]
    stage.show_case(study, first, arrangement="diffusion")
    node = stage.t2w
    stage.show_case(study, second, arrangement="diffusion")
    assert not stage.scene.IsNodePresent(node) and stage.shown.case_id == second.id


def test_nodes_of_the_user_stay(stage: Any, study: Any) -> None:
    own = stage.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "Mine")
    stage.show_case(study, study.cases.all()[0], arrangement="diffusion")
    stage.clear()
    assert stage.scene.IsNodePresent(own)
    stage.scene.RemoveNode(own)


def test_the_same_case_again_keeps_where_the_reader_stands(stage: Any, study: Any) -> None:
    case = study.cases.all()[0]
    stage.show_case(study, case, arrangement="diffusion")
    node = stage._slice_node("Red")
    node.SetSliceOffset(node.GetSliceOffset() + 3)
    before = stage.positions()
    stage.show_case(study, case, arrangement="diffusion")
    assert stage.positions() == before


def test_what_is_saved_is_what_was_loaded(stage: Any, study: Any, tmp_path: Path) -> None:
    import SimpleITK as sitk

    case, task = study.cases.all()[0], load_task("zones")
    annotation = study.annotations.current(case.id, "zones")
    stage.show_case(study, case, arrangement="diffusion")
    stage.show_annotation(study, annotation, task)
    stage.save_annotation(tmp_path / "zones.nrrd", task)
    before, after = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(p))) for p in (annotation.path, tmp_path / "zones.nrrd")
    )
    assert (before == after).all() and not stage.is_changed(task)


def test_a_picture_of_the_segmentation_is_written(stage: Any, study: Any, tmp_path: Path) -> None:
    case = study.cases.all()[0]
    stage.show_case(study, case, arrangement="diffusion")
    stage.show_annotation(study, study.annotations.current(case.id, "gland"), load_task("gland"))
    stage.save_picture(tmp_path / "gland.png", size_px=(200, 200))
    assert (tmp_path / "gland.png").read_bytes().startswith(b"\x89PNG")


def test_it_works_without_a_window(desktop: SimpleNamespace, study: Any) -> None:
    from harness.slicer_app import reset_scene
    from QualityFinetuneLib.widgets.stage import Stage

    stage = Stage(desktop.slicer.mrmlScene, layout_manager=None)
    stage.enter()
    stage.show_case(study, study.cases.all()[0], arrangement="diffusion")
    assert stage.t2w is not None and stage.positions() == ()
    stage.exit()
    stage.clear()
    reset_scene()


def test_a_map_lies_over_the_t2w_alone_and_not_while_quality_is_rated(stage: Any, study: Any, desktop: Any) -> None:
    case = study.cases.all()[0]
    path = study.cases.series(case.id)[0].path
    stage.show_case(study, case, arrangement="diffusion")
    stage.show_map(case, path, title="Uncertainty")
    views = {
        name: desktop.app.layoutManager().sliceWidget(name).mrmlSliceCompositeNode()
        for name in ("Red", "Yellow", "Green")
    }
    shown = {name: bool(node.GetForegroundVolumeID()) for name, node in views.items()}
    assert shown == {"Red": True, "Yellow": False, "Green": False}
    stage.veil(True)
    assert not views["Red"].GetForegroundVolumeID()
    stage.veil(False)
    assert views["Red"].GetForegroundOpacity() > 0
    node = stage._map
    stage.show_map(case, None, title="")
    assert not views["Red"].GetForegroundVolumeID() and not stage.scene.IsNodePresent(node)


def _plane(stage: Any, view: str) -> list[float]:
    matrix = stage._slice_node(view).GetSliceToRAS()
    return [matrix.GetElement(row, column) for row in range(3) for column in range(3)]


def test_coming_back_from_another_module_turns_the_views_again(
    stage: Any, study: Any, desktop: SimpleNamespace
) -> None:
    desktop.app.layoutManager().setLayout(FOUR_UP)  # whatever the test before this one left
    case = study.cases.all()[0]
    before = stage._slice_node("Yellow").GetOrientation()
    stage.enter()
    stage.show_case(study, case, arrangement="diffusion")
    turned = _plane(stage, "Yellow")
    stage.exit()
    assert stage._slice_node("Yellow").GetOrientation() == before
    stage.enter()
    stage.show_case(study, case, arrangement="diffusion")
    assert _plane(stage, "Yellow") == pytest.approx(turned)
    stage.exit()


def test_a_view_that_gets_its_shape_late_shows_as_much(stage: Any, study: Any, desktop: SimpleNamespace) -> None:
    logic = desktop.app.layoutManager().sliceWidget("Red").sliceLogic()
    stage.enter()
    stage.show_case(study, study.cases.all()[0], arrangement="diffusion")
    wanted = min(logic.GetSliceNode().GetFieldOfView()[:2])
    logic.ResizeSliceNode(256, 768)
    assert min(logic.GetSliceNode().GetFieldOfView()[:2]) < wanted / 2
    stage.settle()
    assert min(logic.GetSliceNode().GetFieldOfView()[:2]) == pytest.approx(wanted)
    logic.GetSliceNode().SetSliceOffset(logic.GetSliceNode().GetSliceOffset() + 3)
    before = stage.positions()
    stage.settle()
    assert stage.positions() == before
    logic.ResizeSliceNode(512, 512)
    stage.exit()
