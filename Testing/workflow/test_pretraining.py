"""A pretraining uses every exam but those kept for testing, is recorded, and leaves a start for a finetune."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.job_file import load_job
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PretrainJob, PretrainOptions
from QualityFinetuneLib.study.records import Model, NewSeries, Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.executing import execute
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.predicting import not_trained_on, prepare_predict
from QualityFinetuneLib.workflow.prepared import case_id_of
from QualityFinetuneLib.workflow.pretraining import PretrainRequest, choose_unlabelled, prepare_pretrain
from QualityFinetuneLib.workflow.resuming import prepare_resume


@pytest.fixture
def encoder(rated: Study, split: Split, script: Callable) -> Model:
    """What a pretraining left in the study."""
    script(scripted_engine.everything)
    run = execute(rated, prepare_pretrain(rated, PretrainRequest()))
    (model,) = rated.models.all()
    assert (run.status, model.run_id) == ("done", run.id)
    return model


def test_patients_kept_for_testing_are_left_out_unless_it_is_said(rated: Study, split: Split) -> None:
    chosen = choose_unlabelled(rated, PretrainRequest())
    assert list(chosen.left_out) == split.part("test")
    assert set(chosen.learn) | set(chosen.hold_out) == set(range(1, 7)) - set(split.part("test"))
    assert not set(chosen.learn) & set(chosen.hold_out)
    everybody = choose_unlabelled(rated, PretrainRequest(include_test=True))
    assert set(everybody.learn) | set(everybody.hold_out) == set(range(1, 7))
    assert everybody.left_out == ()


def test_a_named_case_that_is_kept_for_testing_is_refused(rated: Study, split: Split) -> None:
    with pytest.raises(UserError) as caught:
        choose_unlabelled(rated, PretrainRequest(case_ids=tuple(split.part("test"))))
    assert caught.value.code is ErrorCode.CONFLICT
    (only,) = choose_unlabelled(rated, PretrainRequest(case_ids=tuple(split.part("test")), include_test=True)).learn
    assert [only] == split.part("test")


def test_the_held_out_share_is_of_patients_and_depends_on_the_seed_alone(study: Study) -> None:
    for share, expected in ((0.0, 0), (0.01, 1), (0.5, 3), (0.89, 5)):
        chosen = choose_unlabelled(study, PretrainRequest(held_out=share))
        assert len(chosen.hold_out) == expected
        assert chosen == choose_unlabelled(study, PretrainRequest(held_out=share))
    found = {choose_unlabelled(study, PretrainRequest(seed=seed)).hold_out for seed in range(12)}
    assert len(found) > 2
    assert choose_unlabelled(study, PretrainRequest(case_ids=(1, 2))).hold_out == ()


def test_exams_of_one_patient_stay_together_and_those_without_t2w_are_told(study: Study) -> None:
    def copied(case_id: int, role: Role, folder: str) -> NewSeries:
        (series,) = study.cases.series(case_id, role)
        path = study.folder / "cases" / folder / series.path.name
        path.parent.mkdir()
        shutil.copy(series.path, path)
        return NewSeries(role=role, name=series.name, path=path)

    patient = study.cases.get(1).patient
    study.cases.add(patient=patient, exam="second", name="Again", series=[copied(1, Role.T2W, "Again")])
    study.cases.add(patient="x", exam="y", name="No T2w", series=[copied(2, Role.ADC, "No-T2w")])
    for seed in range(8):
        chosen = choose_unlabelled(study, PretrainRequest(seed=seed))
        assert chosen.no_t2w == (8,)
        assert (1 in chosen.hold_out) == (7 in chosen.hold_out)


def test_a_study_without_exams_tells_so(empty: Study) -> None:
    with pytest.raises(UserError) as caught:
        prepare_pretrain(empty, PretrainRequest())
    assert caught.value.code is ErrorCode.TOO_FEW_CASES
    assert empty.runs.all() == []


def test_the_job_holds_images_alone_and_says_what_the_run_says(rated: Study, split: Split) -> None:
    asked = PretrainRequest(card="profound_conv", options=PretrainOptions(epochs=3), seed=4)
    prepared = prepare_pretrain(rated, asked)
    job, run = prepared.job, prepared.run
    assert isinstance(job, PretrainJob)
    assert load_job(run.folder / "job.yaml") == job
    assert (run.kind, run.status, run.config["task"], run.config["card"]) == (
        "pretrain",
        "pending",
        None,
        "profound_conv",
    )
    assert (job.seed, job.options.epochs, job.options.start, job.output) == (4, 3, "scratch", run.folder)
    for case in (*job.cases, *job.hold_out):
        assert case.label is None
        assert set(case.images) == {Role.T2W, Role.HBV, Role.ADC}
        assert case.quality in ("high", "low")
    assert [entry["case_id"] for entry in run.config["cases"] if entry["part"] == "held_out"] == [
        case_id_of(case.id) for case in job.hold_out
    ]
    assert all(entry["annotation_id"] is None and entry["series_sha256"] for entry in run.config["cases"])
    assert "encoder of profound_conv, from random weights, on 4 cases" in run.title


def test_weights_are_gone_on_from_and_an_unknown_card_is_told(rated: Study, split: Split) -> None:
    job = prepare_pretrain(rated, PretrainRequest(card="profound_conv", weights=Path("weights.pth"))).job
    assert isinstance(job, PretrainJob)
    assert (job.options.start, job.model.weights) == ("pretrained", Path("weights.pth"))
    with pytest.raises(UserError) as caught:
        prepare_pretrain(rated, PretrainRequest(card="no_such_card"))
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_the_encoder_is_a_model_without_a_task(rated: Study, encoder: Model) -> None:
    assert (encoder.name, encoder.task, encoder.card) == ("pretrained 1", None, "taps_gland")
    with pytest.raises(UserError) as caught:
        prepare_predict(rated, encoder, rated.cases.all())
    assert caught.value.code is ErrorCode.NO_WEIGHTS


def test_a_finetune_starts_from_it_and_its_patients_count_as_seen(rated: Study, split: Split, encoder: Model) -> None:
    prepared = prepare_finetune(rated, FinetuneRequest(task="zones", start_from=encoder.id))
    assert isinstance(prepared.job, FinetuneJob)
    assert prepared.job.model.folder == encoder.folder
    assert "frozen from pretrained 1 on" in prepared.run.title
    execute(rated, prepared)
    tuned = rated.models.all()[-1]
    unseen = not_trained_on(rated, tuned, rated.cases.all())
    assert [case.id for case in unseen] == list(split.part("test"))


def test_a_pretraining_goes_on_from_an_earlier_one(rated: Study, encoder: Model) -> None:
    job = prepare_pretrain(rated, PretrainRequest(start_from=encoder.id)).job
    assert isinstance(job, PretrainJob)
    assert (job.model.folder, job.options.start) == (encoder.folder, "pretrained")


def test_a_stopped_pretraining_is_resumed(rated: Study, split: Split) -> None:
    prepared = prepare_pretrain(rated, PretrainRequest())
    rated.runs.finish(prepared.run.id, "cancelled", {})
    job = prepare_resume(rated, rated.runs.get(prepared.run.id)).job
    assert isinstance(job, PretrainJob)
    assert job.resume
