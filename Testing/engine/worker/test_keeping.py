"""What is written when: in the order that survives a kill, not longer than it is worth, and all of it at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker import keeping as module
from QualityFinetuneLib.engine.worker.context import Stopped
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.models.package import read_meta

CPU = torch.device("cpu")
RARELY, ALWAYS = 1e-9, 1e9


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was written, in order."""
    order: list[str] = []
    save_model, save_state = module.save_model, module.save_state

    def note_model(folder: Path, *rest: object) -> object:
        order.append("model")
        return save_model(folder, *rest)

    def note_state(folder: Path, state: object) -> Path:
        order.append("state")
        return save_state(folder, state)

    monkeypatch.setattr(module, "save_model", note_model)
    monkeypatch.setattr(module, "save_state", note_state)
    return order


def left_by(job: FinetuneJob) -> dict[str, Any]:
    """All that a run leaves to go on from, and its best model."""
    state = torch.load(job.output / "last.pt", weights_only=True)
    del state["timing"]
    best = load_file(job.output / "best" / "model.safetensors")
    return {"state": state, "best": best, "epoch": read_meta(job.output / "best").trained_on["best_epoch"]}


def require_same(one: Any, other: Any) -> None:
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            require_same(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            require_same(a, b)
    else:
        assert one == other


def test_the_best_model_is_written_before_the_record_that_promises_it(
    finetune_job: Callable[..., FinetuneJob], heard, written: list[str]
) -> None:
    finetune(finetune_job(epochs=1), heard.context(), device=CPU)
    assert written == ["model", "state"]


@pytest.mark.parametrize("options", [{"ema": 0.5}, {"mode": "full", "validate_every": 2}], ids=str)
def test_writing_rarely_leaves_what_writing_always_leaves(
    finetune_job: Callable[..., FinetuneJob], heard, written, monkeypatch, options: dict[str, Any]
) -> None:
    left = []
    for share in (ALWAYS, RARELY):
        written.clear()
        monkeypatch.setattr(module, "WRITING_SHARE", share)
        job = finetune_job(epochs=4, learning_rate=5e-3, **options)
        finetune(job, heard.context(), device=CPU)
        left.append(left_by(job))
        assert written.count("state") == (4 if share == ALWAYS else 2)
    require_same(*left)
    assert left[0]["epoch"] > 1, "otherwise no best model had to be remembered"


def test_a_stop_writes_what_was_only_remembered(
    finetune_job: Callable[..., FinetuneJob], heard, written, monkeypatch
) -> None:
    job = finetune_job(epochs=5, learning_rate=5e-3)
    finetune(job, heard.context(), device=CPU)
    unbroken = left_by(job)
    monkeypatch.setattr(module, "WRITING_SHARE", RARELY)
    written.clear()
    heard.clear()

    def third_epoch_is_over() -> bool:
        return any(
            isinstance(event, Metric) and (event.name, event.epoch, event.stratum) == ("dice", 3, "all")
            for event in heard
        )

    with pytest.raises(Stopped):
        finetune(job, heard.context(asked_to_stop=third_epoch_is_over), device=CPU)
    assert written.count("state") == 2
    assert left_by(job)["state"]["epoch"] == 3
    finetune(job.model_copy(update={"resume": True}), heard.context(), device=CPU)
    require_same(left_by(job), unbroken)
