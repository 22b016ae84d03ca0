"""The Finetune panel: a bounded mix, a request, a run followed to its end, failures inside the panel."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Failed, Warned


@pytest.fixture
def finetune(rated: Any) -> Any:
    rated.go_to("Finetune")
    return rated.finetune


def choose(combo: Any, text: str) -> None:
    index = next(i for i in range(combo.count) if text in combo.itemText(i))
    combo.setCurrentIndex(index)


def test_the_card_tells_source_license_and_limits(finetune: Any) -> None:
    text = finetune.ui.modelCardLabel.text
    assert "TAPS prostate gland" in text
    assert "Source:" in text and "License:" in text and "Limits:" in text


def test_the_mix_is_bounded_by_what_the_training_part_holds(finetune: Any) -> None:
    pool = finetune.presenter.pool
    assert finetune.ui.highSpin.maximum == pool.trainable("high")
    assert finetune.ui.lowSpin.maximum == pool.trainable("low")
    assert pool.trainable("high") + pool.trainable("low") == pool.all_trainable > 0
    assert f"of {pool.trainable('high')}" in finetune.ui.highOfLabel.text


def test_the_table_says_what_each_case_is_used_for(finetune: Any) -> None:
    table = finetune.ui.mixTable
    said = {table.item(row, 3).text() for row in range(table.rowCount)}
    assert {"May be trained on", "Picks the best epoch", "Held out"} <= said


def test_start_hands_exactly_the_chosen_mix_to_the_engine(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.highSpin.setValue(1)
    finetune.ui.lowSpin.setValue(min(1, finetune.ui.lowSpin.maximum))
    finetune.ui.epochsSpin.setValue(3)
    finetune.ui.seedSpin.setValue(7)
    choose(finetune.ui.modeCombo, "scratch")
    finetune.ui.epochsSpin.setValue(3)
    finetune.ui.startButton.click()
    assert finetune.message.text == ""
    job = engine.job
    assert job.kind == "finetune" and job.seed == 7
    assert job.options.mode == "scratch" and job.options.epochs == 3
    assert sum(case.quality == "high" for case in job.train) == 1
    assert sum(case.quality == "low" for case in job.train) == finetune.ui.lowSpin.value
    assert not finetune.ui.startButton.isEnabled() and finetune.ui.startButton.text == "Running …"


def test_a_run_is_followed_to_its_end(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.startButton.click()
    assert finetune.progress.ui.widget.isVisible()
    engine.say_trained([0.5, 0.7, 0.8])
    rated.monitor.poll()
    ui = finetune.progress.ui
    assert ui.runTitleLabel.text == "Finetune: done"
    assert ui.runMetricLabel.text == "Dice 0.80"
    assert "best 0.80" in ui.runChartCaptionLabel.text
    assert not ui.runChartLabel.pixmap.isNull()
    assert rated.session.study.runs.all("finetune")[0].status == "done"
    assert rated.ui.stepFinetuneButton.text == "4 Finetune\n1 model"
    assert finetune.ui.startButton.text == "See the results and predict"
    finetune.ui.startButton.click()
    assert rated.step == "Results"


def test_time_to_go_is_shown_while_it_runs(rated: Any, finetune: Any, engine: Any) -> None:
    from QualityFinetuneLib.engine.protocol.events import Progress

    finetune.ui.startButton.click()
    engine.say_started()
    engine.say(Progress(done=2, total=30, unit="epoch", eta_s=170.0))
    rated.monitor.poll()
    ui = finetune.progress.ui
    assert ui.runStatusLabel.text == "2 of 30 epochs · about 3 min to go · on CPU"
    assert ui.runProgressBar.value == 2 and ui.runProgressBar.maximum == 30
    assert rated.ui.stepFinetuneButton.text == "4 Finetune\n7 %"


def test_cancel_asks_the_engine_and_says_what_is_kept(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.startButton.click()
    engine.say_started()
    rated.monitor.poll()
    finetune.progress.ui.runCancelButton.click()
    assert engine.cancels == 1
    rated.monitor.poll()
    assert "cancelled" in finetune.message.text and "kept" in finetune.message.text
    assert rated.session.study.runs.all("finetune")[0].status == "cancelled"
    assert finetune.ui.startButton.isEnabled()


def test_a_failure_says_what_why_and_next_in_the_panel(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.startButton.click()
    engine.say_started()
    engine.say(
        Failed(
            code=ErrorCode.OUT_OF_MEMORY, what="The run stopped.", why="Memory is full.", next="Use smaller patches."
        )
    )
    rated.monitor.poll()
    assert finetune.message.text == "Problem: The run stopped. Memory is full. Use smaller patches."
    assert rated.session.study.runs.all("finetune")[0].error["code"] == "out_of_memory"


def test_a_warning_of_the_engine_is_passed_on(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.startButton.click()
    engine.say(
        Warned(code=ErrorCode.MISSING_SERIES, what="ADC is missing.", why="No such series.", next="Import it.")
    )
    engine.say_trained([0.5])
    rated.monitor.poll()
    assert "ADC is missing." in finetune.message.text


def test_an_engine_that_cannot_start_is_told_and_recorded(rated: Any, finetune: Any, engine: Any) -> None:
    engine.refuse = UserError(ErrorCode.BAD_CONFIG, what="No Python.", why="It is gone.", next="Choose another.")
    finetune.ui.startButton.click()
    assert "No Python." in finetune.message.text
    assert rated.session.study.runs.all("finetune")[0].status == "failed"


def test_weights_that_a_user_brings_need_file_and_consent(
    rated: Any, finetune: Any, engine: Any, answers: Any
) -> None:
    choose(finetune.ui.modelCombo, "ProFound")
    assert not finetune.ui.startButton.isEnabled()
    assert "weights file" in finetune.ui.finetuneReasonLabel.text
    answers.file = Path("profound.pth")
    finetune.ui.weightsButton.click()
    assert "terms" in finetune.ui.finetuneReasonLabel.text
    finetune.ui.licenceCheck.click()
    assert finetune.ui.startButton.isEnabled()
    finetune.ui.startButton.click()
    assert engine.job.model.weights == Path("profound.pth")


def test_from_scratch_needs_no_weights(finetune: Any) -> None:
    choose(finetune.ui.modelCombo, "ProFound")
    choose(finetune.ui.modeCombo, "scratch")
    assert finetune.ui.startButton.isEnabled()
    assert not finetune.ui.weightsEdit.isVisible()


def test_without_ratings_every_outlined_case_is_proposed(opened: Any) -> None:
    opened.go_to("Finetune")
    ui = opened.finetune.ui
    assert ui.everythingCheck.isChecked() and not ui.highSpin.isEnabled()
    assert ui.startButton.isEnabled()
    ui.everythingCheck.click()
    assert not ui.startButton.isEnabled()
    assert "at least one case" in ui.finetuneReasonLabel.text


def test_a_task_without_outlines_says_where_to_make_them(panels: Any, tmp_path: Path) -> None:
    panels.session.create(tmp_path / "Empty", name="Empty")
    panels.go_to("Finetune")
    assert "No case has a reviewed outline" in panels.finetune.ui.finetuneReasonLabel.text


def test_device_and_python_are_kept_in_the_study(rated: Any, finetune: Any, answers: Any, wait: Any) -> None:
    wait(lambda: finetune.computer.looking is None)
    assert finetune.ui.deviceCombo.currentText == "Automatic: Test processor"
    finetune.ui.deviceCombo.setCurrentIndex(1)
    assert rated.session.study.settings.device == "cpu"
    answers.file = Path(sys.executable)
    finetune.ui.pythonButton.click()
    assert rated.session.study.settings.engine_python == Path(sys.executable)


def test_an_engine_that_is_not_installed_can_be_installed(rated: Any, finetune: Any, answers: Any, wait: Any) -> None:
    wait(lambda: finetune.computer.looking is None)
    installed: list[bool] = []
    finetune.computer.do_install = lambda: installed.append(True)
    answers.no_engine = UserError(
        ErrorCode.MISSING_PACKAGE, what="No PyTorch.", why="It is not installed.", next="Install it."
    )
    finetune.computer.devices = None
    finetune.computer.look()
    wait(lambda: finetune.computer.looking is None)
    assert "No PyTorch." in finetune.message.text and finetune.ui.installEngineButton.isVisible()
    answers.no_engine = None
    finetune.ui.installEngineButton.click()
    wait(lambda: finetune.computer.looking is None)
    assert installed and not finetune.ui.installEngineButton.isVisible() and finetune.message.text == ""


def test_the_engine_runs_on_the_python_of_the_study(rated: Any, finetune: Any, engine: Any, tmp_path: Path) -> None:
    study = rated.session.study
    rated.session.save_settings(study.settings.model_copy(update={"engine_python": tmp_path / "python3"}))
    choose(finetune.ui.modeCombo, "scratch")
    finetune.ui.startButton.click()
    assert engine.pythons == [tmp_path / "python3"]


def test_a_run_goes_on_while_another_step_is_shown(rated: Any, finetune: Any, engine: Any) -> None:
    finetune.ui.startButton.click()
    rated.go_to("Rate")
    engine.say_trained([0.6])
    rated.monitor.poll()
    assert rated.session.study.runs.all("finetune")[0].status == "done"
    rated.exit()
    rated.enter()
    assert rated.step == "Rate"


def test_expected_time_comes_from_the_last_run(rated: Any, finetune: Any, engine: Any) -> None:
    assert finetune.ui.expectedLabel.text == "How long it takes is shown once it has started."
    finetune.ui.startButton.click()
    engine.say_trained([0.6])
    rated.monitor.poll()
    assert "Expect about" in finetune.ui.expectedLabel.text
