"""An epoch: what it tells, and how little it waits for data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker.finetune import finetune

CPU = torch.device("cpu")


def test_each_epoch_tells_how_long_the_network_waited_for_data(
    finetune_job: Callable[..., FinetuneJob], heard
) -> None:
    finetune(finetune_job(epochs=2, steps_per_epoch=4), heard.context(), device=CPU)
    told = [event for event in heard if isinstance(event, Metric) and event.name == "data_wait_share"]
    assert [event.epoch for event in told] == [1, 2]
    assert all(event.value is not None and 0 <= event.value < 1 for event in told)


def test_a_network_that_cannot_be_judged_yet_goes_on(
    finetune_job: Callable[..., FinetuneJob], heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "QualityFinetuneLib.engine.worker.segmentation_objective.SegmentationObjective.conclude",
        lambda *_, **__: None,
    )
    job = finetune_job(epochs=3, patience=1)
    finetune(job, heard.context(), device=CPU)
    state = torch.load(job.output / "last.pt", weights_only=True)
    assert (state["epoch"], state["best_epoch"], state["stopped_early"]) == (3, None, False)
    assert not (job.output / "best").exists()
