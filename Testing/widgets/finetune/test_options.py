"""The options of training in words, and as the engine takes them."""

from __future__ import annotations

from typing import get_args

import pytest

from QualityFinetuneLib.engine.protocol.jobs import TrainOptions
from QualityFinetuneLib.widgets.finetune.options import (
    DEFAULT_EPOCHS,
    LEARNING_RATES,
    MODES,
    SAMPLINGS,
    USUAL_RATE,
    mode_help,
    rate_words,
    sampling_options,
    sampling_words,
)
from QualityFinetuneLib.widgets.words import mode_words


def test_every_mode_of_the_engine_is_offered_with_its_words() -> None:
    assert set(MODES) == set(get_args(TrainOptions.model_fields["mode"].annotation)) == set(DEFAULT_EPOCHS)
    for mode in MODES:
        assert mode_words(mode) and mode_help(mode).endswith(".")


def test_the_usual_rate_is_the_engines_own() -> None:
    assert USUAL_RATE in LEARNING_RATES and rate_words(USUAL_RATE).endswith("(usual)")
    assert [rate_words(rate).endswith("(usual)") for rate in LEARNING_RATES].count(True) == 1


@pytest.mark.parametrize("name", SAMPLINGS)
def test_each_sampling_is_one_that_the_engine_takes(name: str) -> None:
    assert sampling_words(name)
    TrainOptions(**sampling_options(name))


def test_quality_is_weighted_towards_what_is_said() -> None:
    high, low = (TrainOptions(**sampling_options(name)).quality_weights for name in ("more_high", "more_low"))
    assert (high.high, high.low) == (2.0, 1.0) and (low.high, low.low) == (1.0, 2.0)
