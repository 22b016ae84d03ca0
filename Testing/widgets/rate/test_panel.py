"""The Rate panel: buttons, keys, live score, saving, and what is not shown before a reader has committed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

VISUAL = ("t2w_snr", "t2w_structures", "t2w_artefacts", "t2w_second_plane",
          "dwi_snr", "dwi_zones", "dwi_artefacts", "dwi_match")  # fmt: skip


@pytest.fixture
def rate(opened: Any) -> Any:
    opened.go_to("Rate")
    return opened.rate


def answer_all(rate: Any, value: bool = True) -> None:
    for row in rate.form.rows.values():
        button = row.yes if value else row.no
        if not button.isChecked():
            button.click()


def press(panels: Any, desktop: SimpleNamespace, key: str) -> None:
    """What the operating system's key would do, told to the shortcut itself."""
    for binding in panels.rate.keys.bindings:
        if binding.key == key:
            binding.action()
            return
    raise AssertionError(f"no key {key}")


def test_entering_shows_the_first_open_case_with_its_images(opened: Any, rate: Any) -> None:
    assert opened.session.case_id == opened.session.cases[0].id
    assert opened.stage.t2w is not None
    assert rate.ui.rateCaseCombo.currentText.startswith("Case 0001")


def test_technical_items_are_answered_from_the_headers_in_words(rate: Any) -> None:
    row = rate.form.rows["t2w_slice_thickness"]
    assert row.yes.isChecked() and row.yes.text == "✓ Yes"
    assert "requirement met" in row.note.text
    row.no.click()
    assert row.no.text == "✗ No" and "Changed by you." in row.note.text


def test_items_with_unverified_wording_carry_a_star_and_a_notice(rate: Any) -> None:
    assert rate.form.rows["t2w_artefacts"].title.text.endswith("*")
    assert not rate.form.rows["t2w_snr"].title.text.endswith("*")
    assert "Check the wording" in rate.ui.wordingLabel.text


def test_the_score_follows_each_answer(rate: Any) -> None:
    assert rate.ui.scoreLabel.text == "PI-QUAL v2: –"
    answer_all(rate)
    assert rate.ui.scoreLabel.text == "PI-QUAL v2: 3 (optimal)"
    assert rate.ui.scoreRuleLabel.text == "▲ High quality by this study's rule."
    rate.form.rows["t2w_snr"].no.click()
    rate.form.rows["t2w_structures"].no.click()
    assert rate.ui.scoreLabel.text == "PI-QUAL v2: 1 (inadequate)"
    assert "Low quality" in rate.ui.scoreRuleLabel.text


def test_the_reasons_are_shown_on_request(rate: Any) -> None:
    answer_all(rate)
    assert not rate.ui.scoreReasonsLabel.isVisible()
    rate.ui.reasonsButton.click()
    assert rate.ui.scoreReasonsLabel.isVisible() and "T2W" in rate.ui.scoreReasonsLabel.text


def test_a_second_click_takes_an_answer_back(rate: Any) -> None:
    row = rate.form.rows["t2w_snr"]
    row.yes.click()
    row.yes.click()
    assert rate.presenter.value("t2w_snr") is None and row.yes.text == "Yes"


def test_a_key_answers_yes_then_no(opened: Any, rate: Any, desktop: SimpleNamespace) -> None:
    press(opened, desktop, "A")
    assert rate.presenter.value("t2w_snr") is True
    press(opened, desktop, "A")
    assert rate.presenter.value("t2w_snr") is False


def test_an_incomplete_reading_is_not_saved_and_says_what_is_open(opened: Any, rate: Any) -> None:
    rate.ui.rateSaveButton.click()
    assert "was not saved" in rate.message.text
    assert opened.session.study.readings.all_latest() == []


