"""What a finetune starts from."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def finetune(rated: Any) -> Any:
    rated.go_to("Finetune")
    return rated.finetune


def choose(combo: Any, text: str) -> None:
    combo.setCurrentIndex(next(i for i in range(combo.count) if text in combo.itemText(i)))


def test_another_model_asks_for_its_own_consent(finetune: Any) -> None:
    choose(finetune.ui.modelCombo, "ProFound")
    finetune.ui.licenceCheck.click()
    assert finetune.presenter.choices.licence_accepted
    choose(finetune.ui.modelCombo, "TAPS")
    choose(finetune.ui.modelCombo, "ProFound")
    assert not finetune.ui.licenceCheck.isChecked()


def test_a_model_of_the_study_tells_which_run_made_it(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.startButton.click()
    engine.say_trained([0.6])
    rated.monitor.poll()
    choose(finetune.ui.modelCombo, "(this study)")
    assert "Made in this study by run 1" in finetune.ui.modelCardLabel.text
    assert not finetune.ui.weightsEdit.isVisible()


def test_another_task_proposes_its_own_cases(finetune: Any) -> None:
    names = [task.name for task in finetune.presenter.tasks]
    finetune.ui.finetuneTaskCombo.setCurrentIndex(names.index("zones"))
    assert finetune.presenter.choices.task == "zones"
    assert finetune.ui.startButton.isEnabled()
