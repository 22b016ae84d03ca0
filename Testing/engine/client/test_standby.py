"""A worker that stands by does job after job as one of its own would, and never outlives who keeps it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import torch

from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.client.python import child_environment
from QualityFinetuneLib.engine.client.run import run_job
from QualityFinetuneLib.engine.client.standby import Standby
from QualityFinetuneLib.engine.protocol.events import Cancelled, Done, Failed, Started
from QualityFinetuneLib.engine.protocol.jobs import EvaluateJob, FinetuneJob


@pytest.fixture
def standby() -> Iterator[Standby]:
    one = Standby()
    yield one
    one.close()


def gone(pid: int) -> bool:
    """Whether the process ends soon, or has ended."""
    try:
        psutil.Process(pid).wait(timeout=20.0)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_one_worker_does_job_after_job_and_equals_workers_of_their_own(
    standby: Standby, finetune_job: Callable[..., FinetuneJob], evaluate_job: EvaluateJob, tmp_path: Path
) -> None:
    standby.prepare()
    kept = standby.pid
    assert kept is not None
    jobs = [finetune_job(epochs=1, output=tmp_path / name) for name in ("first", "second")]
    pids = []
    for job in (*jobs, evaluate_job):
        events = run_job(job, standby=standby)
        assert isinstance(events[-1], Done)
        pids += [event.pid for event in events if isinstance(event, Started)]
        assert standby.pid == kept, "it stands by again"
        told = [event.model_dump_json() for event in events]
        assert (job.output / "events.jsonl").read_text(encoding="utf-8").splitlines() == told
    assert pids == [kept] * 3
    own = finetune_job(epochs=1, output=tmp_path / "own")
    run_job(own)
    weights = [torch.load(job.output / "last.pt", weights_only=True)["weights"] for job in (*jobs, own)]
    for other in weights[1:]:
        assert all(torch.equal(other[name], value) for name, value in weights[0].items())


def test_a_worker_whose_job_failed_or_was_cancelled_does_not_stand_by(
    standby: Standby, finetune_job: Callable[..., FinetuneJob], evaluate_job: EvaluateJob
) -> None:
    worker = WorkerProcess(standby=standby)
    worker.start(finetune_job(epochs=500))
    events = worker.wait(timeout_s=60.0)
    worker.cancel()
    while worker.running:
        events += worker.wait(timeout_s=1.0)
    assert isinstance(events[-1], Cancelled)
    pid = worker.pid
    worker.close()
    assert standby.pid is None and pid is not None and gone(pid)

    worker.start(evaluate_job.model_copy(update={"cases": ()}))
    events = []
    while worker.running:
        events += worker.wait(timeout_s=1.0)
    assert isinstance(events[-1], Failed)
    worker.close()
    assert standby.pid is None


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_died_while_standing_by_is_replaced(standby: Standby, evaluate_job: EvaluateJob) -> None:
    standby.prepare()
    dead = standby.pid
    assert dead is not None
    os.kill(dead, signal.SIGKILL)
    assert gone(dead)
    assert isinstance(run_job(evaluate_job, standby=standby)[-1], Done)
    assert standby.pid not in (None, dead)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_worker_that_dies_within_a_job_is_told_as_ever(
    standby: Standby, finetune_job: Callable[..., FinetuneJob]
) -> None:
    standby.prepare()
    worker = WorkerProcess(standby=standby)
    worker.start(finetune_job(epochs=500))
    events = worker.wait(timeout_s=60.0)
    assert worker.pid is not None
    os.kill(worker.pid, signal.SIGKILL)
    while worker.running:
        events += worker.wait(timeout_s=1.0)
    assert isinstance(events[-1], Failed)
    assert "signal" in events[-1].why.lower() or "kill" in events[-1].why.lower()
    worker.close()
    assert standby.pid is None


def test_another_environment_gets_another_worker(
    standby: Standby, evaluate_job: EvaluateJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    standby.prepare()
    first = standby.pid
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert isinstance(run_job(evaluate_job, standby=standby)[-1], Done)
    second = standby.pid
    assert first is not None and second not in (None, first) and gone(first), "the one that fits stands by"
    monkeypatch.setenv("OMP_NUM_THREADS", "6")
    standby.prepare()
    assert second is not None and standby.pid not in (None, second) and gone(second)


def test_closing_leaves_no_process(standby: Standby) -> None:
    standby.prepare()
    pid = standby.pid
    assert pid is not None
    standby.close()
    assert standby.pid is None and gone(pid)


def test_what_hinders_standing_by_is_left_for_the_job_to_tell(
    standby: Standby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    standby.prepare(tmp_path / "no-python")
    assert standby.pid is None
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 1024**3})())
    standby.prepare()
    assert standby.pid is None


def test_a_client_that_dies_takes_its_standing_worker_with_it(standby: Standby) -> None:
    standby.prepare()
    pid = standby.pid
    taken = standby.take(next(iter([standby._kept.python])), child_environment(standby._kept.python))
    assert taken is not None and pid is not None
    taken.close_stdin()  # as the end of the client does
    assert gone(pid)
    taken.end(timeout_s=0.0)