def test_saving_keeps_the_reading_and_shows_the_next_case(opened: Any, rate: Any) -> None:
    answer_all(rate)
    rate.ui.rateSaveButton.click()
    (reading,) = opened.session.study.readings.all_latest()
    assert reading.exam_score == 3 and reading.case_id == opened.session.cases[0].id
    assert opened.session.case_id == opened.session.cases[1].id
    assert "Saved: score 3" in rate.message.text
    assert opened.ui.stepRateButton.text == "2 Rate\n1 of 6"
    assert rate.presenter.value("t2w_snr") is None


def test_unsaved_answers_outlive_a_look_at_another_case(opened: Any, rate: Any) -> None:
    rate.form.rows["t2w_snr"].yes.click()
    rate.ui.rateNextButton.click()
    assert rate.presenter.value("t2w_snr") is None
    rate.ui.ratePreviousButton.click()
    assert rate.presenter.value("t2w_snr") is True
    opened.go_to("Study")
    opened.go_to("Rate")
    assert rate.form.rows["t2w_snr"].yes.isChecked()


def test_readings_of_others_stay_hidden_until_the_own_one_is_saved(rated: Any) -> None:
    rated.session.read_as("Reader Two")
    rated.session.show_case(rated.session.cases[1].id)
    rated.go_to("Rate")
    assert not rated.rate.ui.otherReadingsFrame.isVisible()
    answer_all(rated.rate)
    rated.rate.ui.rateSaveButton.click()
    rated.session.show_case(rated.session.cases[1].id)
    assert rated.rate.ui.otherReadingsFrame.isVisible()
    assert "Reader One" in rated.rate.ui.otherReadingsLabel.text


def test_when_all_is_rated_the_button_leads_on(rated: Any) -> None:
    rated.go_to("Rate")
    assert rated.rate.ui.rateSaveButton.text == "Go on to Review"
    rated.rate.ui.rateSaveButton.click()
    assert rated.step == "Review"


def test_a_changed_mind_is_saved_as_a_new_reading(rated: Any) -> None:
    rated.go_to("Rate")
    rated.rate.form.rows["t2w_artefacts"].no.click()
    assert rated.rate.ui.rateSaveButton.text == "Save as a new reading"
    case_id = rated.session.case_id
    rated.rate.ui.rateSaveButton.click()
    history = rated.session.study.readings.history(case_id)
    assert len(history) == 2 and history[1].supersedes == history[0].id


def test_without_a_reader_nothing_can_be_rated(panels: Any, study_folder: Any) -> None:
    panels.session.open(study_folder)
    panels.go_to("Rate")
    assert "Who is reading?" in panels.rate.message.text
    assert not panels.rate.ui.rateSaveButton.isEnabled()


def test_time_runs_only_while_the_panel_is_shown(opened: Any, rate: Any) -> None:
    rater = rate.presenter.filling
    assert not rater.timer.paused
    opened.go_to("Study")
    assert rater.timer.paused
    opened.go_to("Rate")
    assert not rate.presenter.filling.timer.paused


def test_scrolling_counts_as_being_there(opened: Any, rate: Any, desktop: SimpleNamespace) -> None:
    touched = []
    rate.presenter.touch = lambda: touched.append(True)
    rate.clock.tick()
    touched.clear()
    rate.clock.tick()
    assert touched == []
    node = desktop.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    node.SetSliceOffset(node.GetSliceOffset() + 3)
    rate.clock.tick()
    assert touched == [True]


def test_another_arrangement_shows_other_series(opened: Any, rate: Any, desktop: SimpleNamespace) -> None:
    composite = desktop.app.layoutManager().sliceWidget("Red").mrmlSliceCompositeNode()
    before = composite.GetBackgroundVolumeID()
    names = [name for _text, name in opened.stage.arrangements(opened.session.study, opened.session.case)]
    rate.ui.rateViewCombo.setCurrentIndex(names.index("adc"))
    assert composite.GetBackgroundVolumeID() != before


def test_a_multiparametric_study_asks_for_contrast(opened: Any, rate: Any) -> None:
    assert not any(name.startswith("dce") for name in rate.form.rows)
    opened.session.save_settings(opened.session.study.settings.model_copy(update={"protocol": "mpmri"}))
    assert any(name.startswith("dce") for name in rate.form.rows)
