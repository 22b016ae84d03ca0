"""Answering for the whole exam in the panel: blind first, by keys, with the model's answer to accept or correct."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.study.records import NewAnswer


def press(panel: Any, key: str) -> None:
    """What a key of the panel does."""
    (action,) = [binding.action for binding in panel.keys.bindings if binding.key == key]
    action()


def answers_of(panel: Any, index: int = 0, task: str = "pi_rads") -> list[Any]:
    session = panel.session
    return list(session.study.answers.history(session.cases[index].id, task))


def test_a_question_shows_its_choices_and_no_mask(asked: Any) -> None:
    ui = asked.ui
    assert ui.answerFrame.isVisible() and not ui.maskFrame.isVisible()
    assert [row.button.text for row in asked.answers.view.rows] == [f"PI-RADS {grade}" for grade in (2, 3, 4, 5)]
    assert not ui.acceptButton.isEnabled() and ui.acceptButton.text == "Choose an answer first"
    assert asked._stage.segmentation is None
    asked.show_task("gland")
    assert ui.maskFrame.isVisible() and not ui.answerFrame.isVisible()


def test_digits_answer_and_a_saves_and_brings_the_next_case(asked: Any) -> None:
    session = asked.session
    press(asked, "4")
    assert asked.answers.view.rows[2].button.text == "✓ PI-RADS 4"
    assert asked.ui.acceptButton.text == "Save and next case"
    press(asked, "A")
    (saved,) = answers_of(asked)
    assert (saved.values, saved.reader_id) == ({"grade": 4.0}, session.reader.id)
    assert session.case_id == session.cases[1].id and "Saved." in asked.message.text
    assert asked.answers.presenter.empty
    press(asked, "Ctrl+PgUp")
    assert asked.ui.acceptButton.text == "Next open case" and "✓" in asked.ui.reviewCaseCombo.currentText


def test_taking_an_answer_back_leaves_nothing_to_save(asked: Any) -> None:
    press(asked, "4")
    asked.answers.view.rows[2].button.click()
    assert asked.answers.presenter.empty and not asked.ui.acceptButton.isEnabled()
    asked.answers.primary()
    assert answers_of(asked) == []


def test_the_models_answer_is_hidden_until_the_reader_has_answered(asked: Any, draft: Any) -> None:
    draft(0, 4)
    asked.session.refresh()
    ui = asked.ui
    assert ui.modelAnswerCard.isVisible() and "PI-RADS 4" not in ui.modelAnswerLabel.text
    assert ui.revealButton.isVisible() and not ui.rejectButton.isEnabled() and not ui.historyLabel.isVisible()
    press(asked, "3")
    press(asked, "A")
    assert "You said PI-RADS 3, the model PI-RADS 4." in asked.message.text
    assert answers_of(asked)[-1].run_id is None, "it was given blind"
    asked.session.show_case(asked.session.cases[0].id)
    assert "The model says: PI-RADS 4" in ui.modelAnswerLabel.text
    assert "PI-RADS 4: 80 %, PI-RADS 3: 20 %" in ui.modelAnswerLabel.text
    assert "Reader One" in ui.historyLabel.text


def test_shown_at_once_it_can_be_accepted(asked: Any, draft: Any) -> None:
    draft(0, 4)
    asked.session.refresh()
    press(asked, "S")
    assert "PI-RADS 4" in asked.ui.modelAnswerLabel.text and not asked.ui.revealButton.isVisible()
    assert asked.ui.acceptButton.text == "Accept and next case"
    press(asked, "A")
    assert [(one.origin, one.status) for one in answers_of(asked)] == [("model", "draft"), ("model", "accepted")]
    assert "Accepted." in asked.message.text


def test_shown_at_once_it_can_be_corrected_or_rejected(asked: Any, draft: Any) -> None:
    first, second = draft(0, 4), draft(1, 5)
    asked.session.refresh()
    asked.ui.revealButton.click()
    press(asked, "2")
    press(asked, "A")
    corrected = answers_of(asked)[-1]
    assert (corrected.status, corrected.supersedes, corrected.run_id) == ("corrected", first.id, first.run_id)
    press(asked, "S")
    press(asked, "X")
    assert answers_of(asked, 1)[-1].status == "rejected" and "rejected" in asked.message.text
    assert asked.session.case_id == second.case_id, "the reader's own answer is still asked for"
    press(asked, "3")
    press(asked, "A")
    assert answers_of(asked, 1)[-1].run_id == second.run_id, "made knowing the model's"


def test_other_readers_and_tables_are_hidden_until_then_as_well(asked: Any) -> None:
    study, case = asked.session.study, asked.session.cases[0]
    other = study.readers.ensure("Reader Two")
    study.answers.add(NewAnswer(case_id=case.id, task="pi_rads", origin="reader", status="accepted",
                                values={"grade": 5.0}, reader_id=other.id))  # fmt: skip
    study.answers.add(NewAnswer(case_id=case.id, task="pi_rads", origin="imported", status="accepted",
                                values={"grade": 2.0}, source=f"{case.name}.csv"))  # fmt: skip
    asked.session.refresh()
    assert not asked.ui.otherAnswersFrame.isVisible() and not asked.ui.historyLabel.isVisible()
    press(asked, "3")
    press(asked, "A")
    asked.session.show_case(case.id)
    assert "Reader Two: PI-RADS 5" in asked.ui.otherAnswersLabel.text
    assert "Imported from" in asked.ui.otherAnswersLabel.text
    assert case.name not in asked.ui.otherAnswersLabel.text + asked.ui.historyLabel.text, "the study is blinded"


def test_an_assisted_study_shows_everything_at_once(asked: Any, draft: Any) -> None:
    draft(0, 4)
    settings = asked.session.study.settings
    asked.session.save_settings(settings.model_copy(update={"assisted": True}))
    assert "PI-RADS 4" in asked.ui.modelAnswerLabel.text
    press(asked, "A")
    assert answers_of(asked)[-1].status == "accepted"


def test_an_answer_can_be_changed_and_the_first_one_stays_in_the_history(asked: Any) -> None:
    press(asked, "3")
    press(asked, "A")
    asked.session.show_case(asked.session.cases[0].id)
    press(asked, "5")
    assert asked.ui.acceptButton.text == "Save as a new answer"
    press(asked, "A")
    first, second = answers_of(asked)
    assert second.supersedes == first.id and second.values == {"grade": 5.0}
    asked.session.show_case(asked.session.cases[0].id)
    assert "PI-RADS 5. Reader One, in place of 1" in asked.ui.historyLabel.text


def test_an_unsaved_answer_outlives_looking_at_another_case_and_belongs_to_its_reader(asked: Any) -> None:
    session = asked.session
    press(asked, "3")
    session.show_case(session.cases[1].id)
    assert asked.answers.presenter.empty
    session.show_case(session.cases[0].id)
    assert asked.answers.presenter.numbers == (3.0,)
    session.read_as("Reader Two")
    assert asked.answers.presenter.empty
    session.read_as("Reader One")
    assert asked.answers.view.rows[1].button.isChecked()


def test_after_the_last_case_the_next_step_is_named(asked: Any) -> None:
    for _case in asked.session.cases:
        press(asked, "3")
        press(asked, "A")
    assert "No further case waits for your answer" in asked.message.text
    assert asked.ui.acceptButton.text == "Go on to Finetune"


def test_without_a_reader_nobody_is_asked(asked: Any) -> None:
    asked.session.read_as("")
    assert not asked.ui.answerFrame.isVisible() and "Who is reading?" in asked.message.text
    assert not asked.ui.acceptButton.isEnabled()
    asked.session.read_as("Reader One")
    assert asked.ui.answerFrame.isVisible()


def test_a_volume_is_typed_and_enter_saves(asked: Any, desktop: Any) -> None:
    asked.show_task("prostate_volume")
    (row,) = asked.answers.view.rows
    assert "the volume of the reviewed outline counts" in asked.ui.answerHintLabel.text
    type_into(row, "7000")
    assert "from 2 to 600 ml" in asked.ui.answerProblemLabel.text and not asked.ui.acceptButton.isEnabled()
    row.edit.returnPressed.emit()
    assert answers_of(asked, task="prostate_volume") == []
    type_into(row, "41,5")
    row.edit.returnPressed.emit()
    (saved,) = answers_of(asked, task="prostate_volume")
    assert saved.values == {"Volume": 41.5}
    assert row.edit.text == "" and asked.session.case_id == asked.session.cases[1].id
    asked.session.show_case(asked.session.cases[0].id)
    assert row.edit.text == "41.5"


def test_what_was_typed_wrong_does_not_move_to_the_next_case(asked: Any) -> None:
    asked.show_task("prostate_volume")
    (row,) = asked.answers.view.rows
    type_into(row, "7000")
    asked.session.show_case(asked.session.cases[1].id)
    assert row.edit.text == "" and not asked.ui.answerProblemLabel.isVisible()


def type_into(row: Any, text: str) -> None:
    row.edit.setText(text)
    row.edit.textEdited.emit(text)


@pytest.mark.parametrize("step", ["Rate", "Results"])
def test_leaving_takes_the_keys_off(asked: Any, opened: Any, step: str) -> None:
    opened.go_to(step)
    assert not asked.keys.active
