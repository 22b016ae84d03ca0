"""Real processes that train one network together: the same losses as one process, and nobody waits for the dead."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness import ranks
from harness.ranks import Rank
from QualityFinetuneLib.engine.protocol.events import EVENT, AnyEvent, Cancelled, Failed, Metric
from QualityFinetuneLib.engine.protocol.job_file import save_job
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob, PredictJob
from QualityFinetuneLib.engine.worker.device import prepare_device
from QualityFinetuneLib.engine.worker.finetune import finetune

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the processes here are forked")
MakeJob = Callable[..., FinetuneJob]
Start = Callable[..., list[Rank]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts two workers on a job; whatever still runs after the test is killed."""
    started: list[Rank] = []

    def two(job: FinetuneJob | PredictJob, *, unattended: bool = True) -> list[Rank]:
        started.extend(ranks.start(save_job(job), tmp_path, unattended=unattended))
        return started

    yield two
    for rank in started:
        rank.process.kill()
        rank.process.join()


def heard_in(job: FinetuneJob) -> list[AnyEvent]:
    path = job.output / "events.jsonl"
    lines = path.read_text("utf-8").splitlines(keepends=True) if path.is_file() else []
    return [EVENT.validate_json(line) for line in lines if line.endswith("\n")]


def until_it_trains(job: FinetuneJob, started: list[Rank]) -> None:
    deadline = time.monotonic() + 120.0
    while not any(isinstance(event, Metric) and event.epoch == 2 for event in heard_in(job)):
        assert all(rank.process.is_alive() for rank in started) and time.monotonic() < deadline
        time.sleep(0.05)


def exit_codes(started: list[Rank]) -> list[int | None]:
    for rank in started:
        rank.process.join(timeout=60)
    return [rank.process.exitcode for rank in started]


def test_two_processes_of_one_case_each_equal_one_process_of_two(
    finetune_job: MakeJob, exams, heard, start: Start, tmp_path: Path
) -> None:
    settings = {"mode": "full", "batch_size": 2, "epochs": 3, "train": exams[:4], "ema": 0.9}
    alone = finetune_job(output=tmp_path / "alone", validate_on=exams[4:], **settings)
    finetune(alone, heard.context(), device=prepare_device("cpu", threads=1))
    together = finetune_job(output=tmp_path / "together", validate_on=exams[4:], **settings)
    started = start(together)
    assert exit_codes(started) == [0, 0], [rank.stderr.read_text("utf-8") for rank in started]
    assert started[0].stdout.read_bytes() and not started[1].stdout.read_bytes(), "only the first one speaks"
    expected, found = (json.loads((job.output / "metrics.json").read_text())["history"] for job in (alone, together))
    assert [row["loss"] for row in found] == pytest.approx([row["loss"] for row in expected], rel=1e-5)
    assert [row["dice"] for row in found] == pytest.approx([row["dice"] for row in expected], abs=0.02)
    left = {path.name for path in together.output.iterdir()}
    assert left == {"best", "events.jsonl", "job.yaml", "last.pt", "metrics.json"}


@pytest.mark.parametrize("dies", [0, 1])
def test_when_one_process_is_killed_the_other_ends_with_a_clear_failure(
    finetune_job: MakeJob, start: Start, dies: int
) -> None:
    job = finetune_job(batch_size=2, epochs=1000)
    started = start(job)
    until_it_trains(job, started)
    started[dies].process.kill()
    assert exit_codes(started)[1 - dies] == 1
    told = "one of its processes ended"
    if dies == 1:
        last = heard_in(job)[-1]
        assert isinstance(last, Failed) and told in last.what and "resume" in last.next
    else:
        assert told in started[1].stderr.read_text("utf-8")


def test_a_cancel_reaches_all(finetune_job: MakeJob, start: Start) -> None:
    job = finetune_job(batch_size=2, epochs=1000)
    started = start(job, unattended=False)
    until_it_trains(job, started)
    started[0].say("cancel")
    assert exit_codes(started) == [3, 3]
    assert isinstance(heard_in(job)[-1], Cancelled)
    assert (job.output / "best" / "model.safetensors").is_file()


def test_other_jobs_are_not_shared(predict_job: PredictJob, start: Start) -> None:
    assert exit_codes(start(predict_job)) == [1, 1]
    last = heard_in(predict_job)[-1]  # type: ignore[arg-type]
    assert isinstance(last, Failed) and "without torchrun" in last.next
