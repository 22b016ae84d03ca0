"""The predicted quality on the score card: when it appears, what it says, and that nothing moves."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def rate(opened: Any, predicting: Any) -> Any:
    """The Rate panel of a study whose predictor says 1.2 of every T2w."""
    predicting(opened.session.study, opened.rate, 1.2)
    opened.go_to("Rate")
    return opened.rate


def answer_all(rate: Any) -> None:
    for row in rate.form.rows.values():
        if not row.yes.isChecked():
            row.yes.click()


def test_before_the_reading_only_its_place_is_shown(rate: Any, wait: Any) -> None:
    wait(lambda: not rate.predicted.working)
    assert rate.predicted.of(rate.session.case_id) is not None  # worked out already, and still not told
    assert rate.ui.predictedLabel.text == "Predicted quality: shown once your reading is saved."
    assert "1.2" not in rate.ui.predictedLabel.toolTip


def test_after_the_reading_it_stands_beside_what_was_said_in_the_same_place(rate: Any, wait: Any) -> None:
    first = rate.session.case_id
    answer_all(rate)
    wait(lambda: not rate.predicted.working)
    before = rate.ui.scoreCard.sizeHint.height()
    rate.ui.rateSaveButton.click()
    assert "is saved. ⚑ Predicted T2W score 1.2" in rate.message.text
    rate.session.show_case(first)
    assert rate.ui.predictedLabel.text.startswith("⚑ Predicted T2W score 1.2 ± ")
    assert rate.ui.predictedLabel.text.endswith("you said 4: worth a second look.")
    assert "aid after your own reading" in rate.ui.predictedLabel.toolTip
    assert rate.ui.scoreCard.sizeHint.height() == before


def test_agreement_is_not_marked(rate: Any, predicting: Any, wait: Any) -> None:
    predicting(rate.session.study, rate, 3.9)
    rate._case_changed()
    answer_all(rate)
    wait(lambda: not rate.predicted.working)
    first = rate.session.case_id
    rate.ui.rateSaveButton.click()
    assert "Saved: score 3." in rate.message.text
    rate.session.show_case(first)
    assert rate.ui.predictedLabel.text.startswith("Predicted T2W score 3.9")


def test_an_assisted_study_shows_it_at_once(rate: Any, wait: Any) -> None:
    settings = rate.session.study.settings
    rate.session.save_settings(settings.model_copy(update={"assisted": True}))
    wait(lambda: not rate.predicted.working)
    assert rate.ui.predictedLabel.text.startswith("Predicted T2W score 1.2")


def test_nobody_elses_reading_opens_it(rate: Any, wait: Any) -> None:
    first = rate.session.case_id
    answer_all(rate)
    rate.ui.rateSaveButton.click()
    rate.session.read_as("Reader Two")
    rate.session.show_case(first)
    wait(lambda: not rate.predicted.working)
    assert "once your reading is saved" in rate.ui.predictedLabel.text
    assert rate.card.sides(first) == []


def test_without_predictors_the_card_has_no_such_line(opened: Any) -> None:
    opened.go_to("Rate")
    assert not opened.rate.ui.predictedLabel.isVisible()
