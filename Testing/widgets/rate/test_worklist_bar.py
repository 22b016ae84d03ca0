"""Going through a worklist: not rated, to repeat, to adjudicate."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.study.settings import RepeatPlan
from QualityFinetuneLib.workflow.rating import Rater
from QualityFinetuneLib.workflow.worklists import WORKLISTS

DIFFERING = ("t2w_snr", "t2w_structures")


def choose(rate: Any, name: str) -> None:
    rate.ui.worklistCombo.setCurrentIndex(WORKLISTS.index(name))  # type: ignore[arg-type]


def answer_all(rate: Any) -> None:
    for row in rate.form.rows.values():
        if not row.yes.isChecked():
            row.yes.click()


@pytest.fixture
def rate(rated: Any) -> Any:
    """The Rate panel of a study that Reader One has rated; half of the cases are due to be read again."""
    plan = RepeatPlan(share=0.5, after_days=0)
    rated.session.save_settings(rated.session.study.settings.model_copy(update={"repeats": plan}))
    rated.go_to("Rate")
    return rated.rate


@pytest.fixture
def disputed(rate: Any) -> Any:
    """A second reader differs on case 2; a third one is at the panel, on the list to adjudicate."""
    study = rate.session.study
    rater = Rater(study, study.readers.ensure("Reader Two"), study.cases.get(2))
    for item in rater.form.items(rater.protocol):
        rater.set(item.id, item.id not in DIFFERING)
    rater.save()
    rate.session.refresh()
    rate.session.read_as("Reader Three")
    choose(rate, "adjudicate")
    return rate


def test_the_lists_tell_how_many_cases_wait(rate: Any) -> None:
    combo = rate.ui.worklistCombo
    assert [combo.itemText(index) for index in range(combo.count)] == [
        "All cases (6)",
        "Not rated (0)",
        "To repeat (3)",
        "To adjudicate (0)",
    ]


def test_not_rated_cases_leave_the_list_one_by_one(rate: Any) -> None:
    rate.session.read_as("Reader Two")
    choose(rate, "not_rated")
    assert rate.ui.worklistCombo.currentText == "Not rated (6)"
    answer_all(rate)
    rate.ui.rateSaveButton.click()
    assert rate.ui.worklistCombo.currentText == "Not rated (5)"
    assert rate.ui.rateCaseCombo.currentText.endswith("(1 of 5)")


def test_a_repeat_shows_nothing_of_the_first_reading(rate: Any) -> None:
    choose(rate, "repeat")
    assert rate.ui.rateCaseCombo.currentText == "Repeat (1 of 3)"
    assert all(not row.yes.isChecked() for name, row in rate.form.rows.items() if row.item.part == "visual")
    assert not rate.ui.otherReadingsFrame.isVisible()
    assert rate.ui.rateSaveButton.text == "Save the repeat and next case"


def test_a_repeat_is_saved_beside_the_first_reading(rate: Any) -> None:
    choose(rate, "repeat")
    case_id = rate.session.case_id
    answer_all(rate)
    rate.ui.rateSaveButton.click()
    history = rate.session.study.readings.history(case_id)
    assert [(one.repeat, one.supersedes) for one in history] == [(0, None), (1, None)]
    assert rate.ui.worklistCombo.currentText == "To repeat (2)"
    assert rate.session.case_id != case_id


def test_when_every_repeat_is_read_it_says_so(rate: Any) -> None:
    choose(rate, "repeat")
    for _ in range(3):
        answer_all(rate)
        rate.ui.rateSaveButton.click()
    assert "No case is due to be read again." in rate.message.text
    assert not rate.ui.rateSaveButton.isEnabled() and not rate.ui.scoreCard.isVisible()


def test_only_what_differs_is_shown_marked_with_both_answers(disputed: Any) -> None:
    rows = disputed.form.rows
    assert disputed.session.case_id == 2
    assert {name for name, row in rows.items() if row.widget.isVisible()} == set(DIFFERING)
    assert rows["t2w_snr"].title.text.startswith("≠ ")
    assert "Reader One" in rows["t2w_snr"].note.text and "✗ No" in rows["t2w_snr"].note.text
    assert disputed.ui.decisionLabel.text == "2 items differ between Reader One, Reader Two."
    disputed.ui.agreedCheck.click()
    assert rows["dwi_snr"].widget.isVisible() and not rows["dwi_snr"].title.text.startswith("≠")
    assert rows["dwi_snr"].yes.isChecked()


def test_a_decision_is_saved_as_a_record_of_its_own(disputed: Any) -> None:
    disputed.ui.rateSaveButton.click()
    assert "not decided yet" in disputed.message.text
    for name in DIFFERING:
        disputed.form.rows[name].yes.click()
    disputed.decision._note_typed("Clear enough.")
    disputed.ui.rateSaveButton.click()
    study = disputed.session.study
    (saved,) = study.adjudications.all()
    assert (saved.case_id, saved.note, saved.exam_score) == (2, "Clear enough.", 3)
    assert len(study.readings.history(2)) == 2
    assert "No disagreement waits" in disputed.message.text


def test_back_on_all_cases_the_form_is_whole_again(disputed: Any) -> None:
    choose(disputed, "all")
    assert all(row.widget.isVisible() for row in disputed.form.rows.values())
    assert not any(row.title.text.startswith("≠") for row in disputed.form.rows.values())
    assert not disputed.ui.decisionFrame.isVisible()
    assert "Headers" in disputed.form.rows["t2w_slice_thickness"].note.text


def test_coming_for_a_case_that_is_not_on_the_list_shows_all_cases(rate: Any) -> None:
    choose(rate, "repeat")
    other = next(case.id for case in rate.session.cases if case.id not in rate.presenter.ids())
    rate.saving._go_to("Study")
    rate.session.show_case(other)
    rate.saving._go_to("Rate")
    assert rate.presenter.worklist == "all" and rate.session.case_id == other
