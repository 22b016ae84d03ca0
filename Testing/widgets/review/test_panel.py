"""The Review panel: verdicts, corrections with what they changed, and nothing drawn that gets lost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from QualityFinetuneLib.cases.reading import read_image
from QualityFinetuneLib.study.records import NewAnnotation


def add_draft(panels: Any, index: int, task: str = "gland") -> None:
    """A model's draft, as a prediction leaves it: the imported mask again, newer, and nothing else standing."""
    study, case = panels.session.study, panels.session.cases[index]
    standing = study.annotations.current(case.id, task)
    run = study.runs.create("predict", "Gland draft", {"task": task, "cases": []}, 0)
    path = run.folder / f"{case.slug}.nrrd"
    path.write_bytes(standing.path.read_bytes())
    study.annotations.add(
        NewAnnotation(
            case_id=case.id, task=task, origin=standing.origin, status="rejected", path=standing.path,
            source=standing.source, supersedes=standing.id,
        )
    )  # fmt: skip
    study.annotations.add(
        NewAnnotation(
            case_id=case.id, task=task, origin="model", status="draft", path=path, source="TAPS", run_id=run.id
        )
    )


@pytest.fixture
def review(opened: Any) -> Any:
    """Drafts on the first two cases."""
    add_draft(opened, 0)
    add_draft(opened, 1)
    opened.session.refresh()
    opened.go_to("Review")
    return opened.review


def paint(panels: Any, added_voxels: int = 40) -> None:
    """Add voxels to the first structure, as the painting tool does."""
    import slicer
    import vtk.util.numpy_support as support

    segmentation = panels.stage.segmentation.GetSegmentation()
    image = segmentation.GetNthSegment(0).GetRepresentation("Binary labelmap")
    voxels = support.vtk_to_numpy(image.GetPointData().GetScalars())
    empty = np.flatnonzero(voxels == 0)[:added_voxels]
    voxels[empty] = segmentation.GetNthSegment(0).GetLabelValue()
    image.Modified()
    segmentation.InvokeEvent(slicer.vtkSegmentation.SourceRepresentationModified)


def test_entering_shows_the_first_draft_over_the_images(opened: Any, review: Any) -> None:
    assert opened.session.case_id == opened.session.cases[0].id
    assert review.ui.annotationStatusLabel.text == "Prostate gland: Draft"
    assert "TAPS" in review.ui.annotationOriginLabel.text
    assert "Gland" in review.ui.annotationNumbersLabel.text and "ml" in review.ui.annotationNumbersLabel.text
    assert opened.stage.segmentation.GetDisplayNode().GetVisibility()


def test_accepting_records_the_verdict_and_brings_the_next_draft(opened: Any, review: Any) -> None:
    first, second = opened.session.cases[:2]
    review.ui.acceptButton.click()
    assert opened.session.study.annotations.current(first.id, "gland").status == "accepted"
    assert opened.session.case_id == second.id
    assert "Accepted." in review.message.text


def test_rejecting_keeps_it_in_the_history_only(opened: Any, review: Any) -> None:
    first = opened.session.cases[0]
    review.ui.rejectButton.click()
    assert opened.session.study.annotations.current(first.id, "gland") is None
    opened.session.show_case(first.id)
    assert "Rejected by Reader One." in review.ui.historyLabel.text


def test_after_the_last_draft_the_next_step_is_named(opened: Any, review: Any) -> None:
    review.ui.acceptButton.click()
    review.ui.acceptButton.click()
    assert "No further draft" in review.message.text
    assert review.ui.acceptButton.text == "Go on to Finetune"
    review.ui.acceptButton.click()
    assert opened.step == "Finetune"


def test_a_correction_is_saved_with_what_changed(opened: Any, review: Any) -> None:
    case = opened.session.cases[0]
    before = read_image(opened.session.study.annotations.current(case.id, "gland").path)
    review.ui.correctButton.click()
    assert review.editor.is_open and not review.keys.active
    paint(opened)
    assert review.ui.acceptButton.text == "Save correction"
    review.ui.acceptButton.click()
    saved = opened.session.study.annotations.current(case.id, "gland")
    assert saved.status == "corrected" and saved.changes["added_ml"] > 0
    assert read_image(saved.path).GetSize() == before.GetSize()
    assert "ml added" in review.message.text
    assert not review.editor.is_open and review.keys.active


