"""The epochs of a pretraining: what is told before and during them, and what survives a kill or a lack of memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import PretrainJob
from QualityFinetuneLib.engine.worker import step as step_module
from QualityFinetuneLib.engine.worker.pretrain import pretrain
from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.engine.worker.state import save_state

CPU = torch.device("cpu")
MakeJob = Callable[..., PretrainJob]


def told(heard, name: str) -> list[float]:
    return [event.value for event in heard if isinstance(event, Metric) and event.name == name]


def test_memory_and_time_are_told_before_the_first_epoch_and_waiting_after_each(pretrain_job: MakeJob, heard) -> None:
    pretrain(pretrain_job(epochs=2), heard.context(), device=CPU)
    names = [event.name for event in heard if isinstance(event, Metric)]
    assert names[:2] == ["estimated_memory", "estimated_time"]
    assert len(told(heard, "data_wait_share")) == 2 and all(
        0 <= share < 1 for share in told(heard, "data_wait_share")
    )
    assert not any("could not be estimated" in event.text for event in heard.of("log"))


def test_a_run_killed_between_its_model_and_its_record_ends_like_an_unbroken_one(
    pretrain_job: MakeJob, heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretrain(pretrain_job(output=tmp_path / "whole"), heard.context(), device=CPU)

    class Killed(BaseException):
        pass

    def killed(folder: Path, state: object) -> None:
        if state.epoch == 2:
            raise Killed
        save_state(folder, state)

    job = pretrain_job(output=tmp_path / "killed")
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("QualityFinetuneLib.engine.worker.pretrain_training.save_state", killed)
        pretrain(job, type(heard)().context(), device=CPU)
    again = type(heard)()
    pretrain(job.model_copy(update={"resume": True}), again.context(), device=CPU)
    assert told(again, "loss") == told(heard, "loss")[1:]
    best = [load_file(tmp_path / name / "best" / "model.safetensors") for name in ("whole", "killed")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_out_of_memory_is_survived_by_showing_less(
    pretrain_job: MakeJob, heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = step_module.TrainingStep._outputs

    def limited(self, samples: list[Sample]):
        if sum(sample.image.numel() for sample in samples) > 2 * 16 * 8 * 8:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return real(self, samples)

    monkeypatch.setattr(step_module.TrainingStep, "_outputs", limited)
    monkeypatch.setattr("QualityFinetuneLib.engine.worker.memory_plan.SMALLEST_PATCH", 8)
    job = pretrain_job(epochs=1)
    pretrain(job, heard.context(), device=CPU)
    warned = [event.why for event in heard.of("warning") if event.code is ErrorCode.OUT_OF_MEMORY]
    assert len(warned) == 2
    assert "2 parts" in warned[0]
    assert "8 x 16 x 8" in warned[1]
