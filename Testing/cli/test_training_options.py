"""Options of training reach the job, and a wrong one is told by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cli.training_options import train_options
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.job_file import AnyJob


def test_every_option_reaches_the_job(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    given = {
        "--mode": "lora", "--lora-rank": 4, "--decoder-warmup-epochs": 2, "--accumulate": 3, "--layer-decay": 0.7,
        "--ema": 0.99, "--patience": 5, "--precision": "fp32", "--sampling": "quality_weighted", "--weight-high": 2,
        "--weight-low": 0.5, "--dropout": 0.2, "--drop-path": 0.1,
    }  # fmt: skip
    words = [str(word) for pair in given.items() for word in pair]
    assert run("finetune", *words, "--study", study).code == 0
    options = scripted[0].options
    assert (options.mode, options.lora_rank, options.decoder_warmup_epochs, options.accumulate) == ("lora", 4, 2, 3)
    assert (options.layer_decay, options.ema, options.patience) == (0.7, 0.99, 5)
    assert (options.sampling, options.quality_weights.high, options.quality_weights.low) == (
        "quality_weighted",
        2,
        0.5,
    )
    assert (options.dropout, options.drop_path) == (0.2, 0.1)
    assert scripted[0].precision == "fp32"


def test_part_of_the_encoder_needs_the_stage(run: Any, study: Path, scripted: list[AnyJob]) -> None:
    ran = run("finetune", "--mode", "partial", "--study", study)
    assert ran.code == 1 and "from_stage" in ran.err
    assert run("finetune", "--mode", "partial", "--from-stage", "2", "--study", study).code == 0
    assert scripted[0].options.from_stage == 2


@pytest.mark.parametrize(
    ("values", "option"),
    [
        ({"learning_rate": 0.0}, "--learning-rate 0"),
        ({"ema": 1.5}, "--ema 1.5"),
        ({"layer_decay": 0.0}, "--layer-decay 0"),
        ({"quality_weights": {"high": -1.0}}, "--quality-weights-high -1"),
        ({"mode": "full", "from_stage": 1}, "--mode"),
    ],
)
def test_a_wrong_value_is_told_by_its_option(values: dict[str, Any], option: str) -> None:
    with pytest.raises(UserError) as caught:
        train_options(**values)
    assert caught.value.code is ErrorCode.BAD_CONFIG
    assert option in caught.value.what and caught.value.why.endswith(".")
