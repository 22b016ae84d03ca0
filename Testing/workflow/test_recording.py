"""Events become rows as they come; nothing twice; every end is recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Cancelled, Done, Failed, Log, Progress
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PredictJob
from QualityFinetuneLib.study.records import Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.predicting import prepare_predict
from QualityFinetuneLib.workflow.prepared import PreparedRun
from QualityFinetuneLib.workflow.recording import RunRecorder


@pytest.fixture
def predicting(rated: Study) -> PreparedRun:
    return prepare_predict(rated, "taps_gland", rated.cases.all()[:2])


def test_drafts_are_recorded_as_they_come_before_the_run_is_done(rated: Study, predicting: PreparedRun) -> None:
    assert isinstance(predicting.job, PredictJob)
    recorder = RunRecorder(rated, predicting.run)
    recorder.record(scripted_engine.started("predict"))
    assert rated.runs.get(predicting.run.id).status == "running"
    recorder.record(scripted_engine.prediction(predicting.job, 0))
    drafts = [a for a in rated.annotations.all() if a.run_id == predicting.run.id]
    assert [(a.case_id, a.task, a.origin, a.status) for a in drafts] == [(1, "gland", "model", "draft")]
    assert drafts[0].source == "TAPS prostate gland"
    recorder.record(Progress(done=1, total=2))
    recorder.record(Log(text="hello"))
    recorder.record(scripted_engine.prediction(predicting.job, 1))
    recorder.record(Done(elapsed_s=3.0))
    run = rated.runs.get(predicting.run.id)
    assert run.status == "done"
    assert run.results["elapsed_s"] == 3.0
    assert run.versions["torch"] == "2.13.0"
    assert run.versions["device"] == "cpu"
    assert rated.verify() == []


def test_the_same_events_twice_record_nothing_twice(rated: Study, split: Split) -> None:
    prepared = prepare_finetune(rated, FinetuneRequest(task="zones"))
    assert isinstance(prepared.job, FinetuneJob)
    events = list(scripted_engine.finetune(prepared.job))
    recorder = RunRecorder(rated, prepared.run)
    for event in [*events[:-1], *events]:
        recorder.record(event)
    assert len(rated.models.all()) == 1
    run = rated.runs.get(prepared.run.id)
    assert len([m for m in run.results["metrics"] if m["name"] == "loss"]) == 3
    assert len(run.results["warnings"]) == 1


def test_a_model_row_names_task_card_run_and_weights(rated: Study, split: Split) -> None:
    prepared = prepare_finetune(rated, FinetuneRequest(task="zones"))
    assert isinstance(prepared.job, FinetuneJob)
    for event in scripted_engine.finetune(prepared.job):
        RunRecorder(rated, prepared.run).record(event)
    model = rated.models.all()[0]
    assert (model.name, model.task, model.card) == (f"zones {prepared.run.id}", "zones", "taps_gland")
    assert model.folder == prepared.run.folder / "best"
    assert rated.verify() == []


def test_a_failure_is_kept_with_what_why_and_next(rated: Study, predicting: PreparedRun) -> None:
    recorder = RunRecorder(rated, predicting.run)
    recorder.record(scripted_engine.started("predict"))
    recorder.record(Failed(code=ErrorCode.OUT_OF_MEMORY, what="No.", why="Too big.", next="Smaller."))
    run = rated.runs.get(predicting.run.id)
    assert run.status == "failed"
    assert run.error == {"code": "out_of_memory", "what": "No.", "why": "Too big.", "next": "Smaller."}


def test_an_engine_that_never_started_fails_the_run(rated: Study, predicting: PreparedRun) -> None:
    recorder = RunRecorder(rated, predicting.run)
    recorder.fail(UserError(ErrorCode.BAD_CONFIG, what="No.", why="No Python.", next="Choose one."))
    assert rated.runs.get(predicting.run.id).status == "failed"
    recorder.record(Cancelled())
    assert rated.runs.get(predicting.run.id).status == "failed", "the first end counts"


def test_a_cancelled_run_keeps_what_it_had(rated: Study, predicting: PreparedRun) -> None:
    assert isinstance(predicting.job, PredictJob)
    recorder = RunRecorder(rated, predicting.run)
    for event in (scripted_engine.started("predict"), scripted_engine.prediction(predicting.job, 0), Cancelled()):
        recorder.record(event)
    assert rated.runs.get(predicting.run.id).status == "cancelled"
    assert sum(a.run_id == predicting.run.id for a in rated.annotations.all()) == 1


def test_execute_records_and_passes_events_on(
    rated: Study, predicting: PreparedRun, script: Callable[..., list]
) -> None:
    from QualityFinetuneLib.workflow.executing import execute

    seen: list[str] = []
    jobs = script(scripted_engine.predict_all)
    run = execute(rated, predicting, on_event=lambda event: seen.append(event.event))
    assert jobs == [predicting.job]
    assert run.status == "done"
    assert seen[0] == "started"
    assert seen[-1] == "done"
