"""Which model on which cases; and which cases a model has never seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import PredictJob
from QualityFinetuneLib.study.records import Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.predicting import PredictOptions, not_trained_on, prepare_predict


def test_a_card_that_solves_a_task_predicts_by_itself(rated: Study) -> None:
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:2])
    assert isinstance(prepared.job, PredictJob)
    assert prepared.job.task.name == "gland"
    assert prepared.job.model.card == "taps_gland"
    assert [case.quality for case in prepared.job.cases] == ["high", "high"]
    assert all(case.label is None for case in prepared.job.cases), "a prediction never sees the reference"
    assert prepared.run.config["model"] == "TAPS prostate gland"
    assert prepared.run.title.endswith("2 cases")


def test_an_encoder_without_a_task_cannot_predict(rated: Study) -> None:
    with pytest.raises(UserError) as failure:
        prepare_predict(rated, "profound_conv", rated.cases.all())
    assert failure.value.code is ErrorCode.NO_WEIGHTS
    (rated.folder / "runs" / "x").mkdir()
    taskless = rated.models.add(name="m", card="taps_gland", folder=rated.folder / "runs" / "x", sha256="0" * 64)
    with pytest.raises(UserError):
        prepare_predict(rated, taskless, rated.cases.all())


def test_nothing_to_predict_is_told(rated: Study) -> None:
    with pytest.raises(UserError) as failure:
        prepare_predict(rated, "taps_gland", [])
    assert failure.value.code is ErrorCode.TOO_FEW_CASES


def test_a_case_without_t2w_is_told(rated: Study) -> None:
    bare = rated.cases.add(patient="p", exam="e", name="n", series=[])
    with pytest.raises(UserError) as failure:
        prepare_predict(rated, "taps_gland", [bare])
    assert failure.value.code is ErrorCode.MISSING_SERIES


def test_seen_are_training_and_validation_patients_of_the_model_and_of_those_it_began_as(
    rated: Study, split: Split, script: Callable[..., list]
) -> None:
    script(scripted_engine.finetune)
    execute(rated, prepare_finetune(rated, FinetuneRequest(task="zones", case_ids=(split.part("train")[0],))))
    first = rated.models.all()[-1]
    left = {case.id for case in not_trained_on(rated, first, rated.cases.all())}
    assert left == set(range(1, 7)) - {split.part("train")[0], *split.part("validate")}
    again = FinetuneRequest(task="zones", case_ids=(split.part("train")[1],), start_from=first.id)
    execute(rated, prepare_finetune(rated, again))
    second = rated.models.all()[-1]
    left = {case.id for case in not_trained_on(rated, second, rated.cases.all())}
    assert left == set(range(1, 7)) - {*split.part("train")[:2], *split.part("validate")}
    other_exam = rated.cases.add(
        patient=rated.cases.get(split.part("train")[0]).patient, exam="later", name="later", series=[]
    )
    assert not_trained_on(rated, first, [other_exam]) == []


def test_a_finetuned_checkpoint_predicts_the_task_it_is_said_to_solve(rated: Study, tmp_path: Path) -> None:
    file = tmp_path / "lesion.pth"
    prepared = prepare_predict(rated, "profound_conv", rated.cases.all()[:1], weights=file, task="lesion")
    assert isinstance(prepared.job, PredictJob)
    assert (prepared.job.task.name, prepared.job.model.card, prepared.job.model.weights) == (
        "lesion",
        "profound_conv",
        file,
    )
    assert prepared.run.config["model"].endswith("lesion.pth")
    with pytest.raises(UserError) as failure:
        prepare_predict(rated, "profound_conv", rated.cases.all(), task="lesion")
    assert failure.value.code is ErrorCode.NO_WEIGHTS


def test_what_is_asked_for_goes_to_the_job_and_stays_with_the_run(rated: Study) -> None:
    options = PredictOptions(
        ensemble=("taps_gland",), flips=True, dropout_passes=2, uncertainty=True, probabilities=True
    )
    prepared = prepare_predict(rated, "taps_gland", rated.cases.all()[:1], options=options)
    job = prepared.job
    assert isinstance(job, PredictJob)
    assert [choice.card for choice in job.models] == ["taps_gland"] * 2
    assert (job.flips, job.dropout_passes, job.uncertainty, job.probabilities) == (True, 2, True, True)
    config = rated.runs.get(prepared.run.id).config
    assert config["ensemble"] == [{"card": "taps_gland", "model_id": None}]
    assert (config["flips"], config["dropout_passes"]) == (True, 2)
    assert config["model"] == "TAPS prostate gland + TAPS prostate gland"


def test_models_of_two_tasks_are_no_ensemble(rated: Study, split: Split, script: Callable[..., list]) -> None:
    script(scripted_engine.finetune)
    execute(rated, prepare_finetune(rated, FinetuneRequest(task="zones")))
    zones = rated.models.all()[-1]
    before = len(rated.runs.all())
    with pytest.raises(UserError) as failure:
        prepare_predict(rated, "taps_gland", rated.cases.all(), options=PredictOptions(ensemble=(zones,)))
    assert failure.value.code is ErrorCode.CONFLICT and "gland" in failure.value.why.lower()
    assert len(rated.runs.all()) == before