def test_a_case_with_an_unsaved_change_is_held(opened: Any, review: Any) -> None:
    review.ui.correctButton.click()
    paint(opened)
    case_id = opened.session.case_id
    opened.session.show_case(opened.session.cases[2].id)
    assert opened.session.case_id == case_id
    assert "not saved" in review.message.text
    opened.go_to("Rate")
    opened.rate.ui.rateNextButton.click()
    assert opened.session.case_id == case_id
    opened.go_to("Study")
    opened.study.ui.closeStudyButton.click()
    assert opened.session.study is not None
    opened.go_to("Review")
    assert review.ui.acceptButton.text == "Save correction"


def test_rating_does_not_show_what_was_drawn(opened: Any, review: Any) -> None:
    display = opened.stage.segmentation.GetDisplayNode()
    opened.go_to("Rate")
    assert not display.GetVisibility()
    opened.go_to("Review")
    assert opened.stage.segmentation.GetDisplayNode().GetVisibility()


def test_a_change_can_be_discarded(opened: Any, review: Any) -> None:
    case = opened.session.cases[0]
    review.ui.correctButton.click()
    paint(opened)
    assert review.ui.rejectButton.text == "Discard my change"
    review.ui.rejectButton.click()
    assert opened.session.study.annotations.current(case.id, "gland").status == "draft"
    assert review.ui.acceptButton.text == "Accept and next case"
    opened.session.show_case(opened.session.cases[2].id)
    assert opened.session.case_id == opened.session.cases[2].id


def test_the_editing_tools_have_a_node_of_their_own_set_before_the_scene(opened: Any, review: Any) -> None:
    review.ui.correctButton.click()
    names = [name for name, _arguments in review.editor.widget.calls]
    assert names.index("setMRMLSegmentEditorNode") < names.index("setMRMLScene")
    assert review.editor.node.GetSingletonTag() == "QualityFinetuneSegmentEditor"
    assert "installKeyboardShortcuts" in names and "setupViewObservations" in names


def test_leaving_puts_the_tools_down(opened: Any, review: Any) -> None:
    review.ui.correctButton.click()
    opened.go_to("Results")
    names = [name for name, _arguments in review.editor.widget.calls]
    assert {"setActiveEffect", "uninstallKeyboardShortcuts", "removeViewObservations"} <= set(names)
    assert not review.editor.is_open


def test_a_case_without_a_segmentation_can_be_drawn(opened: Any, review: Any) -> None:
    review.ui.rejectButton.click()
    case = opened.session.cases[0]
    opened.session.show_case(case.id)
    assert review.ui.drawButton.isVisible()
    review.ui.drawButton.click()
    assert review.editor.is_open and opened.stage.segmentation is not None
    draw_box(opened)
    review.ui.acceptButton.click()
    drawn = opened.session.study.annotations.current(case.id, "gland")
    assert drawn is not None and drawn.origin == "reader" and drawn.status == "accepted", review.message.text


def draw_box(panels: Any) -> None:
    """Fill a box of the first structure."""
    import slicer

    node = panels.stage.segmentation
    segment = node.GetSegmentation().GetNthSegmentID(0)
    t2w = slicer.util.arrayFromVolume(panels.stage.t2w)
    box = np.zeros(t2w.shape, np.uint8)
    box[4:8, 30:60, 30:60] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(box, node, segment, panels.stage.t2w)


