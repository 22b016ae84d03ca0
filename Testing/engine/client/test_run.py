"""Blocking runs: all events, errors as exceptions, and Ctrl+C as a request to stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.client import run as module
from QualityFinetuneLib.engine.client.run import run_job
from QualityFinetuneLib.engine.protocol.events import Cancelled, Done, Failed, Log
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob


def test_all_events_are_returned_and_shown_as_they_come(evaluate_job: EvaluateJob) -> None:
    shown: list = []
    before = psutil.Process().children(recursive=True)
    events = run_job(evaluate_job, on_event=shown.append)
    assert events == shown and isinstance(events[-1], Done)
    assert psutil.Process().children(recursive=True) == before


def test_a_failed_job_raises_what_the_worker_told(evaluate_job: EvaluateJob) -> None:
    with pytest.raises(UserError) as caught:
        run_job(evaluate_job.model_copy(update={"cases": ()}))
    assert caught.value.code is ErrorCode.TOO_FEW_CASES


def test_a_dead_engine_raises_too(evaluate_job: EvaluateJob, fake_python: Callable[[str], Path]) -> None:
    with pytest.raises(UserError) as caught:
        run_job(evaluate_job, python=fake_python("exit 7"))
    assert caught.value.code is ErrorCode.ENGINE_DIED and "exit code 7" in caught.value.why


def test_an_error_in_the_callback_leaves_no_process(
    evaluate_job: EvaluateJob, fake_python: Callable[[str], Path]
) -> None:
    before = psutil.Process().children(recursive=True)
    python = fake_python('trap \'\' TERM; echo \'{"event": "log", "text": "a"}\'; sleep 300')

    def fail(event: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_job(evaluate_job, python=python, on_event=fail)
    assert psutil.Process().children(recursive=True) == before


class ScriptedWorker:
    """Stands in for the process: each `wait` gives the next item of a script, or raises it."""

    script: list[object]
    did: list[str]

    def __init__(self, *, python: Path | None, standby: object) -> None:
        self.running = False

    def start(self, job: object) -> None:
        self.running = True

    def wait(self, *, timeout_s: float) -> list:
        item = self.script.pop(0)
        if isinstance(item, BaseException):
            raise item
        self.running = not isinstance(item, Cancelled | Failed)
        return [item]

    def cancel(self) -> None:
        self.did.append("cancel")

    def close(self, *, timeout_s: float) -> None:
        self.did.append("close")


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> type[ScriptedWorker]:
    monkeypatch.setattr(module, "WorkerProcess", ScriptedWorker)
    ScriptedWorker.did = []
    return ScriptedWorker


def test_ctrl_c_asks_to_stop_and_waits_for_the_answer(
    scripted: type[ScriptedWorker], evaluate_job: EvaluateJob
) -> None:
    scripted.script = [Log(text="a"), KeyboardInterrupt(), Log(text="b"), Cancelled()]
    assert [event.event for event in run_job(evaluate_job)] == ["log", "log", "cancelled"]
    assert scripted.did == ["cancel", "close"]


def test_a_second_ctrl_c_ends_it_at_once(scripted: type[ScriptedWorker], evaluate_job: EvaluateJob) -> None:
    scripted.script = [KeyboardInterrupt(), KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        run_job(evaluate_job)
    assert scripted.did == ["cancel", "close"]
