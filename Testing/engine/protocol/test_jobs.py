"""What a job may say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.engine.protocol.jobs import (
    JOB,
    CancelRequest,
    FinetuneJob,
    PredictJob,
    Request,
    ServeJob,
    TrainOptions,
)


def test_the_kind_chooses_the_job(predict_job: PredictJob) -> None:
    assert JOB.validate_json(predict_job.model_dump_json()) == predict_job
    assert isinstance(JOB.validate_python({"kind": "serve", "output": "x"}), ServeJob)


def test_defaults_are_the_safe_ones(finetune_job) -> None:
    job: FinetuneJob = finetune_job()
    plain = FinetuneJob(output=job.output, model=job.model, task=job.task, train=job.train)
    assert (plain.device, plain.precision, plain.seed, plain.resume, plain.cache) == ("auto", "auto", 0, False, None)
    assert plain.options == TrainOptions(mode="frozen")


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": 0},
        {"learning_rate": 0},
        {"learning_rate": -1},
        {"warmup_fraction": 1},
        {"layer_decay": 0},
        {"views": 0},
        {"patch": (1, 2)},
        {"mode": "other"},
        {"lerning_rate": 1},
        {"mode": "partial"},
        {"mode": "full", "from_stage": 1},
        {"ema": 1.0},
        {"patience": 0},
        {"accumulate": 0},
        {"lora_rank": 0},
        {"sampling": "quality_weighted", "quality_weights": {"high": 0}},
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        TrainOptions(**wrong)


def test_a_job_cannot_be_changed_once_made(predict_job: PredictJob) -> None:
    with pytest.raises(ValidationError):
        predict_job.seed = 5  # type: ignore[misc]


def test_requests_carry_predict_jobs_and_only_those(predict_job: PredictJob, finetune_job) -> None:
    request = Request(request="r1", job=predict_job)
    assert Request.model_validate_json(request.model_dump_json()) == request
    with pytest.raises(ValidationError):
        Request.model_validate({"request": "r1", "job": finetune_job().model_dump()})
    with pytest.raises(ValidationError):
        CancelRequest(cancel="")


def test_paths_survive_json(predict_job: PredictJob) -> None:
    moved = predict_job.model_copy(update={"output": Path("folder with spaces") / "ö"})
    assert JOB.validate_json(moved.model_dump_json()).output == moved.output
