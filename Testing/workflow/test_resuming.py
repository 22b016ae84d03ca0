"""Whatever dies, what was finished is kept, and the run goes on where it stopped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness import scripted_engine
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import AnyEvent, Cancelled, Done, Failed
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PredictJob
from QualityFinetuneLib.study.records import Run, Split
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.workflow.finetuning import FinetuneRequest, prepare_finetune
from QualityFinetuneLib.workflow.predicting import prepare_predict
from QualityFinetuneLib.workflow.prepared import PreparedRun, case_id_of
from QualityFinetuneLib.workflow.recording import RunRecorder
from QualityFinetuneLib.workflow.resuming import catch_up, engine_alive, interrupted, prepare_resume


def write_events(run: Run, events: list[AnyEvent], *, torn: bool = False) -> None:
    """What the worker keeps in the run's folder by itself."""
    text = "".join(event.model_dump_json() + "\n" for event in events)
    (run.folder / "events.jsonl").write_text(text + ('{"event": "artif' if torn else ""))


@pytest.fixture
def predicting(rated: Study) -> PreparedRun:
    return prepare_predict(rated, "taps_gland", rated.cases.all()[:3])


def test_what_the_engine_finished_after_its_client_died_is_recorded(
    rated: Study, predicting: PreparedRun, dead_pid: int
) -> None:
    assert isinstance(predicting.job, PredictJob)
    begin = scripted_engine.started("predict", pid=dead_pid)
    first, second = (scripted_engine.prediction(predicting.job, n) for n in (0, 1))
    recorder = RunRecorder(rated, predicting.run)
    recorder.record(begin)
    recorder.record(first)  # here the client dies; the engine writes on
    write_events(predicting.run, [begin, first, second], torn=True)
    run = catch_up(rated, rated.runs.get(predicting.run.id))
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == "engine_died"
    assert sum(a.run_id == run.id for a in rated.annotations.all()) == 2
    assert interrupted(rated) == [run]


def test_a_run_that_ended_unseen_is_closed_as_it_ended(rated: Study, predicting: PreparedRun, dead_pid: int) -> None:
    assert isinstance(predicting.job, PredictJob)
    begin = scripted_engine.started("predict", pid=dead_pid)
    RunRecorder(rated, predicting.run).record(begin)
    made = [scripted_engine.prediction(predicting.job, n) for n in range(3)]
    write_events(predicting.run, [begin, *made, Done(elapsed_s=2.0)])
    assert catch_up(rated, rated.runs.get(predicting.run.id)).status == "done"
    assert interrupted(rated) == []


def test_a_resumed_prediction_leaves_out_what_it_made(rated: Study, predicting: PreparedRun, dead_pid: int) -> None:
    assert isinstance(predicting.job, PredictJob)
    begin = scripted_engine.started("predict", pid=dead_pid)
    RunRecorder(rated, predicting.run).record(begin)
    write_events(predicting.run, [begin, scripted_engine.prediction(predicting.job, 1)])
    prepared = prepare_resume(rated, rated.runs.get(predicting.run.id))
    assert isinstance(prepared.job, PredictJob)
    assert [case_id_of(case.id) for case in prepared.job.cases] == [1, 3]
    assert prepared.run.id == predicting.run.id
    recorder = RunRecorder(rated, prepared.run)
    for event in scripted_engine.predict_all(prepared.job):
        recorder.record(event)
    assert rated.runs.get(prepared.run.id).status == "done"
    assert sorted(a.case_id for a in rated.annotations.all() if a.run_id == prepared.run.id) == [1, 2, 3]


def test_a_resumed_finetune_goes_on_in_its_folder(rated: Study, split: Split) -> None:
    prepared = prepare_finetune(rated, FinetuneRequest(task="zones"))
    recorder = RunRecorder(rated, prepared.run)
    recorder.record(scripted_engine.started("finetune"))
    recorder.record(Cancelled())
    again = prepare_resume(rated, rated.runs.get(prepared.run.id))
    assert isinstance(again.job, FinetuneJob)
    assert again.job.resume
    assert again.job.output == prepared.run.folder
    assert again.job.train == prepared.job.train  # type: ignore[union-attr]
    recorder = RunRecorder(rated, again.run)
    for event in scripted_engine.finetune(again.job):
        recorder.record(event)
    run = rated.runs.get(prepared.run.id)
    assert run.status == "done"
    assert run.error is None


def test_a_done_run_is_not_resumed(rated: Study, predicting: PreparedRun) -> None:
    assert isinstance(predicting.job, PredictJob)
    recorder = RunRecorder(rated, predicting.run)
    for event in scripted_engine.predict_all(predicting.job):
        recorder.record(event)
    with pytest.raises(UserError) as failure:
        prepare_resume(rated, rated.runs.get(predicting.run.id))
    assert failure.value.code is ErrorCode.CONFLICT


def test_a_run_whose_engine_lives_is_left_alone(rated: Study, predicting: PreparedRun) -> None:
    RunRecorder(rated, predicting.run).record(scripted_engine.started("predict", pid=os.getpid()))
    run = rated.runs.get(predicting.run.id)
    assert engine_alive(run)
    assert catch_up(rated, run) == run
    assert interrupted(rated) == []
    with pytest.raises(UserError) as failure:
        prepare_resume(rated, run)
    assert "still working" in failure.value.why


def test_an_engine_that_said_why_it_failed_is_believed(rated: Study, predicting: PreparedRun, dead_pid: int) -> None:
    begin = scripted_engine.started("predict", pid=dead_pid)
    RunRecorder(rated, predicting.run).record(begin)
    last = Failed(code=ErrorCode.DISK_FULL, what="Full.", why="Full.", next="Free some.")
    write_events(predicting.run, [begin, last])
    run = catch_up(rated, rated.runs.get(predicting.run.id))
    assert run.error is not None
    assert run.error["code"] == "disk_full"


def test_a_run_that_never_started_can_be_started_by_resuming(rated: Study, predicting: PreparedRun) -> None:
    assert [run.id for run in interrupted(rated)] == [predicting.run.id]
    assert prepare_resume(rated, predicting.run).job == predicting.job


def test_a_run_without_its_job_cannot_be_resumed(rated: Study, predicting: PreparedRun) -> None:
    Path(predicting.run.folder / "job.yaml").unlink()
    assert interrupted(rated) == []
    with pytest.raises(UserError):
        prepare_resume(rated, predicting.run)
