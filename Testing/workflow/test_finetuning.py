"""A finetune is recorded with everything that decides it, and its job names files that exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.job_file import load_job
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, TrainOptions
from QualityFinetuneLib.study.records import Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune, preview
from QualityFinetuneLib.workflow.prepared import case_id_of
from QualityFinetuneLib.workflow.selecting import Mix


def request(**changes: object) -> FinetuneRequest:
    return FinetuneRequest.model_validate({"task": "zones", "mix": {"high": 1, "low": 1}, "seed": 7} | changes)


def test_the_job_is_written_and_says_what_the_run_says(rated: Study, split: Split) -> None:
    prepared = prepare_finetune(rated, request(options=TrainOptions(epochs=3)))
    job = prepared.job
    assert isinstance(job, FinetuneJob)
    assert load_job(prepared.run.folder / "job.yaml") == job
    assert job.output == prepared.run.folder
    assert (job.seed, job.options.epochs, job.model.card) == (7, 3, "taps_gland")
    assert prepared.run.status == "pending"
    assert {case.quality for case in job.train} == {"high", "low"}
    assert {case_id_of(case.id) for case in job.train} <= set(split.part("train"))
    assert {case_id_of(case.id) for case in job.validate_on} == set(split.part("validate"))
    for case in (*job.train, *job.validate_on):
        assert case.simulated
        assert case.label is not None
        assert case.label.is_file()
        assert set(case.images) == {Role.T2W}
        assert "Simulated" not in case.id, "jobs and logs name nobody"


def test_the_config_keeps_split_parts_and_hashes(rated: Study, split: Split) -> None:
    config = prepare_finetune(rated, request()).run.config
    assert config["split"] == "default"
    assert config["request"]["mix"] == {"high": 1, "low": 1}
    assert [entry["part"] for entry in config["cases"]] == ["train", "train", "validate"]
    for entry in config["cases"]:
        annotation = rated.annotations.get(entry["annotation_id"])
        assert entry["annotation_sha256"] == annotation.sha256
        series = rated.cases.first(entry["case_id"], Role.T2W)
        assert series is not None
        assert entry["series_sha256"] == {series.name: series.sha256}


def test_the_title_tells_task_start_and_mix(rated: Study, split: Split) -> None:
    assert prepare_finetune(rated, request()).run.title.endswith("frozen from taps_gland on 1 high, 1 low")
    scratch = request(options=TrainOptions(mode="scratch"), title=None)
    assert "from scratch" in prepare_finetune(rated, scratch).run.title
    assert prepare_finetune(rated, request(title="Mine")).run.title == "Mine"


def test_every_channel_of_the_card_is_handed_over(rated: Study, split: Split) -> None:
    job = prepare_finetune(rated, request(card="profound_conv", weights=Path("weights.pth"))).job
    assert isinstance(job, FinetuneJob)
    assert all(set(case.images) == {Role.T2W, Role.HBV, Role.ADC} for case in job.train)
    assert job.model.weights == Path("weights.pth")


def test_a_model_of_the_study_can_be_trained_on(rated: Study, split: Split) -> None:
    (rated.folder / "runs" / "x").mkdir()
    model = rated.models.add(name="m", card="taps_gland", folder=rated.folder / "runs" / "x", sha256="0" * 64)
    job = prepare_finetune(rated, request(start_from=model.id)).job
    assert isinstance(job, FinetuneJob)
    assert job.model.folder == model.folder


def test_what_cannot_be_prepared_records_no_run(rated: Study, split: Split) -> None:
    for wrong, code in (
        (request(card="no_such_card"), ErrorCode.NOT_FOUND),
        (request(mix=Mix(high=99)), ErrorCode.TOO_FEW_CASES),
        (request(task="no_such_task"), ErrorCode.NOT_FOUND),
        (request(split="no_such_split"), ErrorCode.NOT_FOUND),
    ):
        with pytest.raises(UserError) as failure:
            prepare_finetune(rated, wrong)
        assert failure.value.code is code
    assert rated.runs.all() == []


def test_a_preview_records_no_run(rated: Study, split: Split) -> None:
    assert len(preview(rated, request()).train) == 2
    assert rated.runs.all() == []
