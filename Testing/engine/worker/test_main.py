"""One job from file to exit code, with a typed failure for every kind of wrong job."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.protocol.events import EVENT, Cancelled, Failed
from QualityFinetuneLib.engine.protocol.exit_codes import ExitCode
from QualityFinetuneLib.engine.protocol.job_file import save_job
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, PredictJob
from QualityFinetuneLib.engine.worker.channel import Channel
from QualityFinetuneLib.engine.worker.control import Control
from QualityFinetuneLib.engine.worker.main import _all_read, run_job_file


def recorded(folder: Path) -> list:
    return [EVENT.validate_json(line) for line in (folder / "events.jsonl").read_bytes().splitlines()]


def test_a_cancelled_job_is_recorded_and_has_its_own_exit_code(evaluate_job: EvaluateJob) -> None:
    control = Control()
    control.stop.set()
    channel = Channel(None)
    assert run_job_file(save_job(evaluate_job), channel, control) == ExitCode.CANCELLED
    assert isinstance(recorded(evaluate_job.output)[-1], Cancelled)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"device": "cuda:77"}, ErrorCode.NO_DEVICE),
        ({"device": "abacus"}, ErrorCode.NO_DEVICE),
        ({"cases": ()}, ErrorCode.TOO_FEW_CASES),
    ],
)
def test_a_job_that_cannot_be_done_is_told_in_three_sentences(
    predict_job: PredictJob, change: dict, code: ErrorCode
) -> None:
    job = predict_job.model_copy(update=change)
    assert run_job_file(save_job(job), Channel(None), Control()) == ExitCode.FAILED
    failed = recorded(job.output)[-1]
    assert isinstance(failed, Failed) and failed.code is code
    assert all(sentence.endswith((".", "!")) for sentence in (failed.what, failed.why, failed.next))


def test_a_finetune_job_runs_through_main(finetune_job: Callable) -> None:
    job = finetune_job(epochs=1)
    assert run_job_file(save_job(job), Channel(None), Control()) == ExitCode.DONE
    assert {event.event for event in recorded(job.output)} >= {"started", "progress", "metric", "artifact", "done"}


def test_a_program_that_looks_for_garbage_itself_is_left_alone() -> None:
    before = gc.get_freeze_count()
    _all_read()
    assert gc.isenabled() and gc.get_freeze_count() == before


def test_garbage_is_looked_for_again_once_everything_is_read() -> None:
    gc.disable()
    try:
        _all_read()
        assert gc.isenabled() and gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
