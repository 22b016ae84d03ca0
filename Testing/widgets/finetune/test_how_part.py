"""Mode, epochs and the options behind More."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.widgets.finetune.options import LEARNING_RATES, MODES, SAMPLINGS


@pytest.fixture
def finetune(rated: Any) -> Any:
    rated.go_to("Finetune")
    return rated.finetune


def test_more_is_folded_until_it_is_asked_for(finetune: Any) -> None:
    ui = finetune.ui
    assert not ui.moreFrame.isVisible()
    ui.moreButton.click()
    assert ui.moreFrame.isVisible() and ui.moreButton.text.startswith("Fewer")
    ui.moreButton.click()
    assert not ui.moreFrame.isVisible()


def test_each_mode_says_what_it_does_and_proposes_its_epochs(finetune: Any) -> None:
    seen = set()
    for index in range(len(MODES)):
        finetune.ui.modeCombo.setCurrentIndex(index)
        seen.add(finetune.ui.modeHelpLabel.text)
    assert len(seen) == len(MODES)
    assert finetune.ui.epochsSpin.value == 100  # from scratch


def test_the_stage_is_asked_for_in_the_mode_that_needs_it(finetune: Any, engine: Any) -> None:
    assert not finetune.ui.fromStageSpin.isVisible()
    finetune.ui.modeCombo.setCurrentIndex(MODES.index("partial"))
    assert finetune.ui.fromStageSpin.isVisible()
    finetune.ui.fromStageSpin.setValue(3)
    finetune.ui.startButton.click()
    assert (engine.job.options.mode, engine.job.options.from_stage) == ("partial", 3)


def test_every_option_reaches_the_engine(finetune: Any, engine: Any) -> None:
    ui = finetune.ui
    ui.modeCombo.setCurrentIndex(MODES.index("lora"))
    ui.learningRateCombo.setCurrentIndex(LEARNING_RATES.index(0.0003))
    ui.samplingCombo.setCurrentIndex(SAMPLINGS.index("more_low"))
    ui.patienceSpin.setValue(5)
    ui.stepsSpin.setValue(8)
    ui.startButton.click()
    options = engine.job.options
    assert (options.mode, options.learning_rate, options.patience, options.steps_per_epoch) == ("lora", 0.0003, 5, 8)
    assert (options.sampling, options.quality_weights.low, options.from_stage) == ("quality_weighted", 2.0, None)


def test_left_alone_the_options_are_the_engines_own(finetune: Any, engine: Any) -> None:
    from QualityFinetuneLib.engine.protocol.jobs import TrainOptions

    finetune.ui.startButton.click()
    assert engine.job.options == TrainOptions(mode="frozen", epochs=30)
