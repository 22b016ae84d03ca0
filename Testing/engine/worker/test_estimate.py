"""Memory and time are told before they are needed, near what they turn out to be, and never in the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from QualityFinetuneLib.common.errors import ErrorCode
from QualityFinetuneLib.engine.protocol.events import Metric
from QualityFinetuneLib.engine.protocol.jobs import FinetuneJob
from QualityFinetuneLib.engine.worker import estimate as module
from QualityFinetuneLib.engine.worker.estimate import estimated_memory, free_bytes, tell_memory, tell_time
from QualityFinetuneLib.engine.worker.finetune import finetune
from QualityFinetuneLib.engine.worker.footprint import Footprint
from QualityFinetuneLib.engine.worker.losses import SegmentationLoss
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
from QualityFinetuneLib.engine.worker.sample import Sample
from QualityFinetuneLib.models.build import build

CPU = torch.device("cpu")
GB = 10**9


class Objective:
    """DiceCE of three classes."""

    def __init__(self, model) -> None:
        self.loss = SegmentationLoss(outputs=3, weights=model.supervision_weights)


def estimated(model, plan: MemoryPlan, *, cases: int = 2, objective: object = None, **options: object) -> Footprint:
    extents = (1, *plan.patch)
    settings = {"cached": False, "averaged": False, "precision": "fp32", "device": CPU} | options
    sample = Sample(image=torch.zeros(extents), target=torch.zeros(extents, dtype=torch.int64))
    return estimated_memory(model, objective or Objective(model), plan, sample, cases=cases, **settings)


def plan(**changes: object) -> MemoryPlan:
    values = {"parts": 1, "patch": (32, 32, 16), "recompute": False, "patch_may_shrink": False} | changes
    return MemoryPlan(**values)


@pytest.fixture
def model():
    return build("segresnet_ds", outputs=3, in_channels=1, init_filters=8).train()


def test_activations_are_those_that_the_backward_pass_keeps(model) -> None:
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    images, labels = torch.zeros(2, 1, 32, 32, 16), torch.zeros(2, 1, 32, 32, 16, dtype=torch.int64)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        loss = Objective(model).loss(model(images), labels)
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    activations = sum(size for place, size in kept.items() if place not in own)
    found = estimated(model, plan()).step
    print(f"kept for the backward pass {activations / 1e6:.1f} MB, estimated peak of the step {found / 1e6:.1f} MB")
    loss.backward()
    assert activations < found < 1.6 * activations + sum(4 * p.numel() for p in model.parameters())


def test_parts_bf16_and_a_cached_encoder_take_less(model) -> None:
    whole = estimated(model, plan(patch=(64, 64, 32))).step
    assert estimated(model, plan(patch=(64, 64, 32), parts=2)).step < 0.6 * whole
    assert estimated(model, plan(patch=(64, 64, 32)), precision="bf16").step < 0.8 * whole
    model.freeze_encoder()
    assert estimated(model, plan(patch=(64, 64, 32)), cached=True).step < 0.8 * whole


def test_activations_that_are_computed_twice_take_less(model) -> None:
    large = {"patch": (96, 96, 32)}
    assert estimated(model, plan(**large, recompute=True)).step < 0.9 * estimated(model, plan(**large)).step


def test_a_gpu_keeps_more_because_it_has_none_of_the_kernels_that_keep_little() -> None:
    model = build("profound_conv", outputs=3, in_channels=1, size="atto", hidden=32).train()
    large = plan(patch=(64, 96, 96))
    assert estimated(model, large, device=torch.device("cuda")).step > 1.2 * estimated(model, large).step


def test_a_loss_that_looks_at_its_values_does_not_stand_in_the_way(model) -> None:
    class Looks:
        def loss(self, outputs, targets):
            known = targets > 0
            return outputs[0].mean() if not known.any() else outputs[0].movedim(1, -1)[known[:, 0]].mean()

    assert estimated(model, plan(), objective=Looks()).step > 0


def test_what_fits_is_told_and_nothing_else(heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda device: 8 * GB)
    memory = plan()
    tell_memory(
        heard.context(), lambda: Footprint(model=GB, optimiser=2 * GB, step=3 * GB), memory, cases=4, device=CPU
    )
    assert [(e.name, e.value, e.unit) for e in heard.of("metric")] == [("estimated_memory", 6.0, "GB")]
    assert "about 6.0 GB" in heard.of("log")[0].text and "8.0 GB are free" in heard.of("log")[0].text
    assert heard.of("warning") == [] and memory.parts == 1


def test_what_does_not_fit_is_warned_of_and_cut_into_parts_that_do(heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda device: 4 * GB)
    memory = plan()
    tell_memory(
        heard.context(),
        lambda: Footprint(model=GB, optimiser=GB, step=8 * GB // memory.parts),
        memory,
        cases=8,
        device=CPU,
    )
    assert memory.parts == 4
    first = heard.of("warning")[0]
    assert first.code is ErrorCode.OUT_OF_MEMORY and "9.0 GB more" in first.why and "smaller parts" in first.next


def test_processes_that_train_together_change_no_plan_on_their_own(heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "free_bytes", lambda device: GB)
    memory = plan()
    footprint = Footprint(model=GB, optimiser=GB, step=9 * GB)
    tell_memory(heard.context(), lambda: footprint, memory, cases=8, device=CPU, may_shrink=False)
    assert memory.parts == 1 and len(heard.of("warning")) == 1


def test_what_cannot_be_estimated_is_trained_all_the_same(heard) -> None:
    def fail() -> Footprint:
        raise NotImplementedError("no fake kernel")

    tell_memory(heard.context(), fail, plan(), cases=1, device=CPU)
    assert "could not be estimated" in heard.of("log")[0].text and heard.of("warning") == []


@pytest.mark.parametrize(("seconds", "words"), [(2.0, "20 s"), (60.0, "10 min"), (1800.0, "5.0 h")])
def test_time_is_told_in_the_unit_that_fits(heard, seconds: float, words: str) -> None:
    tell_time(heard.context(), seconds, 10, what="The training")
    assert heard.of("metric")[0].value == 10 * seconds and heard.of("metric")[0].unit == "s"
    assert heard.of("log")[0].text == f"The training will take about {words}."


def test_the_free_memory_of_this_machine_is_a_sensible_number() -> None:
    assert 10**7 < free_bytes(CPU) < 10**14


def test_a_run_tells_both_before_its_first_epoch_ends(finetune_job: Callable[..., FinetuneJob], heard) -> None:
    finetune(finetune_job(steps_per_epoch=3), heard.context(), device=CPU)
    names = [event.name for event in heard if isinstance(event, Metric)]
    assert names.index("estimated_memory") < names.index("estimated_time") < names.index("loss")
    assert names.count("estimated_time") == 3, "by a trial, by the second step, with the first validation"
    assert not any("could not be estimated" in event.text for event in heard.of("log"))
