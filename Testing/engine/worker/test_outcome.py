"""What a finetune leaves says what it was and how good it is, with numbers that strict JSON readers take."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker.network import network_to_train
from QualityFinetuneLib.engine.worker.outcome import announce, described, write_metrics
from QualityFinetuneLib.engine.worker.state import TrainingState

ERROR = SimpleNamespace(metric="error", told=lambda value: -value, facts=lambda value: {"validation_error": -value})
"""An objective that is judged by the negative of what it tells."""

STATE = TrainingState(
    fingerprint="f",
    patch=(16, 16, 8),
    epoch=2,
    best_value=-0.25,
    best_epoch=1,
    history=[{"epoch": 1, "loss": 0.5, "error": 0.25}, {"epoch": 2, "loss": 0.4, "error": None}],
    timing=[{"epoch": 1, "seconds": 3.0, "data_wait_share": 0.01}],
    stopped_early=True,
)


def test_metrics_hold_the_best_epoch_every_epoch_and_the_time(finetune_job: Callable[..., FinetuneJob]) -> None:
    job = finetune_job(mode="lora")
    written = json.loads(write_metrics(job, ERROR, STATE).read_text("utf-8"))
    assert written["best"] == {"epoch": 1, "error": 0.25}
    assert (written["mode"], written["metric"], written["stopped_early"]) == ("lora", "error", True)
    assert written["history"] == STATE.history and written["timing"] == STATE.timing


def test_without_validation_there_is_a_best_epoch_but_no_value(finetune_job: Callable[..., FinetuneJob]) -> None:
    written = json.loads(write_metrics(finetune_job(validate_on=()), ERROR, STATE).read_text("utf-8"))
    assert written["best"] == {"epoch": 1, "error": None}


def test_the_model_says_what_it_learned_from(finetune_job: Callable[..., FinetuneJob], exams, heard) -> None:
    job = finetune_job(train=exams[1:4])
    network = network_to_train(
        job.model, job.task, options=job.options, seed=0, simulated=False, context=heard.context()
    )
    facts = described(job, network.meta, ERROR, STATE).trained_on
    assert (facts["cases_high"], facts["cases_low"], facts["validation_cases"]) == (2, 1, 1)
    assert (facts["best_epoch"], facts["validation_error"]) == (1, 0.25)


def test_only_files_that_are_there_are_announced(finetune_job: Callable[..., FinetuneJob], heard) -> None:
    announce(finetune_job().output, heard.context())
    assert heard == []
