"""One step: same gradient in parts, survives a lack of memory, stops when the loss is no number."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from QualityFinetuneLib.cases.tasks import Task
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.engine.protocol.jobs import CaseFiles, FinetuneJob, TrainOptions
from QualityFinetuneLib.engine.worker import step as module
from QualityFinetuneLib.engine.worker.memory_plan import MemoryPlan
from QualityFinetuneLib.engine.worker.network import network_to_train
from QualityFinetuneLib.engine.worker.optimising import optimiser
from QualityFinetuneLib.engine.worker.patches import Patches, epoch_plan
from QualityFinetuneLib.engine.worker.segmentation_objective import SegmentationObjective
from QualityFinetuneLib.engine.worker.step import TrainingStep

CPU = torch.device("cpu")


@pytest.fixture
def make(finetune_job: Callable[..., FinetuneJob], exams: tuple[CaseFiles, ...], zones: Task, heard):
    """A step on the tiny network with its plan; the network is the same each time."""

    def make(**plan: object):
        options = TrainOptions(mode="scratch", learning_rate=1e-2)
        network = network_to_train(
            finetune_job().model, zones, options=options, seed=0, simulated=False, context=heard.context()
        )
        model = network.model.train()
        objective = SegmentationObjective(
            task=zones, meta=network.meta, weights=model.supervision_weights, device=CPU, precision="fp32",
            context=heard.context(),
        )  # fmt: skip
        cases = [objective.prepare(case) for case in exams]
        defaults = {"parts": 1, "patch": (16, 16, 8), "recompute": False, "patch_may_shrink": True}
        memory = MemoryPlan(**(defaults | {"divisors": (8, 8, 8)} | plan))
        step = TrainingStep(
            model=model,
            objective=objective,
            optimizer=optimiser(model, options),
            patches=Patches(cases, target=objective.target, augment=True, whole_volume=False),
            features=None,
            plan=memory,
            device=CPU,
            precision="fp32",
            context=heard.context(),
        )
        return model, step, memory

    return make


def batch(size: int = 4):
    return epoch_plan(5, batch_size=size, steps=1, seed=3, epoch=0, views=None)[0]


@pytest.mark.parametrize("plan", [{"parts": 2}, {"parts": 3}, {"parts": 4}, {"recompute": True}], ids=str)
def test_a_batch_in_parts_or_recomputed_gives_the_same_gradient(make, plan: dict) -> None:
    whole, step, _ = make()
    expected = step.run(batch(), words=("w",))
    parts, step, _ = make(**plan)
    assert step.run(batch(), words=("w",)) == pytest.approx(expected, rel=1e-5)
    for a, b in zip(whole.parameters(), parts.parameters(), strict=True):
        assert torch.allclose(a.grad, b.grad, atol=1e-5)


def test_a_lack_of_memory_shrinks_the_batch_and_the_step_is_done(
    make, heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, step, plan = make()
    real = model.forward

    def too_small(images: torch.Tensor):
        if len(images) > 1 or images.shape[2] > 8:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return real(images)

    monkeypatch.setattr(model, "forward", too_small)
    monkeypatch.setattr("QualityFinetuneLib.engine.worker.memory_plan.SMALLEST_PATCH", 8)
    before = [p.clone() for p in model.parameters()]
    step.run(batch(), words=("w",))
    assert (plan.parts, plan.patch[0]) == (4, 8)
    assert any(not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert len(heard.of("warning")) == 3


def test_when_nothing_helps_the_lack_of_memory_is_the_answer(make, monkeypatch: pytest.MonkeyPatch) -> None:
    model, step, plan = make()

    def never(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(model, "forward", never)
    monkeypatch.setattr(model, "encode", never)
    with pytest.raises(torch.OutOfMemoryError):
        step.run(batch(), words=("w",))
    assert plan.recompute


def test_other_errors_are_not_mistaken_for_a_lack_of_memory(make, monkeypatch: pytest.MonkeyPatch) -> None:
    model, step, plan = make()
    monkeypatch.setattr(model, "forward", lambda _: (_ for _ in ()).throw(RuntimeError("shape mismatch")))
    with pytest.raises(RuntimeError, match="shape mismatch"):
        step.run(batch(), words=("w",))
    assert plan.parts == 1


def test_a_loss_that_is_no_number_stops_the_run_before_the_weights_are_spoiled(make) -> None:
    model, step, _ = make()
    with torch.no_grad():
        next(model.parameters()).fill_(float("inf"))
    others = [p.clone() for p in list(model.parameters())[1:]]
    with pytest.raises(UserError) as caught:
        step.run(batch(), words=("w",))
    assert caught.value.code is ErrorCode.BAD_VALUES
    assert all(torch.equal(a, b) for a, b in zip(others, list(model.parameters())[1:], strict=True))


def test_the_gradient_is_clipped(make) -> None:
    model, step, _ = make()
    step.run(batch(), words=("w",))
    norm = torch.stack([p.grad.norm() for p in model.parameters()]).norm()
    assert norm <= module.CLIP_NORM * 1.001
