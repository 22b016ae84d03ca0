"""Kill -9, wherever it strikes: no finished epoch is lost, and no process stays behind."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import torch

from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.protocol.events import Done, Failed
from QualityFinetuneLib.engine.protocol.job_file import save_job
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker.device import prepare_device
from QualityFinetuneLib.engine.worker.finetune import finetune

PARENT = """
import sys, time
from pathlib import Path
from QualityFinetuneLib.engine.client.process import WorkerProcess
from QualityFinetuneLib.engine.protocol.job_file import load_job
worker = WorkerProcess()
worker.start(load_job(Path(sys.argv[1])))
while True:
    for event in worker.poll():
        print(event.event, worker.pid, flush=True)
    time.sleep(0.05)
"""


def in_step(event: object) -> bool:
    return getattr(event, "event", "") == "progress" and getattr(event, "unit", "") == "step"


def test_a_run_killed_at_random_moments_ends_like_an_unbroken_one(
    finetune_job: Callable[..., FinetuneJob], heard, until: Callable, finish: Callable, tmp_path: Path
) -> None:
    settings = {"mode": "full", "epochs": 10, "steps_per_epoch": 4}
    whole = finetune_job(output=tmp_path / "whole", **settings)
    finetune(whole, heard.context(), device=prepare_device("cpu", threads=1))

    chance = random.Random(time.time_ns())
    job = finetune_job(output=tmp_path / "killed", resume=True, **settings)
    epochs = 0
    worker = WorkerProcess()
    for _ in range(2):
        worker.start(job)
        until(worker, in_step)
        time.sleep(chance.uniform(0.0, 0.8))
        psutil.Process(worker.pid).kill()
        ended = finish(worker)[-1]
        assert isinstance(ended, Failed | Done)
        if (job.output / "last.pt").is_file():
            done = torch.load(job.output / "last.pt", weights_only=True)["epoch"]
            assert done >= epochs, "a finished epoch was lost"
            epochs = done
    worker.start(job)
    assert isinstance(finish(worker)[-1], Done)
    worker.close()

    expected = torch.load(whole.output / "last.pt", weights_only=True)
    found = torch.load(job.output / "last.pt", weights_only=True)
    assert found["history"] == expected["history"]
    assert found["best_epoch"] == expected["best_epoch"]
    assert all(torch.equal(found["weights"][name], value) for name, value in expected["weights"].items())
    assert sorted(path.name for path in job.output.iterdir() if path.name.startswith(".")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_worker_ends_by_itself_when_its_parent_is_killed(
    finetune_job: Callable[..., FinetuneJob], tmp_path: Path
) -> None:
    job = save_job(finetune_job(epochs=2000, output=tmp_path / "orphan"))
    with subprocess.Popen([sys.executable, "-c", PARENT, str(job)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        words = next(line.split() for line in parent.stdout if line.startswith("progress"))
        worker = psutil.Process(int(words[1]))
        assert worker.is_running()
        parent.kill()
    worker.wait(timeout=25)
    assert '"cancelled"' in (tmp_path / "orphan" / "events.jsonl").read_text("utf-8").splitlines()[-1]
