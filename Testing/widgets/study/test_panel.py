"""The Study panel: open, create, import beside the panel, settings in words, split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.widgets.study.recent import recent_studies


def column(table: Any, number: int) -> list[str]:
    return [table.item(row, number).text() for row in range(table.rowCount)]


def test_a_study_is_created_in_the_chosen_folder(panels: Any, answers: Any, tmp_path: Path, settings: Any) -> None:
    answers.folder = tmp_path / "My study"
    panels.study.ui.createButton.click()
    assert panels.session.study.name == "My study"
    assert panels.study.ui.studyStack.currentIndex == 1
    assert recent_studies(settings) == [(tmp_path / "My study").resolve()]


def test_an_existing_study_is_opened(panels: Any, answers: Any, study_folder: Path) -> None:
    answers.folder = study_folder
    panels.study.ui.openButton.click()
    assert column(panels.study.ui.caseTable, 0)[0] == "Case 0001 (simulated)"
    assert panels.study.ui.casesSummaryLabel.text == "6 cases: 0 of high quality, 0 of low quality, 6 not rated."


def test_a_folder_that_is_no_study_is_told_in_the_panel(panels: Any, answers: Any, tmp_path: Path) -> None:
    answers.folder = tmp_path
    panels.study.ui.openButton.click()
    assert panels.session.study is None
    assert "Problem: The study could not be opened." in panels.study.message.text


def test_a_cancelled_question_changes_nothing(panels: Any, answers: Any) -> None:
    answers.folder = None
    panels.study.ui.openButton.click()
    panels.study.ui.createButton.click()
    assert panels.session.study is None and panels.study.message.text == ""


def test_a_recent_study_opens_again(opened: Any) -> None:
    folder = opened.session.study.folder
    opened.study.ui.closeStudyButton.click()
    assert opened.session.study is None and opened.step == "Study"
    listed = opened.study.ui.recentList
    assert listed.count == 1
    listed.setCurrentRow(0)
    listed.itemActivated.emit(listed.item(0))
    assert opened.session.study.folder == folder


def test_exams_are_imported_beside_the_panel_and_shown(
    panels: Any, answers: Any, cohort: Path, tmp_path: Path, wait: Any
) -> None:
    panels.session.create(tmp_path / "New", name="New")
    panel = panels.study
    assert panel.ui.studyNextButton.text == "Import exams…"
    answers.folder = cohort
    panel.ui.importButton.click()
    assert panel.imports.task is not None and panel.ui.importBox.isVisible()
    assert not panel.ui.importButton.isEnabled()
    wait(lambda: not panel.imports.busy)
    assert panel.message.text == "Done: 6 exams were imported."
    assert panel.ui.caseTable.rowCount == 6
    assert not panel.ui.importBox.isVisible() and panel.ui.importButton.isEnabled()


def test_each_file_that_fails_has_a_readable_line(panels: Any, answers: Any, tmp_path: Path, wait: Any) -> None:
    exams = tmp_path / "exams" / "Broken"
    exams.mkdir(parents=True)
    (exams / "t2w.nii.gz").write_bytes(b"no image")
    panels.session.create(tmp_path / "New", name="New")
    panels.study.start_import(exams.parent)
    wait(lambda: not panels.study.imports.busy)
    told = panels.study.ui.importMessages.toPlainText()
    assert panels.study.ui.importMessages.isVisible()
    assert "Not imported: t2w.nii.gz" in told or "Not imported: Broken" in told


def test_an_import_can_be_cancelled_and_keeps_whole_exams(
    panels: Any, cohort: Path, tmp_path: Path, wait: Any
) -> None:
    panels.session.create(tmp_path / "New", name="New")
    panel = panels.study
    panel.start_import(cohort)
    wait(lambda: "Importing exam" in panel.ui.importTitleLabel.text)
    panel.ui.importCancelButton.click()
    wait(lambda: not panel.imports.busy)
    assert "stopped" in panel.message.text
    assert 1 <= len(panels.session.cases) < 6
    assert panels.session.study.verify() == []


def test_settings_change_the_rule_in_plain_words(opened: Any) -> None:
    ui = opened.study.ui
    ui.thresholdCombo.setCurrentIndex(1)
    assert opened.session.study.settings.quality_rule.threshold == 3
    assert "at least 3" in ui.ruleSentenceLabel.text
    ui.protocolCombo.setCurrentIndex(1)
    assert opened.session.study.settings.protocol == "mpmri"


def test_names_are_hidden_until_the_box_is_unchecked(opened: Any) -> None:
    assert "Simulated-0001" not in column(opened.study.ui.caseTable, 0)
    opened.study.ui.blindedCheck.click()
    assert "Simulated-0001" in column(opened.study.ui.caseTable, 0)


def test_a_split_by_patient_is_drawn_and_shown(opened: Any) -> None:
    ui = opened.study.ui
    ui.trainSpin.setValue(50)
    ui.validateSpin.setValue(30)
    assert ui.testValueLabel.text == "20"
    ui.splitButton.click()
    assert set(column(ui.caseTable, 3)) == {"Train", "Validate", "Held out"}
    assert "to train on" in ui.splitSentenceLabel.text


def test_the_shares_of_a_split_never_exceed_the_whole(opened: Any) -> None:
    ui = opened.study.ui
    ui.validateSpin.setValue(50)
    ui.trainSpin.setValue(80)
    assert ui.trainSpin.value + ui.validateSpin.value <= 100


def test_a_typed_name_becomes_the_reader_and_is_remembered(opened: Any, settings: Any) -> None:
    combo = opened.study.ui.readerCombo
    combo.setEditText("  Dr.   New ")
    combo.lineEdit().editingFinished.emit()
    assert opened.session.reader.name == "Dr. New"
    assert settings.value("QualityFinetune/Reader") == "Dr. New"


def test_the_next_step_is_always_named(rated: Any) -> None:
    button = rated.study.ui.studyNextButton
    assert button.text == "Review the outlines"
    button.click()
    assert rated.step == "Review"


def test_the_next_step_of_an_unrated_study_is_its_first_open_case(opened: Any) -> None:
    button = opened.study.ui.studyNextButton
    assert button.text == "Rate the next case"
    button.click()
    assert opened.step == "Rate" and opened.session.case_id == opened.session.cases[0].id


def test_without_a_reader_the_next_step_is_to_say_who_reads(panels: Any, study_folder: Path) -> None:
    panels.session.open(study_folder)
    assert panels.study.ui.studyNextButton.text == "Enter your name as reader first"


def test_a_double_click_opens_the_case(opened: Any) -> None:
    table = opened.study.ui.caseTable
    table.selectRow(3)
    table.cellDoubleClicked.emit(3, 0)
    assert opened.step == "Rate" and opened.session.case_id == opened.session.cases[3].id


def test_closing_the_module_ends_an_import(panels: Any, cohort: Path, tmp_path: Path) -> None:
    panels.session.create(tmp_path / "New", name="New")
    panels.study.start_import(cohort)
    task = panels.study.imports.task
    panels.cleanup()
    assert task.poll(lend_s=0)
