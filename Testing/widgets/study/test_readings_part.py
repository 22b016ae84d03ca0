"""Which cases are read again, and which predicted quality readers see, set in the Study panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.prediction import Example, Target, save_predictor, train


@pytest.fixture
def predictor_file(tmp_path: Path) -> Path:
    examples = [
        Example(patient=f"P{i % 6}", target=(i % 5) / 4, values={"sharpness": 0.1 + 0.05 * (i % 5) + 0.001 * i})
        for i in range(30)
    ]
    path = tmp_path / "t2w.json"
    save_predictor(path, train(examples, role=Role.T2W, target=Target(kind="severity", low=0, high=1)))
    return path


def test_the_share_to_read_again_is_kept_and_said(opened: Any) -> None:
    ui = opened.study.ui
    assert ui.repeatSentenceLabel.text == "No case is read again." and not ui.repeatDaysSpin.isEnabled()
    ui.repeatShareSpin.setValue(34)
    ui.repeatDaysSpin.setValue(7)
    plan = opened.session.study.settings.repeats
    assert (plan.share, plan.after_days) == (0.34, 7)
    assert ui.repeatSentenceLabel.text.startswith("Each reader reads 3 cases again")


def test_a_predictor_is_added_shown_and_removed(opened: Any, answers: Any, predictor_file: Path) -> None:
    ui, changed = opened.study.ui, []
    opened.session.predictors_changed.connect(lambda: changed.append(True))
    assert ui.predictorCombo.currentText == "None" and not ui.removePredictorButton.isEnabled()
    answers.file = predictor_file
    ui.addPredictorButton.click()
    assert ui.predictorCombo.currentText.startswith("T2w quality, from simulated faults")
    assert "once their own are saved" in ui.assistedSentenceLabel.text
    ui.assistedCheck.click()
    assert opened.session.study.settings.assisted and "may sway" in ui.assistedSentenceLabel.text
    ui.removePredictorButton.click()
    assert ui.predictorCombo.currentText == "None" and len(changed) == 2


def test_a_file_that_is_no_predictor_is_told(opened: Any, answers: Any, tmp_path: Path) -> None:
    answers.file = tmp_path / "wrong.json"
    answers.file.write_text("{}")
    opened.study.ui.addPredictorButton.click()
    assert "is no quality predictor" in opened.study.message.text
    answers.file = None
    opened.study.ui.addPredictorButton.click()
    assert opened.study.ui.predictorCombo.currentText == "None"
