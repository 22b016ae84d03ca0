"""The five steps together: stepping, header, what closes with the module."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from QualityFinetuneLib.common.errors import ErrorCode, UserError


def test_without_a_study_only_the_first_step_is_open(panels: Any) -> None:
    assert panels.ui.stepStudyButton.isEnabled()
    assert not any(
        button.isEnabled()
        for button in (
            panels.ui.stepRateButton,
            panels.ui.stepReviewButton,
            panels.ui.stepFinetuneButton,
            panels.ui.stepResultsButton,
        )
    )
    assert panels.ui.studyNameLabel.text == "No study is open"


def test_an_open_study_is_named_with_its_reader_and_its_progress(opened: Any) -> None:
    assert opened.ui.studyNameLabel.text == "Pilot"
    assert opened.ui.readerNameLabel.text == "Reader: Reader One"
    assert opened.ui.stepStudyButton.text == "1 Study\n6 cases"
    assert opened.ui.stepRateButton.text == "2 Rate\n0 of 6"


def test_a_click_on_a_step_shows_its_panel(opened: Any) -> None:
    for number, step in enumerate(("Study", "Rate", "Review", "Finetune", "Results")):
        getattr(opened.ui, f"step{step}Button").click()
        assert opened.step == step
        assert opened.ui.panelStack.currentIndex == number


def test_only_the_shown_panel_listens_to_keys(opened: Any) -> None:
    opened.go_to("Rate")
    assert opened.rate.keys.active and not opened.review.keys.active
    opened.go_to("Review")
    assert opened.review.keys.active and not opened.rate.keys.active
    opened.exit()
    assert not opened.rate.keys.active and not opened.review.keys.active


def test_a_failure_is_told_in_the_step_that_is_shown(opened: Any) -> None:
    opened.go_to("Finetune")
    opened.session.failed.emit(UserError(ErrorCode.INTERNAL, what="It broke.", why="A cable.", next="Plug it in."))
    assert opened.finetune.message.text == "Problem: It broke. A cable. Plug it in."


def test_closing_the_scene_keeps_the_study_and_shows_the_case_again(opened: Any, desktop: SimpleNamespace) -> None:
    opened.go_to("Rate")
    assert opened.stage.t2w is not None
    desktop.slicer.mrmlScene.Clear(False)
    opened.scene_closed()
    assert opened.session.study is not None
    assert opened.stage.t2w is not None and desktop.slicer.mrmlScene.IsNodePresent(opened.stage.t2w)


def test_cleanup_closes_engine_study_and_scene_and_may_come_twice(
    opened: Any, engine: Any, desktop: SimpleNamespace
) -> None:
    opened.go_to("Results")
    opened.results.presenter.choose_task("gland")
    opened.monitor.start(opened.session.study, opened.results.presenter.prepare_predict([0]))
    opened.cleanup()
    assert engine.closed == 1
    assert opened.session.study is None
    assert opened.stage.shown is None
    opened.cleanup()
    assert engine.closed == 1


class _Standby:
    """Notes what a worker that stands by is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def prepare(self, python: Path | None) -> None:
        self.told.append(("prepare", python))

    def close(self) -> None:
        self.told.append("close")


def test_a_worker_stands_by_where_it_may_be_needed_and_ends_with_the_study(opened: Any) -> None:
    opened.standby = standby = _Standby()
    opened.go_to("Rate")
    assert standby.told == []
    opened.go_to("Finetune")
    assert standby.told == [("prepare", opened.session.study.settings.engine_python)]
    opened.session.close()
    assert standby.told[1:] == ["close"]
    opened.cleanup()
    assert standby.told[2:] == ["close"]


def test_a_study_with_a_run_going_on_stays_open(opened: Any, engine: Any) -> None:
    opened.results.presenter.choose_task("gland")
    opened.monitor.start(opened.session.study, opened.results.presenter.prepare_predict([0]))
    opened.study.ui.closeStudyButton.click()
    assert opened.session.study is not None
    assert "One of its runs is going on." in opened.study.message.text
    opened.monitor.cancel()
    opened.monitor.poll()
    opened.study.ui.closeStudyButton.click()
    assert opened.session.study is None


def test_the_layout_is_given_back_on_leaving(opened: Any, desktop: SimpleNamespace) -> None:
    manager = desktop.app.layoutManager()
    opened.exit()
    manager.setLayout(desktop.slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    before = manager.layout
    opened.enter()
    assert manager.layout != before
    opened.exit()
    assert manager.layout == before


def test_the_shortcut_sheet_lists_the_keys_of_rating_and_reviewing(opened: Any) -> None:
    opened.go_to("Rate")
    opened.ui.shortcutsButton.click()
    table = opened.sheet.ui.shortcutsTable
    keys = {table.item(row, 0).text() for row in range(table.rowCount)}
    assert {"A", "Ctrl+Return", "X"} <= keys


def test_every_input_has_a_name_for_screen_readers(opened: Any, desktop: SimpleNamespace) -> None:
    opened.go_to("Rate")
    qt = desktop.qt
    kinds = (qt.QAbstractButton, qt.QComboBox, qt.QAbstractSpinBox, qt.QLineEdit, qt.QTableWidget, qt.QSlider)
    inner = {"qt_spinbox_lineedit"}
    unnamed = [
        widget.objectName or widget.className()
        for widget in desktop.slicer.util.findChildren(opened.widget)
        if isinstance(widget, kinds)
        and not widget.accessibleName
        and widget.objectName not in inner
        and not isinstance(widget.parent(), qt.QComboBox | qt.QTableWidget)
        and not (isinstance(widget, qt.QAbstractButton) and widget.text)
    ]
    assert unnamed == []


def test_every_label_that_names_an_input_points_to_it(opened: Any, desktop: SimpleNamespace) -> None:
    labels = [
        widget
        for widget in desktop.slicer.util.findChildren(opened.widget)
        if isinstance(widget, desktop.qt.QLabel) and "&" in widget.text
    ]
    assert len(labels) > 10
    assert [label.objectName for label in labels if label.buddy() is None] == []


def test_no_panel_is_wider_than_slicer_gives_it(opened: Any) -> None:
    for step in ("Study", "Rate", "Review", "Finetune", "Results"):
        opened.go_to(step)
        assert opened.by_step[step].widget.minimumSizeHint.width() <= 450, step


def test_an_interrupted_run_is_closed_when_its_study_is_opened(panels: Any, study_folder: Path) -> None:
    from QualityFinetuneLib.study.study import Study
    from QualityFinetuneLib.workflow.predicting import prepare_predict

    with Study.open(study_folder) as study:
        run = prepare_predict(study, "taps_gland", study.cases.all()[:1]).run
        study.runs.start(run.id, {"engine_pid": "999999999"})
        (run.folder / "events.jsonl").write_text(
            '{"event":"started","kind":"predict","pid":999999999,"device":"CPU","versions":{}}\n'
        )
    panels.session.open(study_folder)
    assert panels.session.study.runs.get(run.id).status == "failed"
