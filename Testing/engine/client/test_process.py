"""The client against real child processes: honest workers, dying ones, stubborn ones."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.client.interface import Engine
from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.protocol.events import Cancelled, Done, Failed, Log, Started
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, FinetuneJob

posix = pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")


def descendants() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def test_the_client_is_an_engine() -> None:
    assert isinstance(WorkerProcess(), Engine)


def test_a_job_runs_to_its_end_and_its_process_is_gone(
    worker: WorkerProcess, evaluate_job: EvaluateJob, finish: Callable
) -> None:
    before = descendants()
    worker.start(evaluate_job)
    events = finish(worker)
    assert isinstance(events[0], Started) and events[0].kind == "evaluate"
    assert isinstance(events[-1], Done)
    assert events[0].pid == worker.pid
    worker.close()
    assert descendants() == before


def test_polling_never_waits(worker: WorkerProcess, evaluate_job: EvaluateJob) -> None:
    worker.start(evaluate_job)
    longest = 0.0
    while worker.running:
        began = time.perf_counter()
        worker.poll()
        longest = max(longest, time.perf_counter() - began)
        time.sleep(0.01)
    assert longest < 0.5


def test_what_was_told_is_also_kept_in_the_run_folder(
    worker: WorkerProcess, evaluate_job: EvaluateJob, finish: Callable
) -> None:
    worker.start(evaluate_job)
    told = [event.model_dump(mode="json") for event in finish(worker)]
    kept = [json.loads(line) for line in (evaluate_job.output / "events.jsonl").read_text("utf-8").splitlines()]
    assert kept == told
    assert (evaluate_job.output / "job.yaml").is_file()


def test_a_second_job_must_wait_for_the_first(
    worker: WorkerProcess, evaluate_job: EvaluateJob, finish: Callable
) -> None:
    worker.start(evaluate_job)
    with pytest.raises(UserError) as caught:
        worker.start(evaluate_job)
    assert caught.value.code is ErrorCode.CONFLICT
    finish(worker)
    worker.start(evaluate_job)
    assert isinstance(finish(worker)[-1], Done)


def test_a_python_that_does_not_exist_is_refused(evaluate_job: EvaluateJob, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        WorkerProcess(python=tmp_path / "no-such-python").start(evaluate_job)
    assert caught.value.code is ErrorCode.BAD_CONFIG


def test_cancelling_keeps_the_best_model(
    worker: WorkerProcess, finetune_job: Callable[..., FinetuneJob], until: Callable, finish: Callable
) -> None:
    job = finetune_job(epochs=500)
    worker.start(job)
    until(worker, lambda event: event.event == "metric" and event.name == "dice")
    until(worker, lambda event: event.event == "progress")
    worker.cancel()
    events = finish(worker)
    assert isinstance(events[-1], Cancelled)
    assert [event.role for event in events if event.event == "artifact"] == ["model", "checkpoint"]
    assert (job.output / "best" / "model.safetensors").is_file()
    while worker.exit_code is None:
        time.sleep(0.01)
    assert worker.exit_code == 3


@posix
def test_a_killed_worker_is_told_as_failed_with_its_last_words(
    fake_python: Callable[[str], Path], evaluate_job: EvaluateJob, finish: Callable
) -> None:
    client = WorkerProcess(python=fake_python("echo 'the disk is on fire' >&2; kill -9 $$"))
    client.start(evaluate_job)
    (failed,) = finish(client)
    assert isinstance(failed, Failed) and failed.code is ErrorCode.ENGINE_DIED
    assert "SIGKILL" in failed.why and "the disk is on fire" in failed.why
    assert client.exit_code == -signal.SIGKILL
    assert client.stderr_tail == ["the disk is on fire"]
    client.close()


@posix
def test_a_python_without_the_package_is_told_what_to_install(
    fake_python: Callable[[str], Path], evaluate_job: EvaluateJob, finish: Callable
) -> None:
    client = WorkerProcess(python=fake_python("echo 'fake-python: No module named QualityFinetuneLib' >&2; exit 1"))
    client.start(evaluate_job)
    assert "Install QualityFinetune into the Python" in finish(client)[-1].next
    client.close()


@posix
def test_a_line_that_is_no_event_is_shown_as_a_log(
    fake_python: Callable[[str], Path], evaluate_job: EvaluateJob, finish: Callable
) -> None:
    done = Done(elapsed_s=0.1).model_dump_json()
    client = WorkerProcess(python=fake_python(f"printf 'gr\\374n\\n'; echo '{done}'"))
    client.start(evaluate_job)
    events = finish(client)
    assert events[0] == Log(text="gr\ufffdn")
    assert isinstance(events[1], Done)
    client.close()


@posix
def test_closing_ends_a_worker_that_listens_to_nobody_and_its_children(
    fake_python: Callable[[str], Path], evaluate_job: EvaluateJob
) -> None:
    before = descendants()
    client = WorkerProcess(python=fake_python("trap '' TERM INT HUP; sleep 300 & sleep 300"))
    client.start(evaluate_job)
    while len(descendants()) < len(before) + 3:
        time.sleep(0.01)
    began = time.monotonic()
    client.close(timeout_s=0.3)
    assert time.monotonic() - began < 20
    assert descendants() == before
    assert not client.running


@posix
def test_closing_finds_the_real_worker_behind_a_launcher_that_died(
    fake_python: Callable[[str], Path], evaluate_job: EvaluateJob, until: Callable
) -> None:
    started = Started(kind="predict", pid=12345, device="cpu", versions={}).model_dump_json()
    told = "'" + started.replace("12345", "'$!'") + "'"
    client = WorkerProcess(python=fake_python(f"sleep 300 & echo {told}; wait"))
    client.start(evaluate_job)
    (event,) = until(client, lambda event: isinstance(event, Started))
    psutil.Process(client.pid).kill()
    while client.exit_code is None:
        time.sleep(0.01)
    assert psutil.pid_exists(event.pid)
    client.close(timeout_s=0.1)
    assert not psutil.pid_exists(event.pid) or psutil.Process(event.pid).status() == psutil.STATUS_ZOMBIE


def test_closing_twice_or_before_the_start_is_harmless() -> None:
    client = WorkerProcess()
    client.close()
    client.close()
    assert client.poll() == [] and client.exit_code is None and client.pid is None
