"""Predicting with a finetuned file that the user brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def results(rated: Any) -> Any:
    rated.go_to("Results")
    return rated.results


def choose(combo: Any, text: str) -> None:
    combo.setCurrentIndex(next(i for i in range(combo.count) if text in combo.itemText(i)))


def test_a_model_of_a_package_asks_for_no_file(results: Any) -> None:
    assert not results.ui.predictWeightsEdit.isVisible() and not results.ui.predictTermsCheck.isVisible()
    assert not results.ui.predictProblemLabel.isVisible()


def test_a_network_asks_for_its_file_and_predicts_with_it(results: Any, answers: Any, engine: Any) -> None:
    ui = results.ui
    choose(ui.predictModelCombo, "ProFound ConvNeXt, segmentation")
    assert ui.predictWeightsEdit.isVisible() and not ui.predictButton.isEnabled()
    assert ui.predictProblemLabel.text == "Choose the file with the finetuned weights."
    answers.file = Path("profound_gland.pth")
    ui.predictWeightsButton.click()
    assert ui.predictProblemLabel.text == "Accept the terms of the weights first."
    ui.predictTermsCheck.click()
    assert ui.predictButton.isEnabled() and not ui.predictProblemLabel.isVisible()
    ui.predictButton.click()
    assert engine.job.kind == "predict" and engine.job.task.name == "gland"
    assert engine.job.model.weights == Path("profound_gland.pth") and engine.job.model.card == "profound_conv"


def test_a_refresh_keeps_the_file_and_the_consent(results: Any, answers: Any) -> None:
    choose(results.ui.predictModelCombo, "ProFound ConvNeXt, segmentation")
    answers.file = Path("profound_gland.pth")
    results.ui.predictWeightsButton.click()
    results.ui.predictTermsCheck.click()
    results.session.refresh()
    assert results.ui.predictWeightsEdit.text == "profound_gland.pth" and results.ui.predictTermsCheck.isChecked()


def test_a_task_that_nothing_solves_offers_the_networks(results: Any) -> None:
    names = [task.name for task in results.presenter.tasks]
    results.ui.predictTaskCombo.setCurrentIndex(names.index("lesion"))
    assert results.ui.predictModelCombo.currentText.endswith("your weights file")
    assert not results.ui.predictButton.isEnabled()


def test_the_map_of_uncertainty_is_asked_for_with_a_second_look(results: Any, engine: Any) -> None:
    results.ui.predictUncertaintyCheck.click()
    results.ui.predictButton.click()
    assert engine.job.uncertainty and engine.job.flips


def test_without_asking_there_is_one_look(results: Any, engine: Any) -> None:
    results.ui.predictButton.click()
    assert not engine.job.uncertainty and not engine.job.flips
