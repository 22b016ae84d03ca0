"""Finetuning inside the test's process: it learns, it repeats exactly, it resumes exactly, it tells what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.models.package import load_model

CPU = torch.device("cpu")
MakeJob = Callable[..., FinetuneJob]


def losses(heard) -> list[float | None]:
    return [event.value for event in heard if isinstance(event, Metric) and event.name == "loss"]


def final_weights(output: Path) -> dict[str, torch.Tensor]:
    return torch.load(output / "last.pt", weights_only=True)["weights"]


def assert_same_weights(first: Path, second: Path) -> None:
    a, b = final_weights(first), final_weights(second)
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("mode", ["full", "frozen", "scratch"])
def test_each_mode_learns_and_leaves_a_loadable_model(finetune_job: MakeJob, heard, mode: str) -> None:
    job = finetune_job(mode=mode, epochs=6, steps_per_epoch=4)
    finetune(job, heard.context(), device=CPU)

    assert losses(heard)[-1] < 0.8 * losses(heard)[0]
    _, meta = load_model(job.output / "best")
    assert (meta.mode, meta.task, meta.outputs) == (mode, "zones", 3)
    assert meta.trained_on["cases_high"] == 3
    assert [a.role for a in heard.of("artifact")] == ["model", "checkpoint", "metrics"]
    written = json.loads((job.output / "metrics.json").read_text())
    assert written["best"]["epoch"] == meta.trained_on["best_epoch"]
    assert [row["loss"] for row in written["history"]] == losses(heard)


@pytest.mark.parametrize("mode", ["full", "frozen"])
def test_the_same_seed_gives_the_same_losses_and_weights_twice(
    finetune_job: MakeJob, heard, tmp_path: Path, mode: str
) -> None:
    for name in ("a", "b"):
        finetune(finetune_job(mode=mode, output=tmp_path / name), heard.context(), device=CPU)
    told = losses(heard)
    assert told[:3] == told[3:]
    assert_same_weights(tmp_path / "a", tmp_path / "b")


def test_another_seed_gives_another_loss(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    for seed in (0, 1):
        finetune(finetune_job(seed=seed, epochs=1, output=tmp_path / str(seed)), heard.context(), device=CPU)
    assert losses(heard)[0] != losses(heard)[1]


def test_a_resumed_run_equals_an_unbroken_one_exactly(finetune_job: MakeJob, heard, tmp_path: Path) -> None:
    finetune(finetune_job(mode="full", output=tmp_path / "whole"), heard.context(), device=CPU)
    steps = 0

    def stop_in_second_epoch() -> bool:
        nonlocal steps
        steps = sum(event.event == "progress" and event.unit == "step" for event in heard_broken)
        return steps > 4

    heard_broken = type(heard)()
    broken = finetune_job(mode="full", output=tmp_path / "broken")
    with pytest.raises(Stopped):
        finetune(broken, heard_broken.context(asked_to_stop=stop_in_second_epoch), device=CPU)
    assert [a.role for a in heard_broken.of("artifact")] == ["model", "checkpoint"]

    heard_again = type(heard)()
    resumed = broken.model_copy(update={"resume": True})
    finetune(resumed, heard_again.context(), device=CPU)
    assert losses(heard_broken) + losses(heard_again) == losses(heard)
    assert_same_weights(tmp_path / "whole", tmp_path / "broken")
    best = [load_file(tmp_path / name / "best" / "model.safetensors") for name in ("whole", "broken")]
    assert all(torch.equal(best[0][name], best[1][name]) for name in best[0])


def test_resuming_with_other_settings_is_refused(finetune_job: MakeJob, heard) -> None:
    finetune(finetune_job(epochs=1), heard.context(), device=CPU)
    with pytest.raises(UserError) as caught:
        finetune(finetune_job(epochs=1, learning_rate=0.1, resume=True), heard.context(), device=CPU)
    assert caught.value.code is ErrorCode.CONFLICT