def test_versions_can_be_compared(opened: Any) -> None:
    study, case = opened.session.study, opened.session.cases[0]
    standing = study.annotations.current(case.id, "gland")
    run = study.runs.create("predict", "Again", {"task": "gland", "cases": []}, 0)
    path = run.folder / "again.nrrd"
    path.write_bytes(standing.path.read_bytes())
    study.annotations.add(
        NewAnnotation(case_id=case.id, task="gland", origin="model", status="draft", path=path, source="New model",
                      run_id=run.id)
    )  # fmt: skip
    opened.session.show_case(case.id)
    opened.go_to("Review")
    ui = opened.review.ui
    assert ui.versionFrame.isVisible() and ui.versionCombo.count == 2
    assert "New model" in ui.annotationOriginLabel.text
    ui.versionCombo.setCurrentIndex(1)
    assert "Imported" in ui.annotationOriginLabel.text
    ui.versionCombo.setCurrentIndex(0)
    ui.acceptButton.click()
    assert study.annotations.current(case.id, "gland").run_id == run.id


def test_another_task_shows_its_own_structures(opened: Any, review: Any) -> None:
    review.ui.reviewTaskCombo.setCurrentIndex([task.name for task in review.presenter.tasks].index("zones"))
    assert review.ui.annotationStatusLabel.text.startswith("Peripheral and transition zone")
    assert opened.stage.segmentation.GetSegmentation().GetNumberOfSegments() == 2


def test_outline_and_fill_are_the_readers_choice(opened: Any, review: Any) -> None:
    display = opened.stage.segmentation.GetDisplayNode()
    review.ui.fillSlider.setValue(60)
    assert display.GetOpacity2DFill() == pytest.approx(0.6)
    review.ui.visibleCheck.click()
    assert not display.GetVisibility()


def test_without_a_reader_no_verdict_is_saved(opened: Any, review: Any) -> None:
    opened.session.read_as("")
    review.ui.acceptButton.click()
    assert "nobody is named" in review.message.text


def test_closing_the_scene_while_editing_is_survived(opened: Any, review: Any, desktop: SimpleNamespace) -> None:
    review.ui.correctButton.click()
    opened.scene_closing()
    desktop.slicer.mrmlScene.Clear(False)
    opened.scene_closed()
    assert not review.editor.is_open
    review.ui.correctButton.click()
    assert review.editor.is_open
    assert desktop.slicer.mrmlScene.IsNodePresent(review.editor.node)


def test_cleanup_removes_every_observer(opened: Any, review: Any) -> None:
    segmentation = opened.stage.segmentation.GetSegmentation()
    review.ui.correctButton.click()
    assert segmentation.HasObserver(segmentation.SourceRepresentationModified)
    review.cleanup()
    assert review.editing.observed == []


def test_from_an_older_version_the_button_leads_to_the_draft_of_the_same_case(opened: Any) -> None:
    study, case = opened.session.study, opened.session.cases[0]
    standing = study.annotations.current(case.id, "gland")
    run = study.runs.create("predict", "Again", {"task": "gland", "cases": []}, 0)
    path = run.folder / "again.nrrd"
    path.write_bytes(standing.path.read_bytes())
    opened.session.show_case(case.id)
    opened.go_to("Review")
    opened.review.show_task("gland")
    study.annotations.add(
        NewAnnotation(case_id=case.id, task="gland", origin="model", status="draft", path=path, source="New model",
                      run_id=run.id)
    )  # fmt: skip
    opened.session.refresh()
    assert opened.review.ui.acceptButton.text == "Next draft"
    opened.review.ui.acceptButton.click()
    assert "New model" in opened.review.ui.annotationOriginLabel.text
    assert opened.review.ui.acceptButton.text == "Accept and next case"


def test_answers_of_models_that_wait_are_counted_with_the_drafts(opened: Any) -> None:
    from QualityFinetuneLib.study.records import NewAnswer
    from QualityFinetuneLib.widgets.step_words import step_texts

    opened.session.study.answers.add(
        NewAnswer(case_id=1, task="pi_rads", origin="model", status="draft", values={"grade": 4.0})
    )
    opened.session.refresh()
    assert step_texts(opened.session, opened.monitor.progress)["Review"] == "3 Review\n1 draft"
    opened.session.show_case(None)
    opened.go_to("Review")
    assert opened.review.presenter.task.name == "pi_rads", "what waits comes into view by itself"
